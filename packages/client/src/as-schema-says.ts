import { AuthError, printable } from "@org/auth-core";
import type { StandardSchemaV1 } from "ky";

/**
 * What a schema makes of an answer. Rejects with {@link AuthError} (`bad_response`) where the answer is not as the schema
 * says: it names the places, and shows nothing of what is there. What the schema itself throws comes out as it is.
 *
 * @see [Standard Schema](https://standardschema.dev)
 */
export async function asSchemaSays(schema: StandardSchemaV1, answer: Promise<unknown>): Promise<unknown> {
  const result = await schema["~standard"].validate(await answer);
  if (result.issues === undefined) return result.value;
  const places = result.issues.map(({ path = [] }) =>
    path.map((part) => String(typeof part === "object" ? part.key : part)).join("."),
  );
  const shown = places.slice(0, 5).map((place) => `"${printable(place, 60)}"`);
  throw new AuthError("bad_response", `the API's answer is not as the schema says, at ${shown.join(", ")}`);
}

import { AuthError, printable } from "@org/auth-core";
import * as v from "valibot";

const longestText = 64 * 1024;

/** A text, or none: these systems write `null` and `""` for what they do not have. */
export const word: v.GenericSchema<unknown, string | undefined> = v.pipe(
  v.nullish(v.pipe(v.string(), v.maxLength(longestText))),
  v.transform((text) => (text === null || text === "" ? undefined : text)),
);

/** The same, of what a header or a form can carry. */
export const secret: v.GenericSchema<unknown, string | undefined> = v.pipe(
  v.nullish(v.pipe(v.string(), v.maxLength(longestText), v.regex(/^[\x21-\x7e]*$/))),
  v.transform((text) => (text === null || text === "" ? undefined : text)),
);

/** Seconds since 1970, up to the last moment that a `Date` can say; as milliseconds. */
export const moment: v.GenericSchema<unknown, number | undefined> = v.pipe(
  v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e12))),
  v.transform((seconds) => (typeof seconds === "number" ? Math.floor(seconds * 1000) : undefined)),
);

/** A part of a file by its shape. Throws {@link AuthError} (`config_invalid`) that names the field and no value. */
export function shaped<Schema extends v.GenericSchema>(
  schema: Schema,
  json: unknown,
  path: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const field = v.getDotPath(result.issues[0]) ?? "what it holds";
  throw malformed(path, field);
}

/** The error for a file that holds something else than its system writes. */
export function malformed(path: string, field: string): AuthError {
  return new AuthError("config_invalid", `cannot import from ${path}: ${printable(field, 100)} is not as expected`, {
    hint: "sign in instead",
  });
}

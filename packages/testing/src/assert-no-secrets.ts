import { findSecrets } from "./find-secrets.ts";
import type { RecordedRequest } from "./recorded-request.ts";

/**
 * Throws `Error` when one of the secrets stands in one of the places, in any of the encodings that {@link findSecrets}
 * knows. A place is a text, or the requests of a server. The message names places and secrets, by the names they are
 * given here.
 *
 * @example
 * assertNoSecrets({ stderr, "another origin": sink.requests }, { password: server.person.password });
 */
export function assertNoSecrets(
  places: Readonly<Record<string, string | readonly RecordedRequest[]>>,
  secrets: Readonly<Record<string, string>>,
): void {
  const lines = Object.entries(places).flatMap(([place, searched]) => {
    const texts = typeof searched === "string" ? [searched] : searched.map(({ raw }) => raw);
    return texts.flatMap((text, index) =>
      findSecrets(text, secrets).map(({ name, encoding }) => {
        const where = typeof searched === "string" ? place : `request ${index + 1} to ${place}`;
        return `${name} (${encoding}) is in ${where}`;
      }),
    );
  });
  if (lines.length > 0) throw new Error(`secrets came out:\n${lines.join("\n")}`);
}

/** A secret that stands in a text, by the name it was looked for under: never the secret itself. */
export interface FoundSecret {
  readonly name: string;
  /**
   * How it is written there. `percent`: with `%` and two digits, as in addresses and forms. `base64`: that or base64url,
   * also of more than the secret, as in `Authorization: Basic`.
   */
  readonly encoding: "plain" | "percent" | "base64" | "hex";
}

/**
 * Searches a text for secrets, whichever way they are encoded. Each is found once for each encoding; none is the empty
 * list. Throws `TypeError` when a secret is shorter than four bytes, as too much would be found then.
 *
 * @example
 * findSecrets(stderr, { "the refresh token": tokens.refreshToken }); // [{ name: "the refresh token", encoding: "plain" }]
 */
export function findSecrets(text: string, secrets: Readonly<Record<string, string>>): readonly FoundSecret[] {
  const decoded = withoutPercents(text);
  const lowerCase = text.toLowerCase();
  return Object.entries(secrets).flatMap(([name, secret]) => {
    if (Buffer.byteLength(secret) < 4) throw new TypeError(`${name} is too short to be searched for`);
    const plain = [secret, JSON.stringify(secret).slice(1, -1)];
    // RFC 6749 section 2.3.1: a client's secret is encoded as in a form before it is encoded in base64.
    const base64 = [secret, new URLSearchParams({ secret }).toString().slice("secret=".length)].flatMap(base64Forms);

    const found: FoundSecret["encoding"][] = [];
    if (plain.some((form) => text.includes(form))) found.push("plain");
    else if (plain.some((form) => decoded.includes(form))) found.push("percent");
    if (base64.some((form) => text.includes(form) || decoded.includes(form))) found.push("base64");
    if (lowerCase.includes(Buffer.from(secret).toString("hex"))) found.push("hex");
    return found.map((encoding) => ({ name, encoding }));
  });
}

/** How a secret looks within a longer text that was encoded, which depends on how many bytes stand before it. */
function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) =>
    (["base64", "base64url"] as const).map((encoding) =>
      Buffer.concat([Buffer.alloc(before), bytes])
        .toString(encoding)
        // A digit has six bits. Those that are not of the secret alone are left out.
        .slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)),
    ),
  );
}

/** With the bytes that `%` and two digits stand for, and a space for each `+`, as forms have it. */
function withoutPercents(text: string): string {
  return text
    .replaceAll("+", " ")
    .replace(/(?:%[\da-f]{2})+/gi, (escapes) => Buffer.from(escapes.replaceAll("%", ""), "hex").toString());
}

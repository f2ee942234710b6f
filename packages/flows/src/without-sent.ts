import { fieldsOf } from "./json-answer.ts";

/** A request whose answer may repeat it. */
export interface SentRequest {
  /** Their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams | string | undefined;
}

const secretNames = /(?:assertion|code|password|secret|token|verifier)$/;

/**
 * A server's answer with no secret of its request in `error_description`, which people get to see: some servers repeat
 * there what they were sent. All else is as it was.
 */
export function withoutSent(answer: Uint8Array<ArrayBuffer>, request: SentRequest): Uint8Array<ArrayBuffer> {
  const fields = new Map(fieldsOf(parsed(new TextDecoder().decode(answer))));
  const said = fields.get("error_description");
  if (typeof said !== "string") return answer;
  const shown = secretsOf(request).reduce((text, secret) => text.replaceAll(secret, "…"), said);
  if (shown === said) return answer;
  return new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields.set("error_description", shown))));
}

/** The secrets of a request, in each way in which they are likely to stand in a text. */
function secretsOf({ headers, body }: SentRequest): readonly string[] {
  const [scheme, credentials = ""] = headers["authorization"]?.split(" ") ?? [];
  const sent = typeof body === "string" ? fieldsOf(parsed(body)) : body;
  const named = [...(sent ?? [])].flatMap(([name, value]) => (secretNames.test(name) ? String(value) : []));
  const secrets = [...named, credentials, ...(scheme === "Basic" ? basicPasswords(credentials) : [])];
  return secrets.flatMap((secret) => (secret === "" ? [] : [secret, ...encoded(secret)]));
}

/** As it is, and as it was written: RFC 6749 section 2.3.1 encodes it in its own way before base64. */
function basicPasswords(credentials: string): readonly string[] {
  const [, written = ""] = atob(credentials).split(":");
  return [decodeURIComponent(written.replaceAll("+", " ")), written];
}

function encoded(secret: string): readonly string[] {
  return [
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ secret }).toString().slice("secret=".length),
    JSON.stringify(secret).slice(1, -1),
  ];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Then nobody reads it.
  }
}

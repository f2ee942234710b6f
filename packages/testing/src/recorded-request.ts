import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { redacted } from "@org/auth-core";

/**
 * A request as a server of this kit got it. All of it is kept, but what may be secret is read by name only: printing
 * the request in any way, a test runner's too, shows `[redacted]` in its place, and a copy made by `{...}` has none of it.
 */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The names of the fields of a form, or of a JSON object. Empty: it brought neither. */
  readonly fieldNames: readonly string[];
  /** The field `grant_type`. Absent: not a token request. */
  readonly grantType?: string | undefined;
  readonly hasAuthorization: boolean;

  /** The path with the query, as it came. Not printed. */
  readonly target: string;
  /** Not printed. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** As text. Empty: none. Not printed. */
  readonly body: string;
  /** The whole request as text, as it came: what `assertNoSecrets` searches. Not printed. */
  readonly raw: string;
}

/** Makes a {@link RecordedRequest} of a request whose body has been read. */
export function recordedRequest(request: IncomingMessage, bytes: Buffer): RecordedRequest {
  const { method = "", url: target = "", rawHeaders, httpVersion } = request;
  const body = bytes.toString();
  const fields = fieldsOf(request.headers["content-type"], body);
  const grantType = fields.get("grant_type");
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? `${name}: ${rawHeaders[index + 1] ?? ""}\r\n` : [],
  );
  return redacted(
    {
      method,
      path: target.replace(/\?.*/s, ""),
      fieldNames: [...fields.keys()],
      grantType: typeof grantType === "string" ? grantType : undefined,
      hasAuthorization: request.headers.authorization !== undefined,
    },
    {
      target,
      headers: { ...request.headers },
      body,
      raw: `${method} ${target} HTTP/${httpVersion}\r\n${lines.join("")}\r\n${body}`,
    },
  );
}

function fieldsOf(type: string | undefined, body: string): ReadonlyMap<string, unknown> {
  if (type?.startsWith("application/x-www-form-urlencoded") === true) return new Map(new URLSearchParams(body));
  if (type?.startsWith("application/json") !== true) return new Map();
  try {
    const json: unknown = JSON.parse(body);
    return new Map(typeof json === "object" && json !== null && !Array.isArray(json) ? Object.entries(json) : []);
  } catch {
    return new Map();
  }
}

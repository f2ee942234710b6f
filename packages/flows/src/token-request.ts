import type { AuthorizationServer } from "@org/auth-core";
import type { AuthorizationServer as ServerMetadata, Client, ClientAuth } from "oauth4webapi";
import { clientAuth, type ClientIdentity } from "./client-auth.ts";
import { clockSkewMs } from "./clock-skew.ts";
import { isNonceWanted } from "./dpop-nonce.ts";
import { exchange, type HttpOptions, type RequestOptions } from "./http.ts";
import { signInOf, type SignedIn } from "./id-token.ts";
import { jsonAnswer } from "./json-answer.ts";
import { tokenRequestOptions } from "./json-request.ts";
import type { ProofKey } from "./proof-key.ts";
import { endpointOf, metadataOf } from "./server.ts";
import { failure, type Task } from "./translate-error.ts";

interface TokenRequest {
  readonly task: Task;
  readonly server: AuthorizationServer;
  readonly client: ClientIdentity;
  readonly http: HttpOptions;
  /** What to make of an ID token. One that was not asked for is dropped unread. */
  readonly idToken: "checked-if-any" | "dropped" | "required";
  /** What the authorization request sent as `nonce`. */
  readonly nonce?: string | undefined;
  /** What the tokens are to be bound to. Absent: nothing. */
  readonly proofKey?: ProofKey | undefined;
  send(server: ServerMetadata, client: Client, authentication: ClientAuth, options: RequestOptions): Promise<Response>;
}

/** A token endpoint's answer, checked. It holds secrets: it goes into a token set at once and nowhere else. */
export interface TokenAnswer extends SignedIn {
  readonly accessToken: string;
  /** Absent: `Bearer`. */
  readonly tokenType: "DPoP" | undefined;
  /** Absent: none came, or an empty one. */
  readonly refreshToken: string | undefined;
  readonly obtainedAtMs: number;
  readonly expiresAtMs: number | undefined;
  /** Absent: the server did not say, so they are what was asked for (RFC 6749 section 5.1). */
  readonly scopes: readonly string[] | undefined;
}

const longestToken = 64 * 1024;
const longestScope = 16 * 1024;
const longestLifetimeSeconds = 10 * 365 * 24 * 60 * 60;
const assumedLifetimeMs = 5 * 60 * 1000;

/**
 * Sends one request to the token endpoint and reads the answer. This is where the wire's names end.
 *
 * With a key, a server that asks for its nonce gets the request once more.
 */
export async function requestTokens(request: TokenRequest): Promise<TokenAnswer> {
  const { task, server, client, http, idToken, nonce, proofKey } = request;
  const { clientId } = client;
  const url = endpointOf(server, "tokenEndpoint");
  const { now = Date.now } = http;

  async function ask(): Promise<{ readonly response: Response; readonly obtainedAtMs: number }> {
    const authentication = await clientAuth(client, http);
    // From when it was sent: it cannot be later that the server starts to count.
    const obtainedAtMs = now();
    const response = await exchange(task, url, http, (options) =>
      request.send(metadataOf(server), { client_id: clientId }, authentication, {
        ...tokenRequestOptions(options, http),
        ...(proofKey && { DPoP: proofKey.handle }),
      }),
    );
    return { response, obtainedAtMs };
  }

  let { response, obtainedAtMs } = await ask();
  if (proofKey !== undefined && (await isNonceWanted(response))) ({ response, obtainedAtMs } = await ask());
  const aheadMs = clockSkewMs(response, server.issuer, obtainedAtMs, http);
  const fields = await jsonAnswer(response, task);
  const answer = { ...readTokens(fields, task, proofKey), obtainedAtMs, expiresAtMs: endOf(fields, obtainedAtMs) };

  if (idToken === "dropped") return answer;
  const token = optionalText(fields, "id_token", /^/, longestToken, task);
  if (token === undefined) {
    if (idToken === "checked-if-any") return answer;
    throw failure(task, "bad_id_token", "an ID token was asked for and none came");
  }
  const check = idToken === "required" ? "claims-and-signature" : "claims";
  return { ...answer, ...(await signInOf(token, server, task, { clientId, http, nonce, check, aheadMs })) };
}

/** Whether an ID token is asked for. Throws {@link AuthError} `unsupported_by_server` when it could not be checked. */
export function asksForIdToken(server: AuthorizationServer, scopes: readonly string[]): boolean {
  if (!scopes.includes("openid")) return false;
  endpointOf(server, "jwksUri");
  return true;
}

function readTokens(
  fields: ReadonlyMap<string, unknown>,
  task: Task,
  proofKey: ProofKey | undefined,
): Pick<TokenAnswer, "accessToken" | "refreshToken" | "scopes" | "tokenType"> {
  const type = fields.get("token_type");
  const name = typeof type === "string" ? type.toLowerCase() : "";
  // A server may bind the refresh token alone: RFC 9449 section 5.
  const isBound = name === "dpop" && proofKey !== undefined;
  if (name !== "bearer" && !isBound) {
    throw failure(task, "bad_response", "the answer's token_type is not Bearer, nor what was asked for");
  }
  // The characters of RFC 6749 appendix A. A header field would cut a line break off or send it on.
  const accessToken = optionalText(fields, "access_token", /^[\x21-\x7e]*$/, longestToken, task);
  if (accessToken === undefined) throw failure(task, "bad_response", "the answer has no access_token");
  const scope = optionalText(fields, "scope", /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/, longestScope, task);
  return {
    accessToken,
    tokenType: isBound ? "DPoP" : undefined,
    refreshToken: optionalText(fields, "refresh_token", /^[\x20-\x7e]*$/, longestToken, task),
    scopes: scope?.split(" ").filter((one) => one !== ""),
  };
}

/** `undefined` when it is missing, `null` or empty, as careless servers write "none". */
export function optionalText(
  fields: ReadonlyMap<string, unknown>,
  name: string,
  pattern: RegExp,
  longest: number,
  task: Task,
): string | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" && value.length <= longest && pattern.test(value)) return value;
  throw failure(task, "bad_response", `the answer's ${name} is not one`);
}

/** When the token ends. A lifetime that makes no sense is taken for a short one; none at all stays unknown. */
export function endOf(fields: ReadonlyMap<string, unknown>, obtainedAtMs: number): number | undefined {
  const value = fields.get("expires_in");
  if (value === undefined) return undefined;
  const seconds = typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : value;
  const isSensible = typeof seconds === "number" && seconds > 0 && seconds <= longestLifetimeSeconds;
  return obtainedAtMs + (isSensible ? Math.floor(seconds * 1000) : assumedLifetimeMs);
}

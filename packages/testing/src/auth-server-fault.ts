import type { Preparation } from "./answer-faults.ts";
import { withBadIdToken, type BadIdToken } from "./bad-id-token.ts";
import type { RequestFault } from "./request-fault.ts";
import type { SigningKey } from "./signing-key.ts";

/**
 * What becomes of a request to an authorization server: a {@link RequestFault}, or one of these.
 *
 * Before it is answered:
 * - `"rotate-keys"`: a new key signs from now on, and stands first among those that are published. On the token endpoint
 *   that is just before an ID token is signed, so a client's copy of the keys is out of date;
 * - `"revoke-family"`: the refresh token that the request brings, and all that its sign-in was ever given, is dead.
 *
 * After all has been done:
 * - `"wrong-issuer"`: the answer, a metadata document, names another issuer;
 * - `{ badIdToken }`: the ID token in the answer is one that must not be believed.
 *
 * An answer that has no issuer, or no ID token, becomes a 500.
 */
export type AuthServerFault =
  RequestFault | "rotate-keys" | "revoke-family" | "wrong-issuer" | { readonly badIdToken: BadIdToken };

/** What an authorization server has to be able to do for {@link asRequestFault}. */
export interface FaultyServer {
  readonly rotateKeys: () => Promise<void>;
  readonly revokeFamily: (refreshToken: string) => Promise<void>;
  /** The key that signs now. */
  readonly signingKey: () => SigningKey;
}

/** The same fault in terms that any server knows. */
export function asRequestFault(fault: AuthServerFault, server: FaultyServer): RequestFault | Preparation {
  if (fault === "rotate-keys") return { prepare: server.rotateKeys };
  if (fault === "revoke-family") {
    return { prepare: (body) => server.revokeFamily(new URLSearchParams(body.toString()).get("refresh_token") ?? "") };
  }
  if (fault === "wrong-issuer") {
    return {
      alter: ({ body, ...rest }) => ({ ...rest, body: withMember(body, "issuer", () => "https://issuer.invalid") }),
    };
  }
  if (typeof fault === "object" && "badIdToken" in fault) {
    return {
      alter: ({ body, ...rest }) => ({
        ...rest,
        body: withMember(body, "id_token", (idToken) => withBadIdToken(idToken, fault.badIdToken, server.signingKey())),
      }),
    };
  }
  return fault;
}

/** A JSON object with another text in the place of one. */
function withMember(json: string, name: string, change: (text: string) => string): string {
  const object = JSON.parse(json) as Record<string, unknown>;
  const text = object[name];
  if (typeof text !== "string") throw new Error(`the answer has no ${name}`);
  return JSON.stringify({ ...object, [name]: change(text) });
}

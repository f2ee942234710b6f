import { changedTokenSet, printable, TokenExpiredError, type TokenSet } from "@org/auth-core";
import { refreshTokenGrantRequest } from "oauth4webapi";
import type { ClientIdentity } from "./client-auth.ts";
import type { HttpOptions } from "./http.ts";
import { proofKeyOf } from "./proof-key.ts";
import { requestTokens } from "./token-request.ts";
import { targetParameters } from "./token-target.ts";
import { failure, type Task } from "./translate-error.ts";

/**
 * Renews a login by its refresh token, with exactly one request, to the token endpoint that was kept with the login; and
 * once more with a nonce, where the tokens are bound to a key and the server wants one in the proof.
 *
 * Asks for the same APIs, and for no other scopes. Keeps the refresh token when no other comes back, the scopes when none are named, and all else of the login. What it
 * gives must be saved before it is used: the old refresh token may be dead now. Rejects with
 * {@link LoginRequiredError} when there is no refresh token; with {@link AuthError} `invalid_grant` when the server has
 * ended the login; `bad_id_token` when the answer is about someone else; `network`, `timeout` or `server_unavailable`.
 *
 * @see [RFC 6749 section 6](https://www.rfc-editor.org/rfc/rfc6749#section-6)
 */
export async function refresh(current: TokenSet, client: ClientIdentity, http: HttpOptions = {}): Promise<TokenSet> {
  const { server, refreshToken, clientId, resources, audiences } = current;
  if (client.clientId !== clientId) throw new TypeError("the login belongs to another client");
  if (refreshToken === undefined) {
    throw new TokenExpiredError(`the login at ${printable(server.issuer)} has no refresh token`);
  }

  const task: Task = { doing: "renewing the token", issuer: server.issuer };
  const answer = await requestTokens({
    task,
    server,
    client,
    http,
    idToken: "checked-if-any",
    proofKey: await proofKeyOf(current, http),
    send: (metadata, wireClient, authentication, options) =>
      refreshTokenGrantRequest(metadata, wireClient, authentication, refreshToken, {
        additionalParameters: targetParameters({ resources, audiences }),
        ...options,
      }),
  });
  const { account } = answer;
  if (account !== undefined && current.account !== undefined && account.subject !== current.account.subject) {
    throw failure(task, "bad_id_token", "the answer is about another account");
  }
  return changedTokenSet(current, {
    accessToken: answer.accessToken,
    tokenType: answer.tokenType,
    refreshToken: answer.refreshToken ?? refreshToken,
    obtainedAtMs: answer.obtainedAtMs,
    expiresAtMs: answer.expiresAtMs,
    scopes: answer.scopes ?? current.scopes,
    ended: undefined,
  });
}

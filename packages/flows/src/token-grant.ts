import type { AuthorizationServer, TokenSet } from "@org/auth-core";
import { genericTokenEndpointRequest } from "oauth4webapi";
import type { ClientIdentity } from "./client-auth.ts";
import type { HttpOptions } from "./http.ts";
import { newTokenSet } from "./new-token-set.ts";
import { newProofKey } from "./proof-key.ts";
import { requestTokens } from "./token-request.ts";
import { targetParameters, type TokenTarget } from "./token-target.ts";

interface TokenGrant {
  /** Such as `renewing the token`, for errors. */
  readonly doing: string;
  /** What to do when the server does not accept what was sent. */
  readonly grantHint?: string;
  readonly grantType: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly target: TokenTarget;
  readonly http: HttpOptions | undefined;
  readonly idToken: "dropped" | "required";
}

/** Gets tokens by a grant that is nothing but one request. */
export async function requestGrant(
  server: AuthorizationServer,
  client: ClientIdentity,
  { doing, grantHint, grantType, parameters = {}, target, http = {}, idToken }: TokenGrant,
): Promise<TokenSet> {
  const wireParameters = new URLSearchParams([...targetParameters(target), ...Object.entries(parameters)]);
  const proofKey = await newProofKey(server, target, http);
  const answer = await requestTokens({
    task: { doing, issuer: server.issuer, grantHint },
    server,
    client,
    http,
    idToken,
    proofKey,
    send: (metadata, wireClient, authentication, options) =>
      genericTokenEndpointRequest(metadata, wireClient, authentication, grantType, wireParameters, options),
  });
  return newTokenSet(answer, server, client, target, proofKey);
}

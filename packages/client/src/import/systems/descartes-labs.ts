import { jwtExpiryMs } from "@org/auth-core";
import * as v from "valibot";
import { accountIn, foundLogin, type FileContext, type FileEntry } from "../found-login.ts";
import { secret, shaped, word } from "../shaped.ts";

const tokenInfo = v.object({
  client_id: v.pipe(v.string(), v.minLength(1), v.maxLength(1000)),
  client_secret: secret,
  refresh_token: secret,
  scope: v.optional(v.union([v.array(v.string()), word])),
  jwt_token: secret,
  JWT_TOKEN: secret,
});

/**
 * The one login of a file. What that system calls a client secret is an older name of the refresh token, and goes before
 * no newer one; the client itself has no secret.
 */
export function descartesLabsEntries(json: unknown, { path }: FileContext): readonly FileEntry[] {
  return [
    {
      read: () => {
        const info = shaped(tokenInfo, json, path);
        const token = info.JWT_TOKEN ?? info.jwt_token;
        return foundLogin({
          kind: "token-set",
          clientId: info.client_id,
          token,
          refreshToken: info.refresh_token ?? info.client_secret,
          expiresAtMs: token === undefined ? undefined : jwtExpiryMs(token),
          scopes: typeof info.scope === "string" ? info.scope.split(/\s+/) : info.scope,
          account: accountIn(token),
        });
      },
    },
  ];
}

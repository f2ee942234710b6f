import * as v from "valibot";
import { accountIn, foundLogin, type FileContext, type FileEntry } from "../found-login.ts";
import { moment, secret, shaped, word } from "../shaped.ts";

const cache = v.object({
  access_token: secret,
  expiry: moment,
  refresh_token: secret,
  refresh_token_expiry: moment,
  user_id: word,
  user_email: word,
});

/** The one login of a file, without a refresh token that has ended by what the file says of it. */
export function wallarooEntries(json: unknown, { path, nowMs }: FileContext): readonly FileEntry[] {
  return [
    {
      read: () => {
        const login = shaped(cache, json, path);
        const hasEnded = (login.refresh_token_expiry ?? Infinity) <= nowMs;
        return foundLogin({
          kind: "token-set",
          token: login.access_token,
          expiresAtMs: login.expiry,
          refreshToken: hasEnded ? undefined : login.refresh_token,
          account: accountIn(login.access_token, { subject: login.user_id, email: login.user_email }),
        });
      },
    },
  ];
}

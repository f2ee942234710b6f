import { jwtExpiryMs } from "@org/auth-core";
import * as v from "valibot";
import { accountIn, foundLogin, type FileContext, type FileEntry, type FoundLogin } from "../found-login.ts";
import { secret, shaped, word } from "../shaped.ts";

const file = v.object({ profiles: v.optional(v.record(v.string(), v.unknown()), {}) });
const named = v.object({ profile: v.string() });
const record = v.object({ access_token: secret, client_id: word, client_secret: secret, refresh_token: secret });

/** A login for each profile. A record says its name itself; else it is that under which it stands. */
export function pancloudEntries(json: unknown, { path }: FileContext): readonly FileEntry[] {
  const { profiles } = shaped(file, json, path);
  return Object.entries(profiles).map(([number, json]) => ({
    profile: v.is(named, json) ? json.profile : number,
    read: () => loginOf(json, path),
  }));
}

function loginOf(json: unknown, path: string): FoundLogin {
  const { access_token: token, client_id: clientId, client_secret, refresh_token } = shaped(record, json, path);
  return foundLogin({
    kind: "token-set",
    clientId,
    token,
    refreshToken: refresh_token,
    needsClientSecret: client_secret !== undefined,
    expiresAtMs: token === undefined ? undefined : jwtExpiryMs(token),
    account: accountIn(token),
  });
}

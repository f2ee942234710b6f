import { isAuthError } from "@org/auth-core";
import type { ClientAccount } from "./client-account.ts";
import { defaultProduct } from "./product.ts";
import type { Resolution, ResolveOptions } from "./resolve.ts";
import { siteHttp } from "./site-http.ts";
import { siteServer } from "./site-server.ts";

/** Who has signed in: by what was kept at sign-in, else by the userinfo endpoint where the token is good for `openid`. */
export async function signedInAccount(
  { found, settings, source }: Resolution,
  options: ResolveOptions,
): Promise<ClientAccount> {
  const { credential } = found;
  const kept = credential.kind === "token-set" || credential.kind === "api-key" ? credential.account : undefined;
  if (kept !== undefined) return namedAccount(kept);
  // The others are nobody's, or a machine's, or nothing says who made them.
  const isPersons = /^(password|refresh-token|token-set)$/.test(credential.kind);
  if (!isPersons || !("clientId" in credential)) return {};
  const token = await source.getToken();
  if (!token.scopes.includes("openid")) return {};

  const { product = defaultProduct, env, fetch, now, onEvent } = options;
  const http = siteHttp(settings.site, { product, env, fetch, now, onEvent });
  const server =
    "server" in credential
      ? credential.server
      : await siteServer({ ...settings.site, issuer: credential.issuer, clientId: credential.clientId }, http);
  const { userinfo } = await import("@org/auth-flows");
  try {
    return namedAccount(await userinfo(server, token, http));
  } catch (error) {
    const isUntold = isAuthError(error) && /^(access_denied|unsupported_by_server)$/.test(error.code);
    if (isUntold) return {};
    throw error;
  }
}

/** The same account, with a name to call it by wherever there is one. */
export function namedAccount({ subject, username, email, name = username ?? email }: ClientAccount): ClientAccount {
  return { subject, username, email, name };
}

import { isAuthError } from "@org/auth-core";
import { defaultProduct } from "./product.ts";
import type { Resolution, ResolveOptions } from "./resolve.ts";
import { siteHttp } from "./site-http.ts";
import { siteServer } from "./site-server.ts";

/** Who has signed in, as far as that is known. What people write themselves; show it by `printable`. */
export interface ClientAccount {
  /** Unique at the issuer, never reassigned. Absent: nobody, or nobody knows. */
  readonly subject?: string | undefined;
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  /** What to call them: the full name where it is known, else the user name or the e-mail address. */
  readonly name?: string | undefined;
}

/** Tells who has signed in, looked up when it is first asked and held from then on. Nobody is looked up again. */
export function accountOf(find: () => Promise<Resolution>, options: ResolveOptions): () => Promise<ClientAccount> {
  let held: Promise<ClientAccount> | undefined;

  async function lookUp(): Promise<ClientAccount> {
    try {
      const account = await signedIn(await find(), options);
      if (account.subject === undefined) held = undefined;
      return account;
    } catch (error) {
      held = undefined;
      if (isAuthError(error) && error.code === "no_credential") return {};
      throw error;
    }
  }

  return async () => await (held ??= lookUp());
}

/** By what was kept at sign-in, else by the userinfo endpoint where the token is good for `openid`. */
async function signedIn({ found, settings, source }: Resolution, options: ResolveOptions): Promise<ClientAccount> {
  const { credential } = found;
  const kept = credential.kind === "token-set" || credential.kind === "api-key" ? credential.account : undefined;
  if (kept !== undefined) return named(kept);
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
    return named(await userinfo(server, token, http));
  } catch (error) {
    const isUntold = isAuthError(error) && /^(access_denied|unsupported_by_server)$/.test(error.code);
    if (isUntold) return {};
    throw error;
  }
}

function named({ subject, username, email, name = username ?? email }: ClientAccount): ClientAccount {
  return { subject, username, email, name };
}

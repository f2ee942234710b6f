import { AuthError, jwtClaims, printable } from "@org/auth-core";
import type { Product } from "../product.ts";
import type { FileContext, FoundLogin } from "./found-login.ts";

/**
 * The login, if it can be one of this site's. Throws {@link AuthError}: `config_invalid` when another server or client has
 * it, `config_missing` when only a client secret renews it, and `login_required` when it has ended.
 */
export function usableLogin(found: FoundLogin, { path, site, nowMs }: FileContext, product: Product): FoundLogin {
  const { expiresAtMs = Infinity, needsClientSecret, refreshToken, token } = found;
  const claims = found.kind === "api-key" || token === undefined ? undefined : jwtClaims(token);
  const issuer = claims?.get("iss");
  if (typeof issuer === "string" && issuer !== site.issuer) {
    // To renew it here would show one server the refresh token of another.
    throw new AuthError("config_invalid", `the login in ${path} is of ${printable(issuer)}, not of ${site.issuer}`, {
      hint: "name the site that it is of, or sign in",
    });
  }
  const clientId = found.clientId ?? claims?.get("client_id") ?? claims?.get("azp");
  if (typeof clientId === "string" && clientId !== site.clientId) {
    const what = `the login in ${path} is of the client ${printable(clientId)}, not of ${site.clientId}`;
    throw new AuthError("config_invalid", what, { hint: "have the site say that client id, or sign in" });
  }
  if (refreshToken !== undefined && needsClientSecret === true) {
    const names = ["CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"].map((name) => product.envPrefix + name);
    throw new AuthError("config_missing", `only a client secret renews the login in ${path}, and no login keeps one`, {
      hint: `set ${names.join(", ")} to what that file has, or sign in`,
    });
  }
  if (refreshToken === undefined && (token === undefined || expiresAtMs <= nowMs)) {
    const end = expiresAtMs === Infinity ? "" : ` at ${new Date(expiresAtMs).toISOString()}`;
    throw new AuthError("login_required", `the login in ${path} has ended${end}`, {
      hint: `run \`${product.name} login\``,
    });
  }
  return found;
}

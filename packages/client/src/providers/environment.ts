import { apiKey, AuthError, clientSecret, type CredentialProvider, type FoundCredential } from "@org/auth-core";
import { variable, type Environment } from "../environment.ts";
import type { Product } from "../product.ts";
import type { Settings } from "../settings.ts";

/**
 * What the process environment holds: `<PREFIX>API_KEY`, or `<PREFIX>CLIENT_ID` with `<PREFIX>CLIENT_SECRET` for a
 * machine. Half of the latter, both kinds at once, or a secret for another site than the one asked for is an error.
 */
export function environmentProvider(product: Product, { site }: Settings, env: Environment): CredentialProvider {
  const place = "environment";
  const prefix = product.envPrefix;

  function find(): FoundCredential | undefined {
    const key = variable(product, env, "API_KEY");
    const secret = variable(product, env, "CLIENT_SECRET");
    if (key !== undefined && secret !== undefined) {
      throw new AuthError("config_invalid", `${prefix}API_KEY and ${prefix}CLIENT_SECRET are both set`, {
        hint: "unset one of them",
      });
    }
    if (key !== undefined) {
      return { credential: apiKey({ apiKey: key }), provenance: { place, name: `${prefix}API_KEY` } };
    }
    if (secret === undefined) return undefined;

    const clientId = variable(product, env, "CLIENT_ID");
    if (clientId === undefined || site === undefined) {
      const lacking = clientId === undefined ? `${prefix}CLIENT_ID` : `${prefix}ISSUER`;
      throw new AuthError("partial_credential", `${prefix}CLIENT_SECRET is set but ${lacking} is not`, {
        hint: `set ${lacking}, or unset ${prefix}CLIENT_SECRET`,
      });
    }
    const issuer = variable(product, env, "ISSUER") ?? site.issuer;
    if (clientId !== site.clientId || issuer !== site.issuer) {
      throw new AuthError("config_invalid", `${prefix}CLIENT_SECRET is for another site than the one asked for`, {
        hint: `unset ${prefix}CLIENT_SECRET, or leave the site to the environment`,
      });
    }
    return {
      credential: clientSecret({ issuer: site.issuer, clientId, clientSecret: secret }),
      provenance: { place, name: `${prefix}CLIENT_SECRET`, account: clientId },
    };
  }

  return {
    place,
    hint: `set ${prefix}API_KEY, or ${prefix}ISSUER, ${prefix}CLIENT_ID and ${prefix}CLIENT_SECRET`,
    find: async () => Promise.resolve(find()),
  };
}

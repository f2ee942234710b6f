import type { CredentialProvider, FoundCredential, WorkloadIdentity } from "@org/auth-core";
import { namedVariable, type Environment } from "../environment.ts";
import type { Product } from "../product.ts";
import type { Settings } from "../settings.ts";
import { siteHttp } from "../site-http.ts";
import type { Site } from "../site.ts";

export interface WorkloadOptions {
  readonly product: Product;
  readonly settings: Settings;
  readonly env: Environment;
  /** Carries the request to the CI service, through proxies as for the site. Default: `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * The identity that the platform gives this program: the token in the file that `<PREFIX>IDENTITY_TOKEN_FILE` names, or
 * the one that a CI service hands out to jobs that ask for it (`ACTIONS_ID_TOKEN_REQUEST_URL`). The latter counts only
 * where the site says how to use it, by `workload_grant`: every job of some services could have one.
 */
export function workloadProvider({ product, settings, env, fetch }: WorkloadOptions): CredentialProvider {
  const place = "workload-identity";
  const { envPrefix } = product;

  async function find(): Promise<FoundCredential | undefined> {
    const { site } = settings;
    if (site === undefined) return undefined;
    const given = await identityToken(site);
    if (given === undefined) return undefined;
    const { issuer, clientId } = site;
    const credential: WorkloadIdentity = { kind: place, issuer, clientId, identityToken: given.get };
    return { credential, provenance: { place, name: given.name, account: clientId } };
  }

  async function identityToken(
    site: Site,
  ): Promise<{ readonly name: string; readonly get: WorkloadIdentity["identityToken"] } | undefined> {
    const file = namedVariable(product, env, "IDENTITY_TOKEN_FILE");
    if (file !== undefined) {
      const { mountedIdentityToken } = await import("@org/auth-flows");
      return { name: file.from, get: mountedIdentityToken(file.value) };
    }
    const url = env["ACTIONS_ID_TOKEN_REQUEST_URL"];
    const token = env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
    if (site.workloadGrant === undefined || url === undefined || token === undefined) return undefined;
    const { requestedIdentityToken } = await import("@org/auth-flows");
    const http = siteHttp(site, { product, env, fetch });
    return {
      name: "ACTIONS_ID_TOKEN_REQUEST_URL",
      get: requestedIdentityToken({ url, requestToken: token, audience: site.issuer, http }),
    };
  }

  return {
    place,
    hint: `set ${envPrefix}IDENTITY_TOKEN_FILE, or workload_grant of the site in a CI job that may ask for its identity`,
    find,
  };
}

import type { CredentialKey } from "@org/auth-core";
import { readConfigFile } from "./config-file.ts";
import type { Environment } from "./environment.ts";
import type { Product } from "./product.ts";
import type { Site } from "./site.ts";

/** What is configured of the site that a login is at. `undefined`: nothing. Rejects as `readConfigFile` does. */
export async function siteOfLogin(
  { issuer, clientId }: Pick<CredentialKey, "clientId" | "issuer">,
  product: Product,
  env: Environment,
): Promise<Site | undefined> {
  const { sites } = await readConfigFile(product, env);
  return [...sites.values()].find((site) => site.issuer === issuer && site.clientId === clientId);
}

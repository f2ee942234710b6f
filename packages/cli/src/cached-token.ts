import { existsSync } from "node:fs";
import { join } from "node:path";
import { defaultConfigPath, defaultProduct, readSettings, type Environment } from "@org/auth-client/source";
import { drawMarginMs, earlyMs, formatKey, freshUntilMs, parseKey, secureUrl } from "@org/auth-core";
import { dataFolder, peekStems, peekToken, type PeekedToken } from "@org/auth-storage-file";

/** The variables by which a login is named. Any other of ours may mean that it is not a stored login that is meant. */
const namingVariables: ReadonlySet<string> = new Set(["API_URL", "CLIENT_ID", "ISSUER", "PROFILE", "SCOPE", "STORE"]);

const { name: appName, envPrefix } = defaultProduct;

/**
 * The answer to `token`, or to `token --profile NAME`, when it is the access token of a login in the file or the keyring
 * store and is still fresh: nearly every call, and the one that others wait for. `undefined`: it takes the whole program to answer, or
 * to say why not. It must never answer otherwise than the whole program would; a test compares the two.
 *
 * Every function that runs for the first time costs, so this goes the shortest way to the file.
 */
export async function cachedToken(args: readonly string[], env: Environment): Promise<string | undefined> {
  const [command, option, named, ...rest] = args;
  const isPlain = option === undefined || (option === "--profile" && named !== undefined && rest.length === 0);
  if (command !== "token" || !isPlain) return undefined;
  for (const name in env) {
    if (name.startsWith(envPrefix) && !namingVariables.has(name.slice(envPrefix.length))) return undefined;
  }
  try {
    const store = env[`${envPrefix}STORE`];
    const apiUrl = env[`${envPrefix}API_URL`];
    if (apiUrl !== undefined && secureUrl(apiUrl) === undefined) return undefined;
    const folder = dataFolder({ appName, env });
    const stem = await stemOf(named ?? env[`${envPrefix}PROFILE`] ?? "default", folder, env);
    if (stem === undefined) return undefined;
    const token = await peek(folder, stem, store);
    if (token === undefined || Date.now() >= freshUntilMs(token, earlyMs(token, drawMarginMs({})))) return undefined;
    return token.accessToken;
  } catch {
    return undefined; // The whole program will meet the same error, and knows how to say it.
  }
}

/** Looks into the stores in the order of the ladder, or into the one that is asked for. */
async function peek(folder: string, stem: string, store: string | undefined): Promise<PeekedToken | undefined> {
  const isIn = (section: string): boolean => existsSync(join(folder, section, `${stem}.json`));
  if (store === undefined || store === "file") {
    const token = peekToken(join(folder, "credentials"), stem);
    if (token !== undefined || store === "file" || isIn("credentials") || isIn("passphrase")) return token;
  } else if (store !== "keyring") return undefined;

  const key = parseKey(stem);
  if (key === undefined || !isIn("keyring")) return undefined;
  const { sealedToken } = await import("./sealed-token.ts");
  return await sealedToken(folder, appName, key);
}

/** The written key of the login that is meant, which names its file. `undefined`: none, several, or hard to say. */
async function stemOf(profile: string, folder: string, env: Environment): Promise<string | undefined> {
  const issuer = env[`${envPrefix}ISSUER`];
  const clientId = env[`${envPrefix}CLIENT_ID`];
  if (issuer !== undefined && clientId !== undefined) return formatKey({ issuer, clientId, profile });
  if (issuer !== undefined || clientId !== undefined) return undefined;

  if (existsSync(defaultConfigPath(defaultProduct, env))) {
    const { site } = await readSettings(defaultProduct, { profile }, env);
    if (site !== undefined) return formatKey({ issuer: site.issuer, clientId: site.clientId, profile });
  }
  const ending = formatKey({ issuer: "-", clientId: "-", profile }).slice("-+-".length);
  const stems = ["credentials", "passphrase", "keyring"].flatMap((section) => peekStems(join(folder, section), ending));
  const [stem, ...others] = new Set(stems.filter((stem) => stem.split("+").length === 3));
  return others.length === 0 ? stem : undefined;
}

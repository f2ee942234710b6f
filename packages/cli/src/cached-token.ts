import { dataFolder, fileStore } from "@org/auth-storage-file";
import { drawMarginMs, freshUntilMs } from "@org/auth-core";
import { defaultProduct, findLoginKey, readSettings, type Environment } from "@org/auth-client/source";

/** The variables by which a credential's place is told. Any other of ours may mean that the stored login is not meant. */
const placeVariables: ReadonlySet<string> = new Set([
  "API_URL",
  "CLIENT_ID",
  "CONFIG",
  "ISSUER",
  "PROFILE",
  "SCOPE",
  "SITE",
]);

/**
 * The answer to `token`, or to `token --profile NAME`, when it is a stored access token that is still fresh: nearly
 * every call, and the one that others wait for. `undefined`: it takes the whole program to answer, or to say why not.
 *
 * It looks where the whole program looks, with the same functions.
 */
export async function cachedToken(args: readonly string[], env: Environment): Promise<string | undefined> {
  const [command, option, profile, ...rest] = args;
  const isPlain = option === undefined || (option === "--profile" && profile !== undefined && rest.length === 0);
  if (command !== "token" || !isPlain) return undefined;

  const { name: appName, envPrefix } = defaultProduct;
  const ours = Object.keys(env).filter((name) => name.startsWith(envPrefix));
  if (ours.some((name) => !placeVariables.has(name.slice(envPrefix.length)))) return undefined;
  try {
    const store = fileStore({ folder: dataFolder({ appName, env }) });
    const key = await findLoginKey(store, await readSettings(defaultProduct, { profile }, env));
    const login = key && (await store.read(key));
    if (login?.kind !== "token-set" || login.ended !== undefined) return undefined;
    return Date.now() < freshUntilMs(login, drawMarginMs({})) ? login.accessToken : undefined;
  } catch {
    return undefined; // The whole program will meet the same error, and knows how to say it.
  }
}

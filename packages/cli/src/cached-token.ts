import { existsSync, lstatSync } from "node:fs";
import { defaultProduct, defaultSecretsFolder, findConfigFolder, type Environment } from "@org/auth-client/source";
import { drawMarginMs, earlyMs, formatKey, freshUntilMs, isError, secureUrl } from "@org/auth-core";
import { findDataHome, isPrivateFolder, peekStems, peekToken, type PeekedToken } from "@org/auth-storage-file";
import type { MeantLogin } from "./meant-login.ts";

/** The variables by which a login is named. Any other of ours may mean that it is not a stored login that is meant. */
const namingVariables = ["API_URL", "CLIENT_ID", "ISSUER", "PROFILE", "SCOPE", "STORE"];

const { name: appName, envPrefix } = defaultProduct;

/**
 * The answer to `token`, or to `token --profile NAME`, when it is the access token of a login in the file or the keyring
 * store and is still fresh: nearly every call, and the one that others wait for. `undefined`: it takes the whole program
 * to answer, or to say why not. It must never answer otherwise than the whole program would; a test compares the two.
 * Rejects with {@link StoreError} (`keyring_hung`) when the keyring has been waited for: the whole program would wait as
 * long again, to say the same.
 *
 * Every function that runs for the first time costs, so this goes the shortest way to the file. `join` of `node:path`
 * costs most: it asks a function about each letter, so often that the engine begins to compile that anew.
 */
export async function cachedToken(args: readonly string[], env: Environment): Promise<string | undefined> {
  const [command, option, named] = args;
  if (command !== "token" || (args.length > 1 && (args.length !== 3 || option !== "--profile"))) return undefined;
  for (const name in env) {
    if (name.startsWith(envPrefix) && !namingVariables.includes(name.slice(envPrefix.length))) return undefined;
  }
  try {
    const apiUrl = env[`${envPrefix}API_URL`];
    if (apiUrl !== undefined && secureUrl(apiUrl) === undefined) return undefined;
    const dataHome = findDataHome(env, process.platform);
    if (dataHome === undefined) return undefined;
    const folder = `${dataHome}/${appName}`;
    if (!isPrivateFolder(folder)) return undefined;

    let login: MeantLogin | undefined = {
      issuer: env[`${envPrefix}ISSUER`],
      clientId: env[`${envPrefix}CLIENT_ID`],
      profile: named ?? env[`${envPrefix}PROFILE`] ?? "default",
    };
    for (const place of [findConfigFolder(defaultProduct, env) ?? "", ".env", defaultSecretsFolder]) {
      if (lstatSync(place, { throwIfNoEntry: false }) === undefined) continue;
      // It may say more, and what reads it is more than all the rest.
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- `import()` is slower when it is the first one
      const { readMeantLogin } = require("./meant-login.ts") as typeof import("./meant-login.ts");
      login = await readMeantLogin(named, env);
      break;
    }
    if (login === undefined) return undefined;

    const stem = stemOf(login, folder);
    if (stem === undefined) return undefined;
    const store = env[`${envPrefix}STORE`];
    let token = store === undefined || store === "file" ? peekToken(`${folder}/credentials`, stem) : undefined;
    if (token === undefined && store !== "file") token = await peekSealed(folder, stem, store);
    if (token === undefined) return undefined;
    const freshMs = freshUntilMs(token, earlyMs(token, drawMarginMs(login)));
    return Date.now() < freshMs ? token.accessToken : undefined;
  } catch (error) {
    // Not by `isAuthError`, which would bring the table of all codes into the entry.
    if (isError(error) && "code" in error && error.code === "keyring_hung") throw error;
    return undefined; // The whole program will meet the same error, and knows how to say it.
  }
}

/** The written key of the login that is meant, which names its file. `undefined`: none, several, or hard to say. */
function stemOf({ issuer, clientId, profile }: MeantLogin, folder: string): string | undefined {
  if (issuer !== undefined && clientId !== undefined) return formatKey({ issuer, clientId, profile });
  if (issuer !== undefined || clientId !== undefined) return undefined;

  const ending = formatKey({ issuer: "-", clientId: "-", profile }).slice("-+-".length);
  const sections = [`${folder}/credentials`, `${folder}/passphrase`, `${folder}/keyring`];
  const [stem, ...others] = peekStems(sections, ending) ?? [];
  return others.length === 0 ? stem : undefined;
}

/** Looks into the store that the keyring seals: if that is asked for, or nothing is and no other has such a login. */
async function peekSealed(folder: string, stem: string, store: string | undefined): Promise<PeekedToken | undefined> {
  const isIn = (section: string): boolean => existsSync(`${folder}/${section}/${stem}.json`);
  // It has such a login, or the whole program has something to say of it.
  const mayAnswer = (section: string): boolean => isIn(section) || !isPrivateFolder(`${folder}/${section}`);
  if (store === undefined ? ["credentials", "passphrase"].some(mayAnswer) : store !== "keyring") return undefined;
  if (!isIn("keyring")) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const { sealedToken } = require("./sealed-token.ts") as typeof import("./sealed-token.ts");
  return await sealedToken(`${folder}/keyring`, stem, appName);
}

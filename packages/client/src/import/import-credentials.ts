import {
  apiKey,
  AuthError,
  isAuthError,
  tokenSet,
  type Account,
  type ApiKey,
  type AuthorizationServer,
  type Credential,
  type TokenSet,
} from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import type { Environment } from "../environment.ts";
import { defaultProduct, type Product } from "../product.ts";
import { knownServer } from "../sign-in/known-server.ts";
import { requireSameAccount } from "../sign-in/require-same-account.ts";
import { signInApi } from "../sign-in/sign-in.ts";
import { siteHttp } from "../site-http.ts";
import type { Site } from "../site.ts";
import { keepLogin, replacedLogin } from "../storage/keep-login.ts";
import { ladderStore, type Storage } from "../storage/storage.ts";
import type { FileContext, FileEntry, FoundLogin } from "./found-login.ts";
import { keepIfNew } from "./keep-if-new.ts";
import { defaultLoginPath, type OtherSystem } from "./other-system.ts";
import { usableLogin } from "./usable-login.ts";

export interface ImportOptions {
  /** The system that has kept the logins. */
  readonly from: OtherSystem;
  /** Its file. Default: where that system keeps it. */
  readonly path?: string | undefined;
  /** Where the logins are to be used. The file does not decide that. */
  readonly site: Site;
  /** The name to keep the login under, or which of pancloud's profiles is meant. Default: `default`; pancloud: all. */
  readonly profile?: string | undefined;
  /** Where to keep them: all of its places are looked in for what is there already. */
  readonly storage: Storage;
  /** Put them in the place of logins that are there already, if those are of the same account. Default: false. */
  readonly isForced?: boolean | undefined;
  /** Keep nothing, and ask no server: tell what would be done. Default: false. */
  readonly isDryRun?: boolean | undefined;
  /** Default: {@link defaultProduct}. */
  readonly product?: Product | undefined;
  /** Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** Default: `process.platform`. */
  readonly platform?: NodeJS.Platform | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** How the site's server is asked for its metadata. Default: as the site says. */
  readonly http?: HttpOptions | undefined;
}

/** What became of a file's logins. It holds no secret. */
export interface ImportReport {
  readonly from: OtherSystem;
  /** The file that was read. */
  readonly path: string;
  readonly logins: readonly ImportOutcome[];
}

/** What became of one of them, by the profile it is kept under. A name from a file is as the file has it. */
export type ImportOutcome = { readonly profile: string } & (
  | {
      readonly outcome: "imported";
      readonly kind: "api-key" | "token-set";
      /** Whose it is, which nobody has verified. Absent: the file does not say. */
      readonly account?: Account | undefined;
      /** When the key or the access token ends. Absent: unknown. */
      readonly expiresAtMs?: number | undefined;
      /** It has a refresh token. */
      readonly isRenewable: boolean;
    }
  | {
      /** There is a login of that name, which is as it was. */
      readonly outcome: "present";
    }
  | {
      readonly outcome: "refused";
      /** Why: `config_invalid`, `config_missing` or `login_required`. */
      readonly error: AuthError;
    }
);

/**
 * Reads the logins that another system has stored, so that nobody has to sign in again, and keeps them as this site's.
 * The file is not changed, and no token is renewed. Where the server gives a new refresh token with each renewal, the other
 * system has to be given up: whichever of the two comes second with the old one may end the login for both.
 *
 * Rejects with {@link AuthError}: `no_credential` when there is no file or no login for this site in it;
 * `config_invalid` when the file is not what its system writes or others can change it; `wrong_account` when a forced one
 * is another account's than the login that is there; as `authorizationServer` does; and with {@link StoreError}.
 */
export async function importCredentials(options: ImportOptions): Promise<ImportReport> {
  const { env = process.env, from, isDryRun = false, product = defaultProduct, profile, site } = options;
  const { now = Date.now, platform = process.platform } = options;
  const path = options.path ?? defaultLoginPath(from, env, platform);
  const context: FileContext = { path, site, nowMs: now() };
  // Loaded only here: it takes more code than a client does.
  const { fileEntries } = await import("./file-entries.ts");
  const entries = fileEntries(from, context).filter((entry) => isMeant(entry, profile));
  if (entries.length === 0) throw nothingThere(path, profile);

  const settled = entries.map((entry): Settled => {
    const name = entry.profile ?? profile ?? "default";
    try {
      requireProfile(name, path);
      return { profile: name, found: usableLogin(entry.read(), context, product) };
    } catch (error) {
      if (isAuthError(error)) return { profile: name, error };
      throw error;
    }
  });

  const needsServer = !isDryRun && settled.some(({ found }) => found?.kind === "token-set");
  const http = options.http ?? siteHttp(site, { product, env, now });
  const isForgetful = options.storage.home.kind === "memory";
  const server = needsServer ? await knownServer(site, { product, env, http, isForgetful }) : undefined;
  const logins: ImportOutcome[] = [];
  for (const { profile, found, error } of settled) {
    if (found === undefined) logins.push({ profile, outcome: "refused", error });
    else logins.push(await keep(found, profile, server, { ...options, product, now }));
  }
  return { from, path, logins };
}

type Settled = { readonly profile: string } & (
  { readonly found: FoundLogin; readonly error?: undefined } | { readonly found?: undefined; readonly error: AuthError }
);

async function keep(
  found: FoundLogin,
  profile: string,
  server: AuthorizationServer | undefined,
  options: ImportOptions & { readonly product: Product; readonly now: () => number },
): Promise<ImportOutcome> {
  const { isDryRun = false, isForced = false, site, storage } = options;
  const key = { issuer: site.issuer, clientId: site.clientId, profile };
  const { account, expiresAtMs, kind, refreshToken } = found;
  const imported = {
    profile,
    outcome: "imported",
    kind,
    account,
    expiresAtMs,
    isRenewable: refreshToken !== undefined,
  } as const;

  if (isDryRun) {
    if (isForced) requireSameAccount(await replacedLogin(storage, key), key, account, options.product);
    const isThere = !isForced && (await ladderStore(storage).read(key)) !== undefined;
    return isThere ? { profile, outcome: "present" } : imported;
  }
  const login = loginOf(found, site, server, options.now());
  const keepSame = (replaced: Credential | undefined): ApiKey | TokenSet => {
    requireSameAccount(replaced, key, account, options.product);
    return login;
  };
  if (isForced) await keepLogin(storage, key, keepSame);
  else if (!(await keepIfNew(storage, key, login))) return { profile, outcome: "present" };
  return imported;
}

function loginOf(
  { account, expiresAtMs, kind, refreshToken, scopes = [], token }: FoundLogin,
  site: Site,
  server: AuthorizationServer | undefined,
  nowMs: number,
): ApiKey | TokenSet {
  const api = signInApi(site);
  if (kind === "api-key") return apiKey({ apiKey: token ?? "", expiresAtMs, account, api });
  if (server === undefined) throw new TypeError("the server of a token set is not known");
  const { audiences, clientId, resources } = site;
  return tokenSet({
    server,
    clientId,
    // Where there is only a refresh token, the first access token is asked for when it is needed.
    accessToken: token ?? "none-yet",
    expiresAtMs: token === undefined ? 0 : expiresAtMs,
    refreshToken,
    obtainedAtMs: nowMs,
    scopes,
    resources,
    audiences,
    account,
    api,
    generation: 0,
  });
}

function isMeant(entry: FileEntry, profile: string | undefined): boolean {
  return entry.profile === undefined || profile === undefined || entry.profile === profile;
}

/** A name of a file, which is to name a login. */
function requireProfile(name: string, path: string): void {
  if (name !== "" && name.length <= 100 && name.isWellFormed()) return;
  throw new AuthError("config_invalid", `cannot import from ${path}: a profile has a name that no login can have`, {
    hint: "sign in instead",
  });
}

function nothingThere(path: string, profile: string | undefined): AuthError {
  const what = profile === undefined ? "no login" : `no login of the profile ${JSON.stringify(profile.slice(0, 100))}`;
  return new AuthError("no_credential", `there is ${what} in ${path}`, { hint: "name another, or sign in" });
}

import { isLogin, locate, type Search, type Storage, type StoreKind } from "@org/auth-client/source";
import {
  formatKey,
  isAuthError,
  type ApiKey,
  type Credential,
  type CredentialKey,
  type Explanation,
  type FoundCredential,
} from "@org/auth-core";

/** How a credential stands, as far as can be told without asking anyone. */
export type State = "expired" | "refreshable" | "revoked" | "unreadable" | "unverified" | "valid";

/** One credential, as `status --json` shows it. */
export interface AccountStatus {
  readonly issuer?: string | undefined;
  readonly client_id?: string | undefined;
  readonly profile?: string | undefined;
  readonly subject?: string | undefined;
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly state: State;
  /** Nobody was asked. */
  readonly verified: "local";
  readonly kind: string;
  /** The place it was found in. */
  readonly source: string;
  /** Where it is kept. */
  readonly store?: StoreKind | undefined;
  /** The variable it came from, by name. */
  readonly variable?: string | undefined;
  /** Whether requests would use this one. */
  readonly chosen: boolean;
  /** They would, and may not: the code of the error that they end with. Absent: nothing is against it. */
  readonly refusal?: string | undefined;
  readonly scopes: readonly string[];
  readonly issued_at?: string | undefined;
  readonly expires_at?: string | undefined;
  /** In seconds. */
  readonly expires_in?: number | undefined;
  readonly refreshable: boolean;
}

/** The states in which requests can be made, as far as is known. */
export const usableStates: ReadonlySet<State> = new Set<State>(["refreshable", "unverified", "valid"]);

/** How the credential stands that requests would use. */
export function statusOfFound({ credential, key, provenance }: FoundCredential, nowMs: number): AccountStatus {
  if (key !== undefined) return loginStatus(key, credential, true, nowMs);
  const { account, name, place } = provenance;
  return { ...unverified, kind: credential.kind, source: place, variable: name, username: account, chosen: true };
}

/** Every credential there is: what the environment holds, and all logins in the store. */
export async function accountStatuses(
  { store }: Search,
  storage: Storage,
  { found, steps }: Explanation,
  nowMs: number,
): Promise<readonly AccountStatus[]> {
  const outside = steps.flatMap(({ place, outcome, provenance }): AccountStatus[] => {
    if (provenance === undefined || place === "stored-login") return [];
    if (outcome === "chosen" && found !== undefined) return [statusOfFound(found, nowMs)];
    const { name, account } = provenance;
    return [{ ...unverified, kind: "unknown", source: place, variable: name, username: account, chosen: false }];
  });

  const keyByName = new Map((await store.list()).filter(isLogin).map((key) => [formatKey(key), key]));
  const chosenName = found?.key === undefined ? undefined : formatKey(found.key);
  const logins: AccountStatus[] = [];
  // One after the other: of thousands at once the memory they hold takes longer to manage than they to read.
  for (const [name, key] of [...keyByName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const chosen = name === chosenName;
    try {
      const login = await store.read(key);
      logins.push({ ...loginStatus(key, login, chosen, nowMs), store: await locate(storage, key) });
    } catch (error) {
      if (!isAuthError(error)) throw error;
      logins.push({ ...identity(key), ...unreadable, chosen });
    }
  }
  return [...outside, ...logins];
}

const unverified = { state: "unverified", verified: "local", scopes: [], refreshable: false } as const;

const unreadable = {
  state: "unreadable",
  verified: "local",
  kind: "unknown",
  source: "stored-login",
  scopes: [],
  refreshable: false,
} as const;

function identity({
  issuer,
  clientId,
  profile,
}: CredentialKey): Pick<AccountStatus, "client_id" | "issuer" | "profile"> {
  return { issuer, client_id: clientId, profile };
}

function apiKeyStatus({ account, expiresAtMs, kind }: ApiKey, nowMs: number): Omit<AccountStatus, "chosen"> {
  const isLive = nowMs < (expiresAtMs ?? Infinity);
  return {
    subject: account?.subject,
    username: account?.username,
    email: account?.email,
    state: isLive ? "valid" : "expired",
    verified: "local",
    kind,
    source: "stored-login",
    scopes: [],
    ...endOf(expiresAtMs, nowMs),
    refreshable: false,
  };
}

function loginStatus(
  key: CredentialKey,
  login: Credential | FoundCredential["credential"] | undefined,
  chosen: boolean,
  nowMs: number,
): AccountStatus {
  if (login?.kind === "api-key") return { ...identity(key), ...apiKeyStatus(login, nowMs), chosen };
  if (login?.kind !== "token-set") return { ...identity(key), ...unreadable, chosen };
  const { account, ended, expiresAtMs, kind, obtainedAtMs, refreshToken, scopes } = login;
  const refreshable = refreshToken !== undefined && ended === undefined;
  const isLive = nowMs < (expiresAtMs ?? Infinity);
  const state = ended !== undefined ? "revoked" : isLive ? "valid" : refreshable ? "refreshable" : "expired";
  return {
    ...identity(key),
    subject: account?.subject,
    username: account?.username,
    email: account?.email,
    state,
    verified: "local",
    kind,
    source: "stored-login",
    chosen,
    scopes,
    issued_at: new Date(obtainedAtMs).toISOString(),
    ...endOf(expiresAtMs, nowMs),
    refreshable,
  };
}

function endOf(expiresAtMs: number | undefined, nowMs: number): Pick<AccountStatus, "expires_at" | "expires_in"> {
  if (expiresAtMs === undefined) return {};
  return { expires_at: new Date(expiresAtMs).toISOString(), expires_in: Math.floor((expiresAtMs - nowMs) / 1000) };
}

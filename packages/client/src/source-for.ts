import {
  accessToken,
  fixed,
  LoginRequiredError,
  reuse,
  stored,
  type ClientSecret,
  type CredentialKey,
  type CredentialStore,
  type FoundCredential,
  type StoredOptions,
  type TokenSet,
  type TokenSource,
} from "@org/auth-core";
import type { HttpOptions } from "@org/auth-flows";
import type { Settings } from "./settings.ts";

export interface SourceForOptions extends StoredOptions {
  /** Keeps what is renewed. */
  readonly store: CredentialStore;
  readonly settings: Settings;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Makes a source of tokens from a credential, by its kind. Nothing is asked of a server before the first token is. */
export function sourceFor(found: FoundCredential, options: SourceForOptions): TokenSource {
  const { credential, provenance, key } = found;
  const { fetch, now } = options;
  const http: HttpOptions = { ...(fetch && { fetch }), ...(now && { now }) };
  const storedOptions: StoredOptions = { ...options, provenance };

  switch (credential.kind) {
    case "api-key":
      return fixed(accessToken({ value: credential.apiKey, provenance }));
    case "client-secret":
      return reuse(machineSource(credential, http, options, storedOptions), options);
    case "token-set": {
      const loginKey = key ?? { issuer: credential.server.issuer, clientId: credential.clientId, profile: "default" };
      return reuse(
        stored(options.store, loginKey, (current) => refreshed(current, http, options.loginHint), storedOptions),
        options,
      );
    }
    case "pending-login":
      throw new LoginRequiredError("the sign-in still waits for its person");
  }
}

function machineSource(
  { issuer, clientId, clientSecret }: ClientSecret,
  http: HttpOptions,
  { store, settings }: SourceForOptions,
  storedOptions: StoredOptions,
): TokenSource {
  const scopes = settings.site?.scopes ?? [];
  const key: CredentialKey = { issuer, clientId, profile: "client-credentials", scopes };
  return stored(
    store,
    key,
    async (current) => {
      const { authorizationServer, clientCredentials } = await import("@org/auth-flows");
      const server = current?.server ?? (await authorizationServer(issuer, http));
      return await clientCredentials(server, { clientId, clientSecret }, { scopes, http });
    },
    storedOptions,
  );
}

async function refreshed(
  current: TokenSet | undefined,
  http: HttpOptions,
  hint: string | undefined,
): Promise<TokenSet> {
  if (current === undefined) throw new LoginRequiredError("the login is gone: someone has signed out", { hint });
  const { refresh } = await import("@org/auth-flows");
  return await refresh(current, { clientId: current.clientId }, http);
}

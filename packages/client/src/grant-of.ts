import {
  tokenSet,
  type AuthorizationServer,
  type ClientSecret,
  type CredentialKey,
  type DeveloperToken,
  type Password,
  type PrivateKey,
  type RefreshToken,
  type Renew,
  type TokenSet,
  type WorkloadIdentity,
} from "@org/auth-core";
import type { ClientIdentity, HttpOptions, TokenTarget } from "@org/auth-flows";
import type { Settings } from "./settings.ts";
import { siteServer } from "./site-server.ts";
import { defaultScopes } from "./site.ts";

/** What gets tokens from a server without a person. */
export type GrantCredential = ClientSecret | DeveloperToken | Password | PrivateKey | RefreshToken | WorkloadIdentity;

/** How a credential's tokens are got, and the key under which they are kept. */
export interface Grant {
  readonly key: CredentialKey;
  readonly renew: Renew;
}

/** Each kind of credential by its grant. What a server is asked for is the site's scopes, resources and audiences. */
export async function grantOf(credential: GrantCredential, { site }: Settings, http: HttpOptions): Promise<Grant> {
  const flows = await import("@org/auth-flows");
  const authMethod = site?.clientSecretMethod;
  const target: TokenTarget = {
    scopes: site?.scopes,
    resources: site?.resources,
    audiences: site?.audiences,
    dpop: site?.dpop,
  };
  const scopes = site?.scopes;
  const apis = [...(site?.resources ?? []), ...(site?.audiences ?? [])];
  const audience = apis.length > 0 ? apis.join(" ") : undefined;
  const { now = Date.now } = http;

  /** The tokens of a client are kept apart by the secret they were got with: another secret, another credential. */
  async function grant(
    issuer: string,
    clientId: string,
    secret: string,
    ask: (server: AuthorizationServer, current: TokenSet | undefined) => Promise<TokenSet>,
  ): Promise<Grant> {
    const key = {
      issuer,
      clientId,
      profile: credential.kind,
      audience,
      scopes,
      fingerprint: await fingerprint(secret),
    };
    const renew: Renew = async (current) =>
      await ask(current?.server ?? (await siteServer({ ...site, issuer, clientId }, http)), current);
    return { key, renew };
  }

  switch (credential.kind) {
    case "client-secret": {
      const { issuer, clientId, clientSecret } = credential;
      const client: ClientIdentity = { clientId, clientSecret, authMethod };
      return await grant(issuer, clientId, clientSecret, (server) =>
        flows.clientCredentials(server, client, { ...target, http }),
      );
    }
    case "private-key": {
      const { issuer, clientId, privateKey } = credential;
      return await grant(issuer, clientId, privateKey, (server) =>
        flows.clientCredentials(server, { clientId, privateKey }, { ...target, http }),
      );
    }
    case "password": {
      const { issuer, clientId, clientSecret, username, password } = credential;
      const client: ClientIdentity = { clientId, clientSecret, authMethod };
      return await grant(issuer, clientId, `${username}\n${password}`, async (server, current) =>
        current?.refreshToken === undefined
          ? await flows.passwordGrant(server, client, {
              ...target,
              scopes: scopes ?? defaultScopes,
              username,
              password,
              http,
            })
          : await flows.refresh(current, client, http),
      );
    }
    case "refresh-token": {
      const { issuer, clientId, clientSecret, refreshToken, accessToken, expiresAtMs } = credential;
      const client: ClientIdentity = { clientId, clientSecret, authMethod };
      return await grant(issuer, clientId, refreshToken, async (server, current) => {
        const { resources, audiences } = target;
        const whose = { server, clientId, refreshToken, resources, audiences };
        const given = { ...whose, obtainedAtMs: now(), scopes: scopes ?? [], generation: 0 };
        // The first time there may be a token that came with it.
        if (current === undefined && accessToken !== undefined) return tokenSet({ ...given, accessToken, expiresAtMs });
        return await flows.refresh(current ?? tokenSet({ ...given, accessToken: "none-yet" }), client, http);
      });
    }
    case "workload-identity": {
      const { issuer, clientId, identityToken } = credential;
      return await grant(issuer, clientId, "workload", async (server) => {
        if (site?.workloadGrant === "client-assertion") {
          return await flows.clientCredentials(
            server,
            { clientId, clientAssertion: identityToken },
            { ...target, http },
          );
        }
        const token = await identityToken(http.signal);
        return site?.workloadGrant === "jwt-bearer"
          ? await flows.jwtBearer(server, { clientId }, { ...target, assertion: token, http })
          : await flows.exchangeToken(
              server,
              { clientId },
              { ...target, subjectToken: token, subjectTokenType: "urn:ietf:params:oauth:token-type:jwt", http },
            );
      });
    }
    case "developer-token": {
      const { developerToken, url } = credential;
      const { origin } = new URL(url);
      const clientId = credential.kind;
      const server: AuthorizationServer = { issuer: origin, tokenEndpoint: url, issParameterSupported: false };
      // It stands in for a sign-in of the site's client, and goes when all that is kept for that goes.
      const owner = site ?? { issuer: origin, clientId };
      const mark = await fingerprint(`${url}\n${developerToken}`);
      return {
        key: { issuer: owner.issuer, clientId: owner.clientId, profile: credential.kind, fingerprint: mark },
        renew: async () => {
          const obtainedAtMs = now();
          const { value, expiresAtMs } = await flows.redeemDeveloperToken({ url, developerToken }, http);
          return tokenSet({
            server,
            clientId,
            accessToken: value,
            obtainedAtMs,
            expiresAtMs,
            scopes: [],
            generation: 0,
          });
        },
      };
    }
  }
}

/** Enough of a secret's hash to tell it from others, and far too little to find it by. */
async function fingerprint(secret: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
  return [...hash.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

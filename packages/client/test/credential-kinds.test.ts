import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { memoryStore } from "@org/auth-core";
import { clientCredentials } from "@org/auth-flows";
import { startApiKeys, startProtectedApi, type AuthServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { createClient, defaultScopes, type ClientOptions } from "../src/index.ts";
import { jwtSigner, type JwtSigner } from "./signed-jwt.ts";
import { authServer, protectedApi, scriptedServer, signIn, tempFolder } from "./surroundings.ts";

/** What a credential is made of, by the names that variables have. */
type Parts = Readonly<Record<string, string>>;

interface Kind {
  readonly parts: Parts;
  /** More of the site's configuration. */
  readonly site?: string;
  /** Who the API finds the token to be of. */
  readonly clientId: string;
  /** How the tokens are asked for. Absent: they are not. */
  readonly grantType?: string;
  /** A field of the token request. Absent: none that matters. */
  readonly field?: string;
}

interface World {
  readonly server: AuthServer;
  readonly signer: JwtSigner;
}

const posting = { clientId: "posting", authMethod: "client_secret_post", clientSecret: "canary-posted" } as const;
const app = { clientId: "app", authMethod: "none" } as const;

async function world(): Promise<World> {
  const signer = jwtSigner();
  const signing = { clientId: "signing", authMethod: "private_key_jwt", publicKey: signer.publicKey } as const;
  const server = await authServer({ clients: [posting, app, signing], trustedKeys: [signer.publicKey] });
  return { server, signer };
}

/** A token of a machine's, got by hand. */
async function liveToken({ metadata, confidentialClient }: AuthServer): Promise<string> {
  return (await clientCredentials(metadata, confidentialClient, { scopes: ["api:read"] })).accessToken;
}

const kinds: Readonly<Record<string, (world: World) => Promise<Kind>>> = {
  "an API key": async ({ server }) => ({
    parts: { API_KEY: await liveToken(server) },
    clientId: server.confidentialClient.clientId,
  }),
  "an access token": async ({ server }) => ({
    parts: { ACCESS_TOKEN: await liveToken(server) },
    clientId: server.confidentialClient.clientId,
  }),
  "B.3-2 a client id and a refresh token": async ({ server }) => {
    const { clientId, refreshToken = "" } = await signIn(server);
    const parts = { ISSUER: server.issuer, CLIENT_ID: clientId, REFRESH_TOKEN: refreshToken };
    return { parts, clientId, grantType: "refresh_token", field: "refresh_token" };
  },
  "a client id and secret": ({ server: { issuer, confidentialClient } }) => {
    const { clientId, clientSecret } = confidentialClient;
    const parts = { ISSUER: issuer, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret };
    return Promise.resolve({ parts, clientId, grantType: "client_credentials" });
  },
  "a client id and secret, in the form": ({ server: { issuer } }) => {
    const parts = { ISSUER: issuer, CLIENT_ID: posting.clientId, CLIENT_SECRET: posting.clientSecret };
    const site = `issuer = "${issuer}"\nclient_id = "${posting.clientId}"\nclient_secret_method = "post"\n`;
    // Named by the site, so that its way of sending the secret counts.
    const { ISSUER: _, ...rest } = parts;
    const { clientId } = posting;
    return Promise.resolve({ parts: rest, site, clientId, grantType: "client_credentials", field: "client_secret" });
  },
  "a client id and private key": ({ server: { issuer }, signer }) => {
    const privateKey = JSON.stringify(signer.privateKey.export({ format: "jwk" }));
    const parts = { ISSUER: issuer, CLIENT_ID: "signing", PRIVATE_KEY: privateKey };
    const field = "client_assertion";
    return Promise.resolve({ parts, clientId: "signing", grantType: "client_credentials", field });
  },
  "a client id and private key, in PEM": ({ server: { issuer }, signer }) => {
    const privateKey = signer.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const parts = { ISSUER: issuer, CLIENT_ID: "signing", PRIVATE_KEY: privateKey };
    const field = "client_assertion";
    return Promise.resolve({ parts, clientId: "signing", grantType: "client_credentials", field });
  },
  "B.5-3 a user name and password": ({ server: { issuer, person } }) => {
    const { username, password } = person;
    const parts = { ISSUER: issuer, CLIENT_ID: app.clientId, USERNAME: username, PASSWORD: password };
    return Promise.resolve({ parts, clientId: app.clientId, grantType: "password", field: "password" });
  },
};

/** What `createClient` is given for these parts in each place. */
const places: Readonly<Record<string, (parts: Parts) => Partial<ClientOptions>>> = {
  environment: (parts) => ({
    env: Object.fromEntries(Object.entries(parts).map(([name, part]) => [`ORG_AUTH_${name}`, part])),
  }),
  argument: (parts) =>
    Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [
        name.toLowerCase().replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
        part,
      ]),
    ),
  "mounted-secret": (parts) => {
    const folder = tempFolder();
    for (const [name, part] of Object.entries(parts))
      writeFileSync(join(folder, `org_auth_${name.toLowerCase()}`), `${part}\n`);
    return { env: { ORG_AUTH_SECRETS_DIR: folder } };
  },
};

/** The same on a machine of its own, with a site. */
function optionsFor(place: string, { parts, site }: Pick<Kind, "parts" | "site">): Omit<ClientOptions, "baseUrl"> {
  const own = places[place]?.(parts) ?? {};
  const config = join(tempFolder(), "config.toml");
  writeFileSync(config, site === undefined ? "" : `[sites.one]\n${site}`);
  const env = { HOME: tempFolder(), ORG_AUTH_STORE: "file", ORG_AUTH_CONFIG: config, ...own.env };
  return { ...own, env, folder: false };
}

for (const [name, make] of Object.entries(kinds)) {
  test(`B.3-1 B.4-1 ${name}, from each place, is a credential that the API takes`, async () => {
    const { server, signer } = await world();
    const api = await protectedApi(server);
    for (const place of Object.keys(places)) {
      const kind = await make({ server, signer });
      const before = server.tokenRequests();
      const client = createClient({
        ...optionsFor(place, kind),
        baseUrl: api.baseUrl,
        ...(kind.grantType !== undefined && { scopes: ["api:read"] }),
      });
      for (let call = 0; call < 2; call++)
        expect(await client.get("me").json(), place).toMatchObject({ clientId: kind.clientId });
      expect(server.tokenRequests() - before, place).toBe(kind.grantType === undefined ? 0 : 1);
      if (kind.grantType === undefined) continue;
      const { grantType, fieldNames } = server.requests.at(-1) ?? {};
      expect(grantType, place).toBe(kind.grantType);
      if (kind.field !== undefined) expect(fieldNames, place).toContain(kind.field);
    }
  });
}

test("B.5-3 where nothing says which scopes, a password is for what a sign-in asks for, and is sent once", async () => {
  const { server, signer } = await world();
  const api = await protectedApi(server);
  const kind = await kinds["B.5-3 a user name and password"]?.({ server, signer });
  let lateMs = 0;
  const now = (): number => Date.now() + lateMs;
  const client = createClient({ ...optionsFor("environment", kind ?? expect.fail()), baseUrl: api.baseUrl, now });
  for (; lateMs <= 3_600_000; lateMs += 3_600_000)
    expect(await client.get("me").json()).toMatchObject({ subject: server.person.subject, scopes: defaultScopes });
  expect([server.tokenRequests("password"), server.tokenRequests("refresh_token")]).toEqual([1, 1]);
});

test("B.4-8 B.4-9 a developer token, from each place, is redeemed once for all processes", async () => {
  const { server } = await world();
  const service = await startApiKeys({ introspect: server.introspect });
  const api = await startProtectedApi({ introspect: service.introspect });
  onTestFinished(async () => {
    await Promise.all([service.close(), api.close()]);
  });
  const { developerToken, url } = service.developerToken;
  const site = `issuer = "${server.issuer}"\nclient_id = "app"\ndeveloper_token_url = "${url}"\n`;
  for (const [index, place] of Object.keys(places).entries()) {
    const options = optionsFor(place, { parts: { DEVELOPER_TOKEN: developerToken }, site });
    for (let process = 0; process < 2; process++) {
      const client = createClient({ ...options, baseUrl: api.baseUrl });
      expect(await client.get("me").json()).toMatchObject({ clientId: "developer-tokens" });
    }
    expect(service.requests).toHaveLength(index + 1);
  }
});

const workloadGrants = {
  "token-exchange": "urn:ietf:params:oauth:grant-type:token-exchange",
  "jwt-bearer": "urn:ietf:params:oauth:grant-type:jwt-bearer",
  "client-assertion": "client_credentials",
} as const;

test.for(Object.entries(workloadGrants))(
  "a workload's identity is turned into a token by %s, from a mounted file",
  async ([grant, grantType]) => {
    const { server, signer } = await world();
    const api = await protectedApi(server);
    const clientId = grant === "client-assertion" ? "signing" : app.clientId;
    const claims = { iss: clientId, sub: clientId, aud: server.issuer };
    const path = join(tempFolder(), "token");
    const site = `issuer = "${server.issuer}"\nclient_id = "${clientId}"\nscopes = ["api:read"]\nworkload_grant = "${grant}"\n`;
    const options = optionsFor("environment", { parts: { IDENTITY_TOKEN_FILE: path }, site });
    let lateMs = 0;
    const client = createClient({ ...options, baseUrl: api.baseUrl, now: () => Date.now() + lateMs });
    // The platform writes another one from time to time, and each is good for a while only.
    for (let renewal = 1; renewal <= 2; renewal++) {
      writeFileSync(path, `${signer.jwt(claims)}\n`);
      const me = await client.get("me").json();
      expect(me).toMatchObject(grant === "client-assertion" ? { clientId } : { subject: clientId });
      expect(server.tokenRequests(grantType)).toBe(renewal);
      lateMs += 3_600_000;
    }
  },
);

test("a workload's identity may be asked for at the CI service, where the site says how to use it", async () => {
  const { server, signer } = await world();
  const api = await protectedApi(server);
  const ci = await scriptedServer(({ target }, response) => {
    const aud = new URL(target, "http://ci").searchParams.get("audience");
    const value = signer.jwt({ iss: "https://ci.example.com", sub: "repo:acme/app", aud });
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ value }));
  });
  const site = `issuer = "${server.issuer}"\nclient_id = "${app.clientId}"\nscopes = ["api:read"]\n`;
  const job = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${ci.origin}/token?x=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "canary-request-token",
  };
  const call = async (site: string): Promise<unknown> => {
    const options = optionsFor("environment", { parts: {}, site });
    const env = { ...options.env, ...job };
    return await createClient({ ...options, env, baseUrl: api.baseUrl, store: memoryStore() })
      .get("me")
      .json();
  };
  expect(await call(`${site}workload_grant = "token-exchange"\n`)).toMatchObject({ subject: "repo:acme/app" });
  expect(ci.requests).toMatchObject([{ method: "GET", target: expect.stringMatching(/^\/token\?x=1&audience=/) }]);
  expect(ci.requests[0]?.headers.authorization).toContain("canary-request-token");

  // Every job of such a service has these variables: they alone mean nothing.
  await expect(call(site)).rejects.toMatchObject({ code: "no_credential" });
  expect(ci.requests).toHaveLength(1);
});

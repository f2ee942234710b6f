import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { memoryStore, type CredentialStore } from "@org/auth-core";
import { headlessPerson, startApiKeys, type AuthServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { defineProduct, openSession, type ProductSite, type Session } from "../src/index.ts";
import { resolve, type Resolution } from "../src/source.ts";
import { jwtSigner } from "./signed-jwt.ts";
import { authServer, keep, login, rejection, scriptedServer, tempFolder, type ScriptedServer } from "./surroundings.ts";

type Fields = Omit<ProductSite, "clientId" | "issuer">;

function productAt(issuer: string, clientId: string, fields: Fields) {
  return defineProduct({ name: "acme", envPrefix: "ACME_", sites: { only: { issuer, clientId, ...fields } } });
}

interface TokenServer {
  readonly origin: string;
  /** Those for tokens. */
  requests(): ScriptedServer["requests"];
}

/** A server that gives a token to whoever asks, and loses as many of its first answers as it is told to. */
async function tokenServer(lost = 0): Promise<TokenServer> {
  let left = lost;
  const server = await scriptedServer(({ method, headers: { host = "" } }, response) => {
    if (method === "POST" && left-- > 0) return response.destroy();
    const issuer = `http://${host}`;
    const metadata = { issuer, token_endpoint: `${issuer}/token`, dpop_signing_alg_values_supported: ["ES256"] };
    const tokens = { access_token: "canary-access", token_type: "Bearer", expires_in: 3600 };
    const answer = JSON.stringify(method === "POST" ? tokens : metadata);
    return response.setHeader("content-type", "application/json").end(answer);
  });
  return { origin: server.origin, requests: () => server.requests.filter(({ method }) => method === "POST") };
}

const { jwt, privateKey } = jwtSigner();
const identity = jwt({ iss: "https://ci.example.com", sub: "job" });

/** What a machine is given, by the names of variables, by the kind of credential that makes. */
const machines: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a client secret": { CLIENT_SECRET: "canary-secret" },
  "a private key": { PRIVATE_KEY: JSON.stringify(privateKey.export({ format: "jwk" })) },
  "a password": { USERNAME: "ana", PASSWORD: "canary-password" },
  "a refresh token": { REFRESH_TOKEN: "canary-refresh" },
  "token exchange": { IDENTITY_TOKEN: identity },
  "a JWT bearer": { IDENTITY_TOKEN: identity },
  "a client assertion": { IDENTITY_TOKEN: identity },
};

const workloadGrants: Readonly<Record<string, ProductSite["workloadGrant"]>> = {
  "a JWT bearer": "jwt-bearer",
  "a client assertion": "client-assertion",
};

/** What a machine with these variables asks the server of its site for its token with. */
async function asked(machine: string, site: Fields): Promise<ScriptedServer["requests"][number] | undefined> {
  const { origin, requests } = await tokenServer();
  const { IDENTITY_TOKEN, ...parts } = machines[machine] ?? {};
  const path = join(tempFolder(), "identity");
  if (IDENTITY_TOKEN !== undefined) writeFileSync(path, IDENTITY_TOKEN);
  const variables = Object.entries(parts).map(([name, part]) => [`ACME_${name}`, part]);
  const named = IDENTITY_TOKEN === undefined ? { ACME_CLIENT_ID: "app" } : { ACME_IDENTITY_TOKEN_FILE: path };
  const { source } = await resolve({
    product: productAt(origin, "app", {
      scopes: ["api:read"],
      workloadGrant: workloadGrants[machine],
      ...site,
    }),
    env: { HOME: tempFolder(), ...named, ...Object.fromEntries(variables) },
    folder: false,
    store: memoryStore(),
  });
  await source.getToken();
  expect(requests()).toHaveLength(1);
  return requests()[0];
}

test.for(Object.keys(machines))(
  "RFC 8707 %s asks for the APIs of its site, by address and by name",
  async (machine) => {
    const [wells, seismic] = ["https://wells.example.com/", "https://seismic.example.com/"];
    const request = await asked(machine, { resources: [wells, seismic], audiences: ["maps", "logs"] });
    const fields = new URLSearchParams(request?.body);
    expect(fields.getAll("resource")).toEqual([wells, seismic]);
    expect(fields.getAll("audience")).toEqual(["maps", "logs"]);
  },
);

test.for(Object.keys(machines).filter((machine) => machine !== "a refresh token"))(
  "RFC 9449 %s has its tokens bound to a key where its site says so, and else not",
  async (machine) => {
    expect((await asked(machine, { dpop: true }))?.headers["dpop"]).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect((await asked(machine, {}))?.headers["dpop"]).toBeUndefined();
  },
);

test("a machine's tokens are kept apart by what they are for", async () => {
  const { origin, requests } = await tokenServer();
  const store = memoryStore();
  for (const fields of [
    {},
    { scopes: ["api:read"] },
    { resources: ["https://a.example.com/"] },
    { audiences: ["a"] },
  ]) {
    const product = productAt(origin, "app", fields);
    const env = { ACME_CLIENT_ID: "app", ACME_REFRESH_TOKEN: "canary-refresh" };
    await (await resolve({ product, env, folder: false, store })).source.getToken();
  }
  expect(requests()).toHaveLength(4);
});

/** A session whose person signs in whenever they are asked to, and the addresses they were brought to. */
function sessionAt(
  server: AuthServer,
  fields: Fields,
  now?: () => number,
): Session & { readonly seen: readonly URL[] } {
  const seen: URL[] = [];
  const session = openSession({
    product: productAt(server.issuer, server.nativeClientId, fields),
    env: { HOME: tempFolder(), ACME_STORE: "file" },
    folder: false,
    now,
    signIn: {
      flow: "browser",
      open: () => true,
      show: (url) => {
        seen.push(new URL(url));
        headlessPerson(server.person)
          .signIn(url)
          .catch(() => undefined);
      },
    },
  });
  return { ...session, seen };
}

test("RFC 8707 RFC 9449 a sign-in asks for the APIs of its site by address, and for tokens bound to a key", async () => {
  const api = "https://wells.example.com/";
  const server = await authServer({ resources: [api], dpop: true });
  const bound = sessionAt(server, { resources: [api], dpop: true });
  expect((await bound.getToken()).proof).toBeDefined();
  expect(bound.seen.map(({ searchParams }) => searchParams.getAll("resource"))).toEqual([[api]]);

  const plain = sessionAt(server, {});
  expect((await plain.getToken()).proof).toBeUndefined();
  expect(plain.seen.map(({ searchParams }) => searchParams.getAll("resource"))).toEqual([[]]);
});

test("B.1-14 the key that a sign-in leaves may do what its site says", async () => {
  const server = await authServer();
  const keys = await startApiKeys({ introspect: server.introspect });
  onTestFinished(() => keys.close());
  const leaving = { apiUrl: keys.origin, loginKeeps: "api-key", apiKeysUrls: [keys.apiKeysUrl] } as const;
  const narrow = await sessionAt(server, { ...leaving, apiKeyScopes: ["api:read"] }).getAccessToken();
  expect(await keys.introspect(narrow)).toMatchObject({ active: true, scopes: ["api:read"] });
});

test("a clock that is off by more than a site forgives keeps a person from signing in, and by less does not", async () => {
  const server = await authServer();
  const now = (): number => Date.now() - 120_000;
  expect(await rejection(sessionAt(server, {}, now).getAccessToken())).toMatchObject({ code: "clock_skew" });
  const token = await sessionAt(server, { clockToleranceMs: 300_000 }, now).getAccessToken();
  expect(await server.introspect(token)).toMatchObject({ active: true });
});

/** Whatever login of an hour's life there is, which ends in so many milliseconds. */
async function loginAt({ origin }: TokenServer, fields: Fields, endsInMs: number): Promise<Resolution> {
  const store: CredentialStore = memoryStore();
  const expiresAtMs = Date.now() + endsInMs;
  const server = { issuer: origin, tokenEndpoint: `${origin}/token`, issParameterSupported: true };
  const lifetime = { obtainedAtMs: expiresAtMs - 3_600_000, expiresAtMs };
  await keep(store, login({ server, refreshToken: "canary-refresh", accessToken: "canary-old", ...lifetime }));
  return await resolve({ product: productAt(origin, "app", fields), env: {}, folder: false, store });
}

test("a login is renewed as early as its site says", async () => {
  const server = await tokenServer();
  const usual = await loginAt(server, {}, 200_000);
  expect((await usual.source.getToken()).value).toBe("canary-old");
  expect(server.requests()).toEqual([]);
  const early = await loginAt(server, { refreshEarlyMs: 600_000 }, 200_000);
  expect((await early.source.getToken()).value).toBe("canary-access");
});

test("a renewal whose answer was lost is asked for again, unless the site says no", async () => {
  const forgiving = await tokenServer(1);
  expect((await (await loginAt(forgiving, {}, -1)).source.getToken()).value).toBe("canary-access");
  expect(forgiving.requests()).toHaveLength(2);

  const strict = await tokenServer(1);
  const { source } = await loginAt(strict, { retryLostResponse: false }, -1);
  expect(await rejection(source.getToken())).toMatchObject({ code: "network" });
  expect(strict.requests()).toHaveLength(1);
});

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatKey, type Credential, type Mutex } from "@org/auth-core";
import { twoStage, type LandingOutcome, type LandingPage } from "@org/auth-flows";
import { headlessPerson, startApiKeys, type ApiKeys, type AuthServer, type Visit } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { defineProduct, openSession, type BrowserWay, type ProductSite, type Session } from "../src/index.ts";
import {
  changeChoices,
  clearUnreadable,
  defaultProduct,
  endLogin,
  keepLogin,
  keepSignIn,
  ladderStore,
  openStorage,
  readSettings,
} from "../src/source.ts";
import { authServer, login, recordingServer, rejection, signIn, tempFolder } from "./surroundings.ts";

type SiteOf = Omit<ProductSite, "clientId" | "issuer">;

interface SignInOptions {
  readonly home?: string;
  /** Who signs in. Default: the server's person. */
  readonly as?: AuthServer["person"];
  readonly landingPage?: BrowserWay["landingPage"];
  /** Comes before the person goes to the address. */
  readonly before?: () => unknown;
}

/** A session whose person signs in whenever they are asked to, and what their browser ended on each time. */
function sessionAt(
  server: AuthServer,
  site: SiteOf,
  { home = tempFolder(), as = server.person, landingPage, before }: SignInOptions = {},
): Session & { readonly visits: readonly Promise<Visit>[] } {
  const { issuer, nativeClientId: clientId } = server;
  const visits: Promise<Visit>[] = [];
  const show = async (url: string): Promise<void> => {
    await before?.();
    const visit = headlessPerson(as).signIn(url);
    visit.catch(() => undefined);
    visits.push(visit);
  };
  const session = openSession({
    product: defineProduct({ name: "acme", envPrefix: "ACME_", sites: { only: { issuer, clientId, ...site } } }),
    env: { HOME: home, ACME_STORE: "file" },
    folder: false,
    signIn: { flow: "browser", open: () => true, show, landingPage },
  });
  return { ...session, visits };
}

async function apiKeys({ introspect }: AuthServer): Promise<ApiKeys> {
  const keys = await startApiKeys({ introspect });
  onTestFinished(() => keys.close());
  return keys;
}

/** A site whose sign-ins leave a key of this service. */
function leavingKeyOf({ apiKeysUrl, origin }: ApiKeys): SiteOf {
  return { apiUrl: origin, loginKeeps: "api-key", apiKeysUrls: [apiKeysUrl] };
}

function revocationsAt(server: AuthServer): number {
  return server.count(server.metadata.revocationEndpoint ?? "");
}

const credentials = ".local/share/acme/credentials";

test("a sign-in's token goes to no address for API keys where tokens may not go, and is ended", async () => {
  const server = await authServer();
  const stray = await recordingServer();
  const session = sessionAt(server, {
    apiUrl: "https://api.example.com",
    loginKeeps: "api-key",
    apiKeysUrls: [`${stray.origin}/api-keys`],
  });
  expect(await rejection(session.getAccessToken())).toMatchObject({ code: "host_not_allowed" });
  expect(stray.requests).toEqual([]);
  expect(server.requests.map(({ path }) => path).filter((path) => path.includes("revocation"))).toHaveLength(1);
});

test("a sign-in that names no account does not take the place of one that does", async () => {
  const server = await authServer();
  const home = tempFolder();
  const first = sessionAt(server, {}, { home });
  await first.getAccessToken();
  const named = await first.getAccount();

  const nameless = sessionAt(server, { scopes: ["offline_access", "api:read"] }, { home });
  const token = await nameless.getToken();
  server.failNext("/token", { status: 400, body: { error: "invalid_grant" } });
  expect(await rejection(nameless.getToken({ rejected: token }))).toMatchObject({ code: "wrong_account" });
  expect(await first.getAccount()).toEqual(named);
});

test.for(["tokens", "api-key"] as const)(
  "F77 of two accounts that sign in to one profile at the same time one is kept, and the other is refused: %s",
  async (loginKeeps) => {
    const server = await authServer();
    const keys = await apiKeys(server);
    const env = { HOME: tempFolder() };
    const site = {
      issuer: server.issuer,
      clientId: server.nativeClientId,
      apiUrl: keys.origin,
      apiKeysUrls: [keys.apiKeysUrl],
      loginKeeps,
    };
    const key = { issuer: site.issuer, clientId: site.clientId, profile: "default" };
    const tokens = await Promise.all([signIn(server, server.person), signIn(server, server.otherPerson)]);

    // Both want to keep theirs while the lock is another's.
    let waiting = 0;
    const { promise: bothWait, resolve: comeOn } = Promise.withResolvers<undefined>();
    const released = openStorage({ kind: "file", env }).mutex.run(formatKey(key), () => bothWait);
    const outcomes = await Promise.allSettled(
      tokens.map(async (set) => {
        const { mutex, ...storage } = openStorage({ kind: "file", env });
        const run: Mutex["run"] = (name, work) => {
          if (++waiting === tokens.length) comeOn(undefined);
          return mutex.run(name, work);
        };
        const options = { storage: { ...storage, mutex: { run } }, key, site, product: defaultProduct };
        return await keepSignIn(set, { ...options, http: {}, tag: "test" });
      }),
    );
    await released;

    const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
    expect(outcomes[1 - winner]).toMatchObject({ status: "rejected", reason: { code: "wrong_account" } });
    const kept = await openStorage({ kind: "file", env }).home.store.read(key);
    expect(kept).toMatchObject({ account: tokens[winner]?.account });
    expect(await server.introspect(tokens[winner]?.accessToken ?? "")).toMatchObject({ active: true });
    expect(await server.introspect(tokens[1 - winner]?.accessToken ?? "")).toMatchObject({ active: false });
    expect(keys.requests.map(({ method }) => method)).toEqual(loginKeeps === "tokens" ? [] : ["POST"]);
  },
);

test("B.6-3 4.3-51 the browser of another account than the profile is for says that nobody is signed in, and names nobody", async () => {
  const server = await authServer();
  const home = tempFolder();
  const ana = sessionAt(server, {}, { home });
  const token = await ana.getToken();
  expect((await ana.visits[0])?.body).toContain("You are signed in");

  const bob = sessionAt(server, {}, { home, as: server.otherPerson });
  await bob.getToken();
  server.failNext("/token", { status: 400, body: { error: "invalid_grant" } });
  const error = await rejection(bob.getToken({ rejected: token }));
  expect(error).toMatchObject({ code: "wrong_account" });
  expect(error.message).toBe('you have signed in as bob, but the profile "default" is for ana');
  const page = await bob.visits[0];
  expect(page?.status).toBe(400);
  expect(page?.body).toContain("You are not signed in");
  expect(page?.body).not.toMatch(/\b(ana|bob)\b/);

  const outcomes: LandingOutcome[] = [];
  const landingPage: LandingPage = (_request, { outcome }) => {
    outcomes.push(outcome);
    return new Response("the caller's own page");
  };
  const again = sessionAt(server, {}, { home, as: server.otherPerson, landingPage });
  expect(await rejection(again.getToken())).toMatchObject({ code: "wrong_account" });
  expect((await again.visits[0])?.body).toBe("the caller's own page");
  const description = "Another account has signed in than the profile is for.";
  expect(outcomes).toEqual([{ kind: "failed", code: "wrong_account", description }]);
  expect(revocationsAt(server)).toBe(2);
});

test("B.6-3 a login that cannot be kept after all is told in the browser too, and its tokens are ended", async () => {
  const server = await authServer();
  const home = tempFolder();
  // The store works when it is tried, and is gone when the person is there.
  const key = { issuer: server.issuer, clientId: server.nativeClientId, profile: "default" };
  const before = (): void => {
    mkdirSync(join(home, credentials, `.tmp-${formatKey(key)}.json`)); // Nothing can be written there first.
  };
  const session = sessionAt(server, {}, { home, before });
  expect(await rejection(session.getAccessToken())).toMatchObject({ code: "store_unavailable" });
  const { status, body } = (await session.visits[0]) ?? {};
  expect(status).toBe(400);
  expect(body).toContain("You are not signed in");
  expect(body).toContain("The credential store cannot be used.");
  expect(body).not.toContain(home);
  expect(revocationsAt(server)).toBe(1);
});

test("B.1-14 B.6-3 a key that is not made, or cannot be kept, is told in the browser too, and ends with the tokens", async () => {
  const server = await authServer();
  const keys = await apiKeys(server);
  const refused = sessionAt(server, leavingKeyOf(keys));
  keys.failNext("/api-keys", { status: 403 });
  expect(await rejection(refused.getAccessToken())).toMatchObject({ code: "access_denied" });
  expect((await refused.visits[0])?.body).toContain("You are not signed in");
  expect(revocationsAt(server)).toBe(1);
  expect(keys.requests.map(({ method }) => method)).toEqual(["POST"]);

  const home = tempFolder();
  const key = { issuer: server.issuer, clientId: server.nativeClientId, profile: "default" };
  const before = (): void => {
    mkdirSync(join(home, credentials, `.tmp-${formatKey(key)}.json`)); // Nothing can be written there first.
  };
  const unkept = sessionAt(server, leavingKeyOf(keys), { home, before });
  expect(await rejection(unkept.getAccessToken())).toMatchObject({ code: "store_unavailable" });
  expect((await unkept.visits[0])?.body).toContain("You are not signed in");
  expect(keys.requests.map(({ method }) => method)).toEqual(["POST", "POST", "DELETE"]);
  expect(revocationsAt(server)).toBe(2);
});

test("B.6-3 a page that is made when the browser is there finds the login kept", async () => {
  const server = await authServer();
  const keys = await apiKeys(server);
  const home = tempFolder();
  const landingPage = twoStage(async (_request, { outcome }) => {
    const account = await sessionAt(server, leavingKeyOf(keys), { home }).getAccount();
    return new Response(`${outcome.kind}: ${account?.username ?? "nobody"}`);
  });
  const session = sessionAt(server, leavingKeyOf(keys), { home, landingPage });
  expect(await keys.introspect(await session.getAccessToken())).toMatchObject({ active: true });
  expect((await session.visits[0])?.body).toBe("signed-in: ana");
});

test("the account that a profile is for counts wherever its login is kept, and F14 one that cannot be read is for nobody, once it has been put aside", async () => {
  const server = await authServer();
  const home = tempFolder();
  const env = { HOME: home, ORG_AUTH_STORE_PASSPHRASE: "test-only" };
  const tokens = await signIn(server);
  const site = { issuer: server.issuer, clientId: server.nativeClientId };
  const key = { ...site, profile: "default" };
  const theirs = login({ account: { subject: "somebody-else" } });
  await keepLogin(openStorage({ kind: "file", isWhole: true, env }), key, () => theirs);

  const storage = openStorage({ kind: "passphrase", isWhole: true, env });
  const options = { storage, key, site, product: defaultProduct, http: {}, tag: "test" };
  expect(await rejection(keepSignIn(tokens, options))).toMatchObject({ code: "wrong_account" });
  expect(await storage.home.store.read(key)).toBeUndefined();

  const file = join(home, ".local/share/org-auth/credentials", `${formatKey(key)}.json`);
  for (const clear of [() => clearUnreadable(storage, key), () => rejection(keepLogin(storage, key, () => tokens))]) {
    writeFileSync(file, "no login");
    const told = String(await clear());
    expect(told).toContain(`cannot read ${file}`);
    expect(readFileSync(/put aside as (\S+)$/.exec(told)?.[1] ?? "", "utf8")).toBe("no login");
    expect(await storage.home.store.read(key)).toBeUndefined();
  }
  expect(await clearUnreadable(storage, key)).toEqual([]);
  expect(await keepSignIn(tokens, options)).toMatchObject({ account: { username: "ana" } });
  expect(await storage.home.store.read(key)).toMatchObject({ account: { username: "ana" } });
});

test("B.1-16 a sign-in that waits for a sign-out is not taken away by it, and the sign-out ends the last login there is", async () => {
  const storage = openStorage({ kind: "file", isWhole: true, env: { HOME: tempFolder() } });
  const key = { issuer: "https://id.example.com", clientId: "app", profile: "default" };
  const ended: unknown[] = [];
  const end = async (last: Credential): Promise<void> => {
    ended.push(last);
  };
  await endLogin(storage, key, end);
  expect(ended).toEqual([]);

  await keepLogin(storage, key, () => login({ accessToken: "canary-old" }));
  let next: Promise<unknown> | undefined;
  await endLogin(storage, key, async (last) => {
    next = keepLogin(storage, key, (replaced) => {
      expect(replaced).toBeUndefined();
      return login({ accessToken: "canary-new" });
    });
    await end(last);
  });
  await next;
  expect(ended).toMatchObject([{ accessToken: "canary-old" }]);
  expect(await storage.home.store.read(key)).toMatchObject({ accessToken: "canary-new" });
});

test("where the old login cannot be taken away the new one is not kept beside it", async () => {
  const home = tempFolder();
  const storage = openStorage({ kind: "file", isWhole: true, env: { HOME: home } });
  const key = { issuer: "https://id.example.com", clientId: "app", profile: "default" };
  await keepLogin(storage, key, () => login({ accessToken: "canary-old" }));
  // Nothing that could be removed as what a killed write has left.
  mkdirSync(join(home, ".local/share/org-auth/passphrase", `.tmp-${formatKey(key)}.json`), { recursive: true });
  const error = await rejection(keepLogin(storage, key, () => login({ accessToken: "canary-new" })));
  expect(error.code).toBe("store_unavailable");
  expect(await storage.home.store.read(key)).toMatchObject({ accessToken: "canary-old" });
});

test("where another place cannot be cleaned, the old login stays in the one that it is in", async () => {
  const env = { HOME: tempFolder(), ORG_AUTH_STORE_PASSPHRASE: "test-only" };
  const key = { issuer: "https://id.example.com", clientId: "app", profile: "default" };
  await keepLogin(openStorage({ kind: "file", env }), key, () => login({ accessToken: "canary-old" }));
  mkdirSync(join(env.HOME, ".local/share/org-auth/keyring", `.tmp-${formatKey(key)}.json`), { recursive: true });

  const storage = openStorage({ kind: "passphrase", isWhole: true, env });
  const error = await rejection(keepLogin(storage, key, () => login({ accessToken: "canary-new" })));
  expect(error.code).toBe("store_unavailable");
  expect(await storage.home.store.read(key)).toBeUndefined();
  expect(await ladderStore(storage).read(key)).toMatchObject({ accessToken: "canary-old" });
});

test("B.1-14 that a key cannot be ended hides neither why it was to be, nor keeps the tokens alive", async () => {
  const server = await authServer();
  const keys = await apiKeys(server);
  const tokens = await signIn(server);
  const key = { issuer: server.issuer, clientId: server.nativeClientId, profile: "default" };
  const env = { HOME: tempFolder() };
  mkdirSync(join(env.HOME, ".local/share/org-auth/credentials", `.tmp-${formatKey(key)}.json`), { recursive: true });
  let apiKeysUrls = [keys.apiKeysUrl];
  const site = {
    issuer: server.issuer,
    clientId: server.nativeClientId,
    apiUrl: keys.origin,
    loginKeeps: "api-key" as const,
    // Where the key was made is not known any more: a mistake of the program's, and no AuthError.
    get apiKeysUrls() {
      const urls = apiKeysUrls;
      apiKeysUrls = [];
      return urls;
    },
  };
  const options = { storage: openStorage({ kind: "file", env }), key, site, product: defaultProduct, http: {} };
  const error = await rejection(keepSignIn(tokens, { ...options, tag: "test" }));
  expect(error).toMatchObject({ code: "store_unavailable" });
  expect(keys.requests.map(({ method }) => method)).toEqual(["POST"]);
  expect(await server.introspect(tokens.accessToken)).toMatchObject({ active: false });
});

test("B.6-3 where the old login of the same person stays, the tokens that cannot be kept are left alone: they may be of its grant", async () => {
  const server = await authServer();
  const key = { issuer: server.issuer, clientId: server.nativeClientId, profile: "default" };
  const env = { HOME: tempFolder() };
  const site = { issuer: server.issuer, clientId: server.nativeClientId };
  const storage = openStorage({ kind: "file", isWhole: true, env });
  const options = { storage, key, site, product: defaultProduct, http: {}, tag: "test" };
  await keepSignIn(await signIn(server), options);
  mkdirSync(join(env.HOME, ".local/share/org-auth/passphrase", `.tmp-${formatKey(key)}.json`), { recursive: true });
  expect(await rejection(keepSignIn(await signIn(server), options))).toMatchObject({ code: "store_unavailable" });
  expect(revocationsAt(server)).toBe(0);
});

test("a profile that the person chose for a folder wins over one that an untrusted .env file there names", async () => {
  const product = { name: "acme", envPrefix: "ACME_" };
  const [home, folder] = [tempFolder(), tempFolder()];
  const env = { HOME: home };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".env"), "ACME_PROFILE=theirs\n");
  expect((await readSettings(product, {}, { env, folder })).profile).toBe("theirs");

  await changeChoices(product, env, (choices) => ({ ...choices, defaultProfile: "mine" }));
  expect((await readSettings(product, {}, { env, folder })).profile).toBe("mine");
  expect((await readSettings(product, {}, { env: { ...env, ACME_PROFILE: "now" }, folder })).profile).toBe("now");
});

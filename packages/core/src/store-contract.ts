import { rejectionOf, same, type ContractCase } from "./contract-case.ts";
import {
  changedTokenSet,
  formatKey,
  pendingLogin,
  tokenSet,
  type Credential,
  type CredentialKey,
  type CredentialStore,
  type TokenSet,
} from "./index.ts";

/**
 * Makes an empty store. Called with a store it made, it opens the same storage as another process would; a store that
 * cannot be opened twice gives back the one it was given.
 */
export type MakeStore = (same?: CredentialStore) => Promise<CredentialStore>;

/**
 * What every {@link CredentialStore} promises, as data with no test runner inside:
 *
 * ```ts
 * for (const { name, run } of storeContract) test(name, () => run(makeStore));
 * ```
 */
export const storeContract: readonly ContractCase<MakeStore>[] = [
  {
    name: "has nothing at first",
    async run(makeStore) {
      const store = await makeStore();
      same(await store.read(key()), undefined);
      same((await store.list()).length, 0);
    },
  },
  {
    name: "gives back every field of what it keeps, secrets and all, to whoever opens it next",
    async run(makeStore) {
      const store = await makeStore();
      const kinds: readonly Credential[] = [login(), minimalLogin(), waiting()];
      for (const credential of kinds) {
        await store.update(key(), () => credential);
        const reopened = await makeStore(store);
        sameCredential(await reopened.read(key()), credential);
      }
    },
  },
  {
    name: "hands the change what is kept and resolves with what is kept then",
    async run(makeStore) {
      const store = await makeStore();
      const first = login();
      sameCredential(await store.update(key(), () => first), first);
      const result = await store.update(key(), (current) => {
        sameCredential(current, first);
        return withGeneration(current, 1);
      });
      same((result as TokenSet).generation, 1);
      same(((await store.read(key())) as TokenSet).generation, 1);
    },
  },
  {
    name: "keeps everything as it is when the change returns what it got",
    async run(makeStore) {
      const store = await makeStore();
      await store.update(key(), login);
      await store.update(key(), (current) => current);
      sameCredential(await store.read(key()), login());
      await store.update(key("nobody"), (current) => current);
      same((await store.list()).length, 1);
    },
  },
  {
    name: "forgets what the change leaves out, and forgetting twice is fine",
    async run(makeStore) {
      const store = await makeStore();
      await store.update(key(), login);
      for (let time = 0; time < 2; time++) {
        same(await store.update(key(), () => undefined), undefined);
        same(await store.read(key()), undefined);
        same((await store.list()).length, 0);
      }
    },
  },
  {
    name: "changes nothing when the change throws, passes the error on and lets the next one in",
    async run(makeStore) {
      const store = await makeStore();
      await store.update(key(), login);
      const error = new Error("thrown by the change");
      same(await rejectionOf(store.update(key(), () => Promise.reject(error))), error);
      sameCredential(await store.read(key()), login());
      same(((await store.update(key(), (current) => withGeneration(current, 7))) as TokenSet).generation, 7);
    },
  },
  {
    name: "runs one change at a time for a key, also among several that opened it",
    async run(makeStore) {
      const store = await makeStore();
      const other = await makeStore(store);
      await store.update(key(), login);
      let running = 0;
      const count = async (current: Credential | undefined): Promise<Credential> => {
        same(++running, 1);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        return withGeneration(current, (current as TokenSet).generation + 1);
      };
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? store : other).update(key(), count)),
      );
      same(((await store.read(key())) as TokenSet).generation, 20);
    },
  },
  {
    name: "lets a change to one key read and change another",
    async run(makeStore) {
      const store = await makeStore();
      await store.update(key("outer"), async () => {
        await store.update(key("inner"), login);
        sameCredential(await store.read(key("inner")), login());
        same(await store.read(key("outer")), undefined);
        return login();
      });
      sameCredential(await store.read(key("outer")), login());
    },
  },
  {
    name: "keeps apart keys that are alike, and lists each as it was given",
    async run(makeStore) {
      const store = await makeStore();
      const alike: readonly CredentialKey[] = [
        key("ana"),
        key("Ana"),
        key("ana "),
        key("../ana"),
        key("ana.json"),
        key('änä/\\:*?"<>|%00\u{1f511}'),
        key("x".repeat(300)),
        { ...key("ana"), clientId: "other" },
        { ...key("ana"), issuer: "https://id.example.com/" },
        { ...key("ana"), audience: "https://api.example.com" },
        { ...key("ana"), scopes: ["read"] },
        { ...key("ana"), pendingLoginId: "1" },
      ];
      for (const [generation, one] of alike.entries())
        await store.update(one, () => withGeneration(login(), generation));
      for (const [generation, one] of alike.entries())
        same(((await store.read(one)) as TokenSet).generation, generation);
      const listed = (await store.list()).map(formatKey).sort();
      same(listed.join("\n"), alike.map(formatKey).sort().join("\n"));
    },
  },
];

function key(profile = "default"): CredentialKey {
  return { issuer: "https://id.example.com", clientId: "contract", profile };
}

const server = {
  issuer: "https://id.example.com",
  tokenEndpoint: "https://id.example.com/token",
  authorizationEndpoint: "https://id.example.com/authorize",
  deviceAuthorizationEndpoint: "https://id.example.com/device",
  pushedAuthorizationRequestEndpoint: "https://id.example.com/par",
  pushedAuthorizationRequestRequired: true,
  revocationEndpoint: "https://id.example.com/revoke",
  userinfoEndpoint: "https://id.example.com/userinfo",
  jwksUri: "https://id.example.com/jwks",
  issParameterSupported: true,
  dpopSupported: true,
};
const api = { baseUrl: "https://api.example.com/v1", origins: ["https://api.example.com"] };

function login(): TokenSet {
  return tokenSet({
    server,
    clientId: "contract",
    accessToken: 'contract-access-"\\\n\u{1f511}',
    refreshToken: "contract-refresh",
    tokenType: "DPoP",
    dpopKey: '{"kty":"contract-key"}',
    obtainedAtMs: 1_800_000_000_000,
    expiresAtMs: 1_800_003_600_000,
    scopes: ["openid", "read"],
    account: { subject: "1", username: "ana", email: "ana@example.com" },
    api,
    generation: 0,
    ended: { reason: "invalid_grant", atMs: 1_800_000_000_001 },
  });
}

function minimalLogin(): TokenSet {
  const { issuer, tokenEndpoint } = server;
  return tokenSet({
    server: { issuer, tokenEndpoint, issParameterSupported: false },
    clientId: "contract",
    accessToken: "x".repeat(64 * 1024),
    obtainedAtMs: 0,
    scopes: [],
    generation: 0,
  });
}

function waiting(): Credential {
  const deviceCode = "contract-device";
  return pendingLogin({
    server,
    clientId: "contract",
    profile: "default",
    deviceCode,
    intervalMs: 5000,
    expiresAtMs: 1,
    scopes: [],
    api,
  });
}

function withGeneration(credential: Credential | undefined, generation: number): TokenSet {
  return changedTokenSet(credential as TokenSet, { generation });
}

function sameCredential(actual: Credential | undefined, expected: Credential): void {
  same(JSON.stringify(actual), JSON.stringify(expected));
  for (const name of ["accessToken", "refreshToken", "dpopKey", "deviceCode"]) {
    same(Reflect.get(actual ?? {}, name), Reflect.get(expected, name));
  }
}

import { rejectionOf, same, type ContractCase } from "./contract-case.ts";
import { everyKind, key, largeLogin, login, sameCredential, withGeneration } from "./contract-credentials.ts";
import {
  formatKey,
  isAuthError,
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

/** A store, and a way to see whether anything was written to its storage. */
export interface WatchedStore {
  readonly store: CredentialStore;
  /** Another text once anything has been written or removed, and else the same. */
  readonly state: () => string;
}

/** Makes an empty store whose storage is watched. */
export type MakeWatchedStore = () => Promise<WatchedStore>;

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
      for (const credential of everyKind()) {
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
        key(`${"x".repeat(299)}y`),
        { ...key("ana"), clientId: "other" },
        { ...key("ana"), issuer: "https://id.example.com/" },
        { ...key("ana"), audience: "https://api.example.com" },
        { ...key("ana"), audience: "https://other.example.com" },
        { ...key("ana"), scopes: ["read"] },
        { ...key("ana"), scopes: ["read", "write"] },
        { ...key("ana"), fingerprint: "0a" },
        { ...key("ana"), fingerprint: "0b" },
        { ...key("ana"), audience: "https://api.example.com", scopes: ["read"], fingerprint: "0a" },
        { ...key("ana"), pendingLoginId: "1" },
        { ...key("ana"), pendingLoginId: "2" },
        { ...key("b+c"), clientId: "a" },
        { ...key("c"), clientId: "a+b" },
      ];
      for (const [generation, one] of alike.entries())
        await store.update(one, () => withGeneration(login(), generation));
      for (const [generation, one] of alike.entries())
        same(((await store.read(one)) as TokenSet).generation, generation);
      const listed = (await store.list()).map(formatKey).sort();
      same(listed.join("\n"), alike.map(formatKey).sort().join("\n"));
    },
  },
  {
    name: "lists all of many, also those that come at the same time and those that others add",
    async run(makeStore) {
      const store = await makeStore();
      const other = await makeStore(store);
      const many = Array.from({ length: 101 }, (_, index) => key(`profile-${String(index)}`));
      for (let first = 0; first < many.length; first += 10) {
        const some = many.slice(first, first + 10);
        await Promise.all(some.map((one, index) => (index % 2 === 0 ? store : other).update(one, login)));
      }
      const listed = (await store.list()).map(formatKey).sort();
      same(listed.join("\n"), many.map(formatKey).sort().join("\n"));
    },
  },
  {
    name: "keeps what is larger than 64 KB whole, or says store_too_large and keeps what it had",
    async run(makeStore) {
      const store = await makeStore();
      for (const bytes of [70_000, 300_000, 1_000_000, 1_100_000, 8_000_000]) {
        await store.update(key(), login);
        const large = largeLogin(bytes);
        const error = await store.update(key(), () => large).then(() => undefined, codeOf);
        if (error !== undefined) same(error, "store_too_large");
        sameCredential(await (await makeStore(store)).read(key()), error === undefined ? large : login());
      }
    },
  },
];

/**
 * What only somebody who watches a store's storage can see: that it writes nothing where nothing changes. Run it as
 * {@link storeContract}, for every store whose storage can be watched.
 */
export const unchangedContract: readonly ContractCase<MakeWatchedStore>[] = [
  {
    name: "writes nothing when the change returns what it got",
    async run(makeWatchedStore) {
      const { store, state } = await makeWatchedStore();
      for (const credential of everyKind()) {
        const before = state();
        await store.update(key(), () => credential);
        const written = state();
        same(written === before, false);
        await store.update(key(), (current) => current);
        same(state(), written);
      }
    },
  },
  {
    name: "writes nothing when there is nothing and the change leaves it so",
    async run(makeWatchedStore) {
      const { store, state } = await makeWatchedStore();
      await store.update(key("other"), login);
      const before = state();
      await store.update(key(), () => undefined);
      same(state(), before);
    },
  },
  {
    name: "writes nothing when the change throws",
    async run(makeWatchedStore) {
      const { store, state } = await makeWatchedStore();
      await store.update(key(), login);
      const before = state();
      for (const one of [key(), key("nobody")])
        await rejectionOf(store.update(one, () => Promise.reject(new Error("thrown by the change"))));
      same(state(), before);
    },
  },
];

function codeOf(error: unknown): unknown {
  return isAuthError(error) ? error.code : error;
}

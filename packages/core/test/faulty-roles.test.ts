import { expect, test } from "vitest";
import type { ContractCase } from "../src/contract-case.ts";
import {
  formatKey,
  memoryMutex,
  parseKey,
  type Credential,
  type CredentialKey,
  type CredentialStore,
  type Mutex,
  type Seal,
} from "../src/index.ts";
import { aesSeal, credentialFromJson, credentialToJson } from "../src/storage.ts";
import { mutexContract } from "../src/mutex-contract.ts";
import { sealContract } from "../src/seal-contract.ts";
import { storeContract, unchangedContract } from "../src/store-contract.ts";

// What the contracts are for: each of these breaks one promise, and is found out by the case that is about it.

interface Faults {
  /** What is written in place of what should be. */
  readonly written?: (text: string) => string;
  readonly nameOf?: (key: CredentialKey) => string;
  readonly given?: (credential: Credential) => Credential;
  readonly listed?: (keys: readonly CredentialKey[]) => readonly CredentialKey[];
  readonly mutex?: Mutex;
  /** Writes whatever the change returns. */
  readonly writesAlways?: boolean;
  /** Writes before the change is known to succeed. */
  readonly writesEarly?: boolean;
}

/** A store of texts, as a service has them. Whoever opens `values` again opens the same storage. */
function textStore(values: Map<string, string>, faults: Faults, noteWrite = (): void => undefined): CredentialStore {
  const { written = same, nameOf = formatKey, given = same, listed = same, mutex = sharedMutex(values) } = faults;
  const read = (key: CredentialKey): Credential | undefined => {
    const text = values.get(nameOf(key));
    return text === undefined ? undefined : given(credentialFromJson(JSON.parse(text)));
  };
  const write = (key: CredentialKey, next: Credential | undefined): void => {
    noteWrite();
    if (next === undefined) values.delete(nameOf(key));
    else values.set(nameOf(key), written(JSON.stringify(credentialToJson(next))));
  };
  return {
    read: async (key) => read(key),
    update: (key, change) =>
      mutex.run(nameOf(key), async () => {
        const before = read(key);
        if (faults.writesEarly === true) write(key, before);
        const next = await change(before);
        if (next !== before || faults.writesAlways === true) write(key, next);
        return next;
      }),
    list: async () => listed([...values.keys()].flatMap((name) => parseKey(name) ?? [])),
  };
}

function same<Value>(value: Value): Value {
  return value;
}

const mutexes = new WeakMap<object, Mutex>();
function sharedMutex(values: object): Mutex {
  const mutex = mutexes.get(values) ?? memoryMutex();
  mutexes.set(values, mutex);
  return mutex;
}

/** The names of those of `cases` that a store with these faults breaks. */
async function brokenBy(faults: Faults, cases = storeContract): Promise<readonly string[]> {
  const places = new WeakMap<CredentialStore, Map<string, string>>();
  return await broken(cases, async (one) => {
    const values = (one && places.get(one)) ?? new Map<string, string>();
    const store = textStore(values, faults);
    places.set(store, values);
    return store;
  });
}

async function broken<Make>(contract: readonly ContractCase<Make>[], make: Make): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name, run } of contract) await run(make).catch(() => names.push(name));
  return names;
}

const [fields, alike, many, large, oneAtATime] = [
  /every field/,
  /alike/,
  /lists all/,
  /larger than/,
  /one change at a time/,
];

/** Leaves a field out, wherever it is. */
const without = (field: string): Faults => ({
  written: (text) => JSON.stringify(JSON.parse(text, (name, value: unknown) => (name === field ? undefined : value))),
});

const refusing = (kind: string): Faults => ({
  written: (text) => {
    if (text.includes(`"kind":"${kind}"`)) throw new TypeError(`this store takes no ${kind}`);
    return text;
  },
});

const optional =
  "refreshToken tokenType dpopKey resources audiences account acr authenticatedAtMs api ended keyId expiresAtMs future";
const ofServer =
  "pushedAuthorizationRequestRequired revocationEndpoint userinfoEndpoint jwksUri dpopSupported username";

const faultyStores: readonly (readonly [what: string, faults: Faults, found: RegExp])[] = [
  ...`${optional} ${ofServer}`.split(" ").map((field) => [`loses ${field}`, without(field), fields] as const),
  ...["api-key", "client-secret", "pending-login"].map((kind) => [`takes no ${kind}`, refusing(kind), fields] as const),
  ["gives secrets that print", { given: (one) => credentialToJson(one) as unknown as Credential }, fields],
  ...(["audience", "scopes", "fingerprint", "pendingLoginId"] as const).map(
    (part) =>
      [`ignores ${part}`, { nameOf: (key: CredentialKey) => formatKey({ ...key, [part]: undefined }) }, alike] as const,
  ),
  ["has names of 300 characters", { nameOf: (key) => formatKey(key).slice(0, 300) }, alike],
  ["lists twenty", { listed: (keys) => keys.slice(0, 20) }, many],
  ["lists a hundred", { listed: (keys) => keys.slice(0, 100) }, many],
  ["loses what has more than 70 KB", { written: (text) => (text.length > 70_000 ? "{}" : text) }, large],
  ["cuts what has more than 1 MiB", { written: (text) => text.slice(0, 1024 * 1024) }, large],
  ["locks nothing", { mutex: { run: (_name, work) => work() } }, oneAtATime],
];

test.for(faultyStores)("the contract finds out a store that %s", async ([, faults, found]) => {
  const cases = storeContract.filter(({ name }) => found.test(name));
  expect(await brokenBy(faults, cases)).toEqual(cases.map(({ name }) => name));
  expect(cases).toHaveLength(1);
});

test("the contract finds nothing in a store of texts without a fault", async () => {
  expect(await brokenBy({})).toEqual([]);
});

test("the contract of what is unchanged finds out a store that writes whatever happens", async () => {
  const names = async (faults: Faults): Promise<readonly string[]> =>
    await broken(unchangedContract, async () => {
      let writes = 0;
      return {
        store: textStore(new Map(), faults, () => {
          writes++;
        }),
        state: () => String(writes),
      };
    });
  expect(await names({})).toEqual([]);
  expect(await names({ writesAlways: true })).toEqual(unchangedContract.slice(0, 2).map(({ name }) => name));
  expect(await names({ writesEarly: true })).toContain("writes nothing when the change throws");
});

test("the contract finds out a mutex that cuts names, or lets the next one in while failing work goes on", async () => {
  const names = async (faulty: (mutex: Mutex) => Mutex): Promise<readonly string[]> =>
    await broken(mutexContract, async (one) => one ?? faulty(memoryMutex()));
  expect(await names(same)).toEqual([]);

  // One that takes two names for one would wait for itself.
  const held = new Set<string>();
  const cutting: Mutex = {
    async run(name, work) {
      const cut = name.slice(0, 200);
      if (held.has(cut)) throw new Error("taken");
      held.add(cut);
      return await work().finally(() => held.delete(cut));
    },
  };
  expect(await names(() => cutting)).toContainEqual(expect.stringMatching(/alike/));

  const impatient = (mutex: Mutex): Mutex => ({
    async run<Result>(name: string, work: () => Promise<Result>) {
      // Wrapped, because what a promise resolves with is waited for.
      const { working } = await mutex.run(name, async () => {
        const working = work();
        await Promise.race([working, new Promise((resolve) => setTimeout(resolve, 10))]).catch(() => undefined);
        return { working };
      });
      return await working;
    },
  });
  expect(await names(impatient)).toContainEqual(expect.stringMatching(/until the work has failed/));
});

test("the contract finds out a seal that loses the end of much, or cares little for the context", async () => {
  const names = async (faulty: (seal: Seal) => Seal): Promise<readonly string[]> => {
    const keys = new WeakMap<Seal, Uint8Array<ArrayBuffer>>();
    return await broken(sealContract, async (one) => {
      const key = (one && keys.get(one)) ?? crypto.getRandomValues(new Uint8Array(32));
      const seal = faulty(aesSeal(async () => key));
      keys.set(seal, key);
      return seal;
    });
  };
  expect(await names(same)).toEqual([]);
  const cutting = (seal: Seal): Seal => ({
    ...seal,
    seal: (bytes, context) => seal.seal(bytes.slice(0, 65_536), context),
  });
  expect(await names(cutting)).toContainEqual(expect.stringMatching(/opens what it sealed/));
  const trimming = ({ seal, open }: Seal): Seal => ({
    seal: (bytes, context) => seal(bytes, context.trim()),
    open: (bytes, context) => open(bytes, context.trim()),
  });
  expect(await names(trimming)).toContainEqual(expect.stringMatching(/another context/));
  const spoiling = ({ seal, open }: Seal): Seal => ({
    seal: async (bytes, context) => {
      const sealed = await seal(bytes, context);
      bytes.fill(0);
      return sealed;
    },
    open,
  });
  expect(await names(spoiling)).toContainEqual(expect.stringMatching(/opens what it sealed/));
});

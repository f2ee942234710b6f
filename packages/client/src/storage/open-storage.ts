import { join } from "node:path";
import {
  AuthError,
  memoryMutex,
  memoryStore,
  type CredentialKey,
  type CredentialStore,
  type Mutex,
} from "@org/auth-core";
import { namedVariable, type Environment } from "../environment.ts";
import { isLogin } from "../find-login.ts";
import { defaultProduct, type Product } from "../product.ts";
import { firstVariable } from "../variables/inputs.ts";
import { mountedVariables } from "../variables/mounted-variables.ts";
import { processVariables } from "../variables/process-variables.ts";
import { isProbe, isStaleProbe } from "./probe-key.ts";
import type { Rung, Storage } from "./storage.ts";
import { storeKinds, type StoreKind } from "./store-kind.ts";

export interface OpenStorageOptions {
  /**
   * The one place to keep logins in and to look for them. Default: what `<PREFIX>STORE` says; where nothing says it all
   * are looked in, and new ones go to the keyring.
   */
  readonly kind?: StoreKind | undefined;
  /** Look in all places although one is asked for: to move logins between them. Default: false. */
  readonly isWhole?: boolean | undefined;
  /** Default: {@link defaultProduct}. */
  readonly product?: Product | undefined;
  /** Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** Told of files that others could reach, which have been made private. Default: nobody. */
  readonly onWarning?: ((warning: string) => void) | undefined;
  /** How long the keyring may take to answer, in milliseconds. Default: 3,000; give a person who must unlock it more. */
  readonly keyringTimeoutMs?: number | undefined;
  /** Keep no key and no salt that is made: to try a store, and leave nothing. Default: false. */
  readonly isTrial?: boolean | undefined;
  /** Told once, when the keyring has taken a second, of how long it may take, in milliseconds. Default: nobody. */
  readonly onKeyringWait?: ((timeoutMs: number) => void) | undefined;
}

/** Locks nothing: the storage's own mutex is held by whoever gets this far. */
const unlocked: Mutex = { run: (_name, work) => work() };

/**
 * Opens the places where a person's logins are kept. Nothing is loaded, touched or asked before the first use, and only
 * what that needs; so an environment without a home folder is an error only for who looks for a login.
 */
export function openStorage(options: OpenStorageOptions = {}): Storage {
  const { isWhole = false } = options;
  const kind = options.kind ?? kindFromEnvironment(options);
  if (kind === "memory") {
    const store = memoryStore({ mutex: unlocked });
    const home: Rung = {
      kind,
      store,
      forget: async (key) => {
        await store.update(key, () => undefined);
      },
      sweep: () => Promise.resolve(),
    };
    return { home, reason: "asked", rungs: [home], mutex: memoryMutex() };
  }
  const folder = lazily(() => openFolder(options));
  const rungOf = (kind: "file" | "keyring" | "passphrase"): Rung => {
    const open = lazily(async () => (await folder())[kind]());
    return {
      kind,
      store: lazyStore(open),
      forget: async (key) => (await folder()).forget(kind, key),
      sweep: async () => (await folder()).sweep(kind),
    };
  };
  const rungs = { file: rungOf("file"), passphrase: rungOf("passphrase"), keyring: rungOf("keyring") };
  const home = rungs[kind ?? "keyring"];
  return {
    home,
    reason: kind === undefined ? "default" : "asked",
    rungs: kind === undefined || isWhole ? Object.values(rungs) : [home],
    mutex: { run: async (name, work) => (await folder()).mutex.run(name, work) },
  };
}

function kindFromEnvironment({
  product = defaultProduct,
  env = process.env,
}: OpenStorageOptions): StoreKind | undefined {
  const named = namedVariable(product, env, "STORE");
  const kind = storeKinds.find((kind) => kind === named?.value);
  if (named === undefined || kind !== undefined) return kind;
  throw new AuthError("config_invalid", `${named.from} is ${JSON.stringify(named.value.slice(0, 100))}`, {
    hint: `use one of: ${storeKinds.join(", ")}`,
  });
}

/** The folders of the lasting stores: what is sealed in different ways is never mixed. */
const sections = { file: "credentials", passphrase: "passphrase", keyring: "keyring" } as const;

interface Folder {
  readonly mutex: Mutex;
  forget(kind: keyof typeof sections, key: CredentialKey): Promise<void>;
  sweep(kind: keyof typeof sections): Promise<void>;
  file(): CredentialStore;
  passphrase(): CredentialStore;
  keyring(): Promise<CredentialStore>;
}

async function openFolder(options: OpenStorageOptions): Promise<Folder> {
  const {
    product = defaultProduct,
    env = process.env,
    onWarning,
    keyringTimeoutMs: timeoutMs,
    onKeyringWait: onWait,
    isTrial,
  } = options;
  const { dataFolder, fileMutex, fileStore, forgetCredential, passphraseSeal } = await import("@org/auth-storage-file");
  const folder = dataFolder({ appName: product.name, env });
  const mutex = fileMutex({ folder: join(folder, "locks") });
  const common = { folder, onWarning, mutex: unlocked };
  return {
    mutex,
    forget: (kind, key) => forgetCredential({ folder, section: sections[kind] }, key),
    async sweep(kind) {
      const place = { ...common, section: sections[kind] };
      const keys = await fileStore(place).list(); // Names of files: nothing is opened.
      for (const key of keys) if (isStaleProbe(key)) await forgetCredential(place, key);
    },
    file: () => fileStore(common),
    passphrase: () => {
      const path = join(folder, "passphrase.json");
      const seal = passphraseSeal({
        passphrase: async () => Promise.resolve(passphrase(product, env)),
        path,
        mutex,
        lostHint: lostHint(product, path, join(folder, sections.passphrase)),
        mayCreateSalt: async () => !(await store.list()).some(isSealedLogin),
        isTrial,
        onWarning,
      });
      const store = fileStore({ ...common, section: sections.passphrase, seal });
      return store;
    },
    keyring: async () => {
      const { keyringSeal, systemKeyring } = await import("@org/auth-storage-keyring");
      const seal = keyringSeal({
        service: product.name,
        keyring: systemKeyring({ timeoutMs, env, onWait }),
        mutex,
        lostHint: lostHint(product, "the keyring", join(folder, sections.keyring)),
        // A new key beside logins that were sealed with a lost one would hide that it is lost. What is no login is put
        // aside when it does not open, and got anew.
        mayCreateKey: async () => !(await store.list()).some(isSealedLogin),
        isTrial,
      });
      const store = fileStore({ ...common, section: sections.keyring, seal });
      return store;
    },
  };
}

/** What another process tries the store with meanwhile is no login. */
function isSealedLogin(key: CredentialKey): boolean {
  return isLogin(key) && !isProbe(key);
}

function lostHint({ name }: Product, place: string, folder: string): string {
  return (
    `restore ${place}; or remove what the lost key has sealed, in ${folder}: \`${name} logout --local-only\` for each ` +
    `profile there, then sign in again; or keep the new login elsewhere: \`${name} login --store file\``
  );
}

/** Whether there is a passphrase: in the environment, in a file that it names, or as a mounted secret. */
export function hasStorePassphrase(product: Product, env: Environment): boolean {
  return findPassphrase(product, env) !== undefined;
}

function findPassphrase(product: Product, env: Environment): string | undefined {
  const places = [processVariables(product, env), mountedVariables(product, env)];
  return firstVariable({ places }, "STORE_PASSPHRASE")?.value;
}

function passphrase(product: Product, env: Environment): string {
  const words = findPassphrase(product, env);
  if (words !== undefined) return words;
  const name = `${product.envPrefix}STORE_PASSPHRASE`;
  throw new AuthError("config_missing", "the passphrase of the credential store is not set", {
    hint: `set ${name}, or ${name}_FILE to a file that holds it`,
  });
}

function lazyStore(open: () => Promise<CredentialStore>): CredentialStore {
  return {
    read: async (key) => (await open()).read(key),
    update: async (key, change) => (await open()).update(key, change),
    list: async () => (await (await open()).list()).filter((key) => !isProbe(key)),
  };
}

/** Makes something when it is first asked for, and again when that failed. */
function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}

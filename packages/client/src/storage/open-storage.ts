import { join } from "node:path";
import {
  AuthError,
  memoryMutex,
  memoryStore,
  type CredentialKey,
  type CredentialStore,
  type Mutex,
} from "@org/auth-core";
import { variable, type Environment } from "../environment.ts";
import { defaultProduct, type Product } from "../product.ts";
import { firstVariable } from "../variables/inputs.ts";
import { mountedVariables } from "../variables/mounted-variables.ts";
import { processVariables } from "../variables/process-variables.ts";
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
    };
    return { home, reason: "asked", rungs: [home], mutex: memoryMutex() };
  }
  const folder = lazily(() => openFolder(options));
  const rungOf = (kind: "file" | "keyring" | "passphrase"): Rung => {
    const open = lazily(async () => (await folder())[kind]());
    return { kind, store: lazyStore(open), forget: async (key) => (await folder()).forget(kind, key) };
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
  const name = variable(product, env, "STORE");
  const kind = storeKinds.find((kind) => kind === name);
  if (name === undefined || kind !== undefined) return kind;
  throw new AuthError("config_invalid", `${product.envPrefix}STORE is ${JSON.stringify(name.slice(0, 100))}`, {
    hint: `use one of: ${storeKinds.join(", ")}`,
  });
}

/** The folders of the lasting stores: what is sealed in different ways is never mixed. */
const sections = { file: "credentials", passphrase: "passphrase", keyring: "keyring" } as const;

interface Folder {
  readonly mutex: Mutex;
  forget(kind: keyof typeof sections, key: CredentialKey): Promise<void>;
  file(): CredentialStore;
  passphrase(): CredentialStore;
  keyring(): Promise<CredentialStore>;
}

async function openFolder(options: OpenStorageOptions): Promise<Folder> {
  const { product = defaultProduct, env = process.env, onWarning, keyringTimeoutMs: timeoutMs } = options;
  const { dataFolder, fileMutex, fileStore, forgetCredential, passphraseSeal } = await import("@org/auth-storage-file");
  const folder = dataFolder({ appName: product.name, env });
  const mutex = fileMutex({ folder: join(folder, "locks") });
  const common = { folder, onWarning, mutex: unlocked };
  return {
    mutex,
    forget: (kind, key) => forgetCredential({ folder, section: sections[kind] }, key),
    file: () => fileStore(common),
    passphrase: () => {
      const path = join(folder, "passphrase.json");
      const seal = passphraseSeal({ passphrase: async () => Promise.resolve(passphrase(product, env)), path, mutex });
      return fileStore({ ...common, section: sections.passphrase, seal });
    },
    keyring: async () => {
      const { keyringSeal, systemKeyring } = await import("@org/auth-storage-keyring");
      const seal = keyringSeal({
        service: product.name,
        keyring: systemKeyring({ timeoutMs, env }),
        mutex,
        // A new key beside logins that were sealed with a lost one would hide that it is lost.
        mayCreateKey: async () => (await store.list()).length === 0,
      });
      const store = fileStore({ ...common, section: sections.keyring, seal });
      return store;
    },
  };
}

/** The passphrase, from the environment, a file that it names, or a mounted secret. */
function passphrase(product: Product, env: Environment): string {
  const places = [processVariables(product, env), mountedVariables(product, env)];
  const words = firstVariable({ places }, "STORE_PASSPHRASE");
  if (words !== undefined) return words.value;
  const name = `${product.envPrefix}STORE_PASSPHRASE`;
  throw new AuthError("config_missing", "the passphrase of the credential store is not set", {
    hint: `set ${name}, or ${name}_FILE to a file that holds it`,
  });
}

function lazyStore(open: () => Promise<CredentialStore>): CredentialStore {
  return {
    read: async (key) => (await open()).read(key),
    update: async (key, change) => (await open()).update(key, change),
    list: async () => (await open()).list(),
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

import { formatKey, parseKey, StoreError } from "@org/auth-core";
import { credentialFromJson, credentialToJson } from "@org/auth-core/storage";
import type { Credential, CredentialKey, CredentialStore, Mutex, Seal } from "@org/auth-core";

/** What the store needs of a client for some key-value service. Its calls must end: give it a deadline. */
export interface KeyValueClient {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<unknown>;
  delete(name: string): Promise<unknown>;
  names(): Promise<readonly string[]>;
}

/** Keeps credentials in a key-value service. They are sealed before they leave: it learns nothing but their names. */
export function keyValueStore(client: KeyValueClient, { mutex, seal }: { mutex: Mutex; seal: Seal }): CredentialStore {
  async function read(key: CredentialKey): Promise<Credential | undefined> {
    const name = formatKey(key);
    const sealed = await answerOf(() => client.get(name));
    return sealed === null ? undefined : parse(await seal.open(Buffer.from(sealed, "base64"), name));
  }

  async function save(name: string, credential: Credential): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(credentialToJson(credential)));
    const sealed = Buffer.from(await seal.seal(bytes, name)).toString("base64");
    await answerOf(() => client.set(name, sealed));
  }

  return {
    read,
    update: (key, change) =>
      mutex.run(formatKey(key), async () => {
        const before = await read(key);
        const next = await change(before);
        if (next === before) return next;
        if (next === undefined) await answerOf(() => client.delete(formatKey(key)));
        else await save(formatKey(key), next);
        return next;
      }),
    list: async () => (await answerOf(() => client.names())).flatMap((name) => parseKey(name) ?? []),
  };
}

function parse(bytes: Uint8Array): Credential {
  try {
    return credentialFromJson(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    throw new StoreError("store_corrupt", "the key-value service has something that is no credential");
  }
}

/** A client's own error may carry the address with its password, so it is left behind. */
async function answerOf<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch {
    throw new StoreError("store_unavailable", "the key-value service cannot be used");
  }
}

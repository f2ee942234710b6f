import { formatKey, parseKey } from "./credential-key.ts";
import type { CredentialStore } from "./credential-store.ts";
import type { Credential } from "./credential.ts";
import { memoryMutex, type Mutex } from "./mutex.ts";

/** A store that forgets when the process ends: for tests, for servers and for logins that are to leave no trace. */
export function memoryStore(options: { readonly mutex?: Mutex } = {}): CredentialStore {
  const { mutex = memoryMutex() } = options;
  const kept = new Map<string, Credential>();

  return {
    read: (key) => Promise.resolve(kept.get(formatKey(key))),

    update(key, change) {
      const name = formatKey(key);
      return mutex.run(name, async () => {
        const next = await change(kept.get(name));
        if (next === undefined) kept.delete(name);
        else kept.set(name, next);
        return next;
      });
    },

    list: () => Promise.resolve([...kept.keys()].flatMap((name) => parseKey(name) ?? [])),
  };
}

import type { KeytarLike } from "../src/index.ts";

export interface MemoryKeyring extends KeytarLike {
  /** What is in it, by service and account. */
  readonly entries: Map<string, string>;
  /** What it was asked, one word and the account each. */
  readonly calls: string[];
}

export interface MemoryKeyringOptions {
  /** Called before each call takes effect; what it throws is what the call rejects with. */
  readonly before?: (method: string, account: string) => void;
  /** Answers as keytar does on a locked keyring: there is nothing, and nothing can be written. */
  readonly isLocked?: () => boolean;
}

/** A keyring that forgets. */
export function memoryKeyring({ before, isLocked = () => false }: MemoryKeyringOptions = {}): MemoryKeyring {
  const entries = new Map<string, string>();
  const calls: string[] = [];
  const nameOf = (service: string, account: string): string => JSON.stringify([service, account]);
  const start = (method: string, account = ""): void => {
    calls.push(`${method} ${account}`);
    before?.(method, account);
  };

  return {
    entries,
    calls,
    async getPassword(service, account) {
      start("get", account);
      return (isLocked() ? undefined : entries.get(nameOf(service, account))) ?? null;
    },
    async setPassword(service, account, password) {
      start("set", account);
      if (isLocked()) throw new Error("Cannot create an item in a locked collection");
      entries.set(nameOf(service, account), password);
    },
    async deletePassword(service, account) {
      start("delete", account);
      return !isLocked() && entries.delete(nameOf(service, account));
    },
    findPassword: () => Promise.reject(new Error("nobody searches a keyring here")),
    findCredentials: () => Promise.reject(new Error("nobody searches a keyring here")),
  };
}

import type { AdapterFactory, AdapterPayload } from "oidc-provider";

/** What one authorization server remembers: codes, tokens, grants and sessions. Gone with the process. */
export interface MemoryRecords {
  /** oidc-provider's door to it. */
  readonly adapter: AdapterFactory;
  /** Drops all that was ever issued to one person: tokens, grants, codes and sessions. */
  forgetAccount(accountId: string): void;
  /** Drops all that was ever issued for one grant. */
  forgetGrant(grantId: string): void;
}

/**
 * Makes an empty {@link MemoryRecords}. Each server has its own, so that two in one process do not meet. `graceMs` is
 * asked for how long a refresh token that was replaced looks as if it were not.
 */
export function memoryRecords(graceMs: () => number): MemoryRecords {
  const models = new Map<string, Map<string, Entry>>();

  return {
    adapter(model) {
      const entries = models.get(model) ?? new Map<string, Entry>();
      models.set(model, entries);
      const isForgiven = ({ consumedAtMs }: Entry): boolean =>
        model === "RefreshToken" && consumedAtMs !== undefined && Date.now() < consumedAtMs + graceMs();
      const findBy = (field: "uid" | "userCode", value: string): AdapterPayload | undefined =>
        copyOf([...entries.values()].find((entry) => isAlive(entry) && entry.payload[field] === value)?.payload);

      return {
        async upsert(id, payload, expiresInSeconds) {
          dropExpired(entries);
          const expiresAtMs = expiresInSeconds === undefined ? Infinity : Date.now() + expiresInSeconds * 1000;
          entries.set(id, { payload: copyOf(payload), expiresAtMs });
        },
        async find(id) {
          const entry = entries.get(id);
          if (entry === undefined || !isAlive(entry)) return undefined;
          return copyOf(isForgiven(entry) ? { ...entry.payload, consumed: undefined } : entry.payload);
        },
        findByUid: async (uid) => findBy("uid", uid),
        findByUserCode: async (userCode) => findBy("userCode", userCode),
        async consume(id) {
          const entry = entries.get(id);
          if (entry === undefined) return;
          entry.consumedAtMs ??= Date.now();
          entry.payload.consumed = Math.floor(entry.consumedAtMs / 1000);
        },
        async destroy(id) {
          entries.delete(id);
        },
        async revokeByGrantId(grantId) {
          dropWhere(entries, ({ payload }) => payload.grantId === grantId);
        },
      };
    },

    forgetGrant(grantId) {
      for (const entries of models.values()) dropWhere(entries, ({ payload }) => payload.grantId === grantId);
    },

    forgetAccount(accountId) {
      for (const entries of models.values()) dropWhere(entries, ({ payload }) => payload.accountId === accountId);
    },
  };
}

interface Entry {
  readonly payload: AdapterPayload;
  readonly expiresAtMs: number;
  /** When it was used up, the first time. */
  consumedAtMs?: number;
}

function isAlive({ expiresAtMs }: Entry): boolean {
  return Date.now() < expiresAtMs;
}

/** Entries of one model mostly live equally long, so the oldest come first and the rest need no look. */
function dropExpired(entries: Map<string, Entry>): void {
  for (const [id, entry] of entries) {
    if (isAlive(entry)) return;
    entries.delete(id);
  }
}

function dropWhere(entries: Map<string, Entry>, isDropped: (entry: Entry) => boolean): void {
  for (const [id, entry] of entries) if (isDropped(entry)) entries.delete(id);
}

/** As a database would: nobody holds on to what is kept, and what is not JSON does not get in. */
function copyOf<Payload extends AdapterPayload | undefined>(payload: Payload): Payload {
  return payload === undefined ? payload : (JSON.parse(JSON.stringify(payload)) as Payload);
}

import { join } from "node:path";
import type { CredentialStore } from "@org/auth-core";
import { exampleKey, exampleToken } from "./example-login.ts";
import { interleaved } from "./interleaved.ts";
import { manyLogins, type ManyLogins } from "./many-logins.ts";
import { plainRow, row, type Row } from "./measurement.ts";
import { wallMs, type Program } from "./run-program.ts";

const binary = join(import.meta.dirname, "../packages/cli/dist/bin.cjs");
const readsPerSample = 200;
const rounds = 31;

/** What it takes to find one credential among many, and to list many. */
export async function crowdedStore({ pairs }: { readonly pairs: number }): Promise<readonly Row[]> {
  return [...(await reading()), ...(await listing(pairs))];
}

async function reading(): Promise<readonly Row[]> {
  const few = await manyLogins(10);
  try {
    const rows: Row[] = [];
    for (const count of [1000, 100_000]) {
      const many = await manyLogins(count);
      try {
        const [crowded, sparse] = [await storeIn(many), await storeIn(few)];
        const samples = await interleaved(
          rounds,
          () => usPerRead(crowded),
          () => usPerRead(sparse),
          3,
        );
        const name = `read of one credential among ${count.toLocaleString("en")} / among 10`;
        rows.push(row({ name, unit: "us", goal: 1.2 }, samples));
      } finally {
        many.remove();
      }
    }
    return rows;
  } finally {
    few.remove();
  }
}

async function listing(pairs: number): Promise<readonly Row[]> {
  const count = 2000;
  const logins = await manyLogins(count);
  try {
    const store = await storeIn(logins);
    const [listMs, statusMs]: [number[], number[]] = [[], []];
    for (let run = 0; run < Math.min(pairs, 15); run++) {
      listMs.push(await msPerList(store, count));
      statusMs.push(statusWallMs(logins, count));
    }
    return [
      plainRow({ name: "store.list() of 2,000 profiles", unit: "ms", goal: 300 }, listMs),
      plainRow({ name: "`status --json` of 2,000 profiles, the whole process", unit: "ms", goal: 300 }, statusMs),
    ];
  } finally {
    logins.remove();
  }
}

async function usPerRead(store: CredentialStore): Promise<number> {
  let last: unknown;
  const start = performance.now();
  for (let count = 0; count < readsPerSample; count++) last = await store.read(exampleKey);
  const end = performance.now();
  if (Reflect.get(Object(last), "accessToken") !== exampleToken) throw new Error("the store gave another login");
  return ((end - start) / readsPerSample) * 1000;
}

async function msPerList(store: CredentialStore, expected: number): Promise<number> {
  const start = performance.now();
  const { length } = await store.list();
  const end = performance.now();
  if (length !== expected) throw new Error(`${length} profiles were listed`);
  return end - start;
}

function statusWallMs({ home }: ManyLogins, expected: number): number {
  const isWhole = (stdout: string): boolean => {
    const { accounts } = JSON.parse(stdout) as { readonly accounts: readonly unknown[] };
    return accounts.length === expected;
  };
  const { issuer, clientId } = exampleKey;
  const env = { HOME: home, ORG_AUTH_STORE: "file", ORG_AUTH_ISSUER: issuer, ORG_AUTH_CLIENT_ID: clientId };
  const program: Program = { args: [binary, "status", "--json"], env, stdout: isWhole };
  return wallMs(program);
}

/** The store as it is published. Its name would be its source here. */
async function storeIn({ folder }: ManyLogins): Promise<CredentialStore> {
  const url = new URL("../packages/storage-file/dist/index.js", import.meta.url);
  const { fileStore } = (await import(url.href)) as typeof import("@org/auth-storage-file");
  return fileStore({ folder });
}

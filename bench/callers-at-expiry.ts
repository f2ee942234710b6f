import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { changedTokenSet, reuse, stored } from "@org/auth-core";
import { fileStore } from "@org/auth-storage-file";
import { exampleKey, exampleLogin } from "./example-login.ts";
import { plainRow, type Row } from "./measurement.ts";

const callers = 1000;
const rounds = 11;

/** How many token requests a thousand callers make in a process whose token has just ended, and how long they wait. */
export async function callersAtExpiry(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-callers-"));
  try {
    const [requests, waitsMs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const outcome = await callAtOnce(folder, round);
      requests.push(outcome.requests);
      waitsMs.push(outcome.waitMs);
    }
    return [
      // The most of all rounds, where other rows have the median: it is never to be more.
      plainRow({ name: "1,000 callers at expiry, token requests", unit: "", goal: 1 }, [Math.max(...requests)]),
      plainRow({ name: "1,000 callers at expiry, until all have it (answer after 20 ms)", unit: "ms" }, waitsMs),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function callAtOnce(folder: string, round: number): Promise<{ requests: number; waitMs: number }> {
  const store = fileStore({ folder });
  await store.update(exampleKey, () => exampleLogin(0));
  let requests = 0;
  const source = reuse(
    stored(store, exampleKey, async () => {
      requests++;
      await setTimeout(20);
      return changedTokenSet(exampleLogin(), { accessToken: `fake-renewed-${round}` });
    }),
  );

  const start = performance.now();
  const tokens = await Promise.all(Array.from({ length: callers }, () => source.getToken()));
  const waitMs = performance.now() - start;
  if (tokens.some(({ value }) => value !== `fake-renewed-${round}`)) throw new Error("a caller got another token");
  return { requests, waitMs };
}

import type { AccessToken, TokenSource } from "@org/auth-core";
import { interleaved } from "./interleaved.ts";
import { row, type Row } from "./measurement.ts";

const rounds = 31;
const warmUpRounds = 3;
const operations = 200_000;

/** What `getToken()` takes while the token is held in memory, against awaiting an async function that returns it. */
export async function heldToken(): Promise<readonly Row[]> {
  const { accessToken, reuse } = await builtCore();
  const nowMs = Date.now();
  const token = accessToken({ value: "fake-access-token", obtainedAtMs: nowMs, expiresAtMs: nowMs + 24 * 3_600_000 });
  let asked = 0;
  const source = reuse({
    getToken: async () => {
      asked++;
      return token;
    },
  });

  const samples = await interleaved(
    rounds,
    () => nsPerGetToken(source, token),
    () => nsPerConstant(async () => token, token),
    warmUpRounds,
  );
  if (asked !== 1) throw new Error(`the token was not held: it was asked for ${asked} times`);
  return [row({ name: "getToken() of a held token / async constant", unit: "ns/op", goal: 1.6 }, samples)];
}

// Two loops and not one with a function to call: the engine would see both functions in it, and inline neither.

async function nsPerGetToken(source: TokenSource, expected: AccessToken): Promise<number> {
  let last: AccessToken | undefined;
  const start = process.hrtime.bigint();
  for (let count = 0; count < operations; count++) last = await source.getToken();
  const end = process.hrtime.bigint();
  if (last !== expected) throw new Error("the source gave another token");
  return Number(end - start) / operations;
}

async function nsPerConstant(constant: () => Promise<AccessToken>, expected: AccessToken): Promise<number> {
  let last: AccessToken | undefined;
  const start = process.hrtime.bigint();
  for (let count = 0; count < operations; count++) last = await constant();
  const end = process.hrtime.bigint();
  if (last !== expected) throw new Error("the constant is another token");
  return Number(end - start) / operations;
}

/** Core as it is published. Its name would be its source here. */
async function builtCore(): Promise<typeof import("@org/auth-core")> {
  const url = new URL("../packages/core/dist/index.js", import.meta.url);
  return (await import(url.href)) as typeof import("@org/auth-core");
}

import type { AccessToken, TokenSource } from "@org/auth-core";
import { load } from "./installed.ts";
import { row, type MeasurementOptions, type Row } from "./measurement.ts";
import { azureCredential, googleClient, type Tokens } from "./peer-tokens.ts";
import { roundRobin } from "./round-robin.ts";

const rounds = 31;
const warmUpRounds = 3;
const operations = 200_000;
/** Of what takes a hundred times as long. */
const fewOperations = 2000;

/**
 * What `getToken()` takes while the token is held in memory, against awaiting an async function that returns it; and what
 * the same takes elsewhere.
 */
export async function heldToken({ installed }: MeasurementOptions): Promise<readonly Row[]> {
  const { accessToken, reuse } = load(installed.ours, "@org/auth-core") as typeof import("@org/auth-core");
  const nowMs = Date.now();
  const token = accessToken({ value: "fake-access-token", obtainedAtMs: nowMs, expiresAtMs: nowMs + 24 * 3_600_000 });
  let asked = 0;
  const source = reuse({
    getToken: async () => {
      asked++;
      return token;
    },
  });

  const constant = async (): Promise<AccessToken> => token;
  const [google, azure] = [googleClient(installed.peers), azureCredential(installed.peers)];
  const samples = await roundRobin(
    rounds,
    {
      constant: () => nsPerConstant(constant, token),
      reuse: () => nsPerGetToken(source, token),
      google: () => nsPerGoogle(google),
      azure: () => nsPerAzure(azure),
    },
    warmUpRounds,
  );
  if (asked !== 1) throw new Error(`the token was not held: it was asked for ${asked} times`);
  const compared = (name: string, values: readonly number[], goal?: number): Row =>
    row(
      { name: `${name} of a held token / async constant`, unit: "ns/op", goal },
      { values, references: samples.constant },
    );
  return [
    compared("getToken()", samples.reuse, 1.4),
    compared("google-auth-library's getAccessToken()", samples.google),
    compared("@azure/identity's getToken()", samples.azure),
  ];
}

// Loops and not one with a function to call: the engine would see all functions in it, and inline none.

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

async function nsPerGoogle(client: Tokens["google"]): Promise<number> {
  let last: { readonly token?: string | null } | undefined;
  const start = process.hrtime.bigint();
  for (let count = 0; count < operations; count++) last = await client.getAccessToken();
  const end = process.hrtime.bigint();
  if (last?.token === undefined) throw new Error("there is no token");
  return Number(end - start) / operations;
}

async function nsPerAzure(credential: Tokens["azure"]): Promise<number> {
  let last: { readonly token: string } | undefined;
  const start = process.hrtime.bigint();
  for (let count = 0; count < fewOperations; count++) last = await credential.getToken("api/.default");
  const end = process.hrtime.bigint();
  if (last?.token === undefined) throw new Error("there is no token");
  return Number(end - start) / fewOperations;
}

import { inspect } from "node:util";
import { expect, test } from "vitest";
import { changedTokenSet, type Json, type TokenSet } from "../src/index.ts";
import { credentialFromJson, credentialToJson } from "../src/storage.ts";
import { login } from "./sets.ts";

test("what is missing or of another type is named, and no value is", () => {
  const whole = credentialToJson(login()) as Record<string, unknown>;
  const broken: readonly (readonly [string, unknown])[] = [
    ["credential is not", null],
    ["credential is not", ["CANARY"]],
    ["credential is not", "CANARY"],
    ["credential.kind", { ...whole, kind: "CANARY" }],
    ["credential.accessToken", { ...whole, accessToken: "" }],
    ["credential.accessToken", { ...whole, accessToken: ["CANARY"] }],
    ["credential.refreshToken", { ...whole, refreshToken: null }],
    ["credential.dpopKey", { ...whole, dpopKey: { d: "CANARY" } }],
    ["credential.dpopKey", { ...whole, tokenType: "DPoP" }],
    ["credential.tokenType", { ...whole, tokenType: "CANARY", dpopKey: "CANARY" }],
    ["credential.expiresAtMs", { ...whole, expiresAtMs: "CANARY" }],
    ["credential.scopes", { ...whole, scopes: ["CANARY", 1] }],
    ["credential.resources", { ...whole, resources: "CANARY" }],
    ["credential.audiences", { ...whole, audiences: [null] }],
    ["credential.acr", { ...whole, acr: ["CANARY"] }],
    ["credential.authenticatedAtMs", { ...whole, authenticatedAtMs: "CANARY" }],
    ["credential.server", { ...whole, server: "CANARY" }],
    ["credential.server.tokenEndpoint", { ...whole, server: { issuer: "CANARY" } }],
    ["credential.server.dpopSupported", { ...whole, server: { ...login().server, dpopSupported: "CANARY" } }],
    ["ended.atMs", { ...whole, ended: { reason: "CANARY" } }],
  ];
  for (const [place, json] of broken) {
    const error = (() => {
      try {
        return credentialFromJson(json);
      } catch (error) {
        return error as Error;
      }
    })();
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(place);
    expect(String(error)).not.toContain("CANARY");
  }
});

test("names like __proto__ in the text reach no prototype", () => {
  const json = JSON.parse(
    '{"__proto__":{"kind":"api-key","apiKey":"x"},"constructor":{"prototype":{"polluted":1}}}',
  ) as unknown;
  expect(() => credentialFromJson(json)).toThrow(TypeError);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("F17 what a newer release keeps in a credential is written back, wherever it stands, and is not printed", () => {
  const whole = credentialToJson(login({ account: { subject: "1" } })) as Record<string, Json>;
  const newer = JSON.parse(
    JSON.stringify({
      ...whole,
      future: ["CANARY", null],
      server: { ...login().server, futureEndpoint: "CANARY" },
      account: { subject: "1", futureClaim: { CANARY: 1 } },
      ended: { reason: "invalid_grant", atMs: 1, futureCode: "CANARY" },
    }),
  ) as Record<string, Json>;
  const written = (credential: TokenSet): unknown => JSON.parse(JSON.stringify(credentialToJson(credential)));
  const read = credentialFromJson(newer) as TokenSet;
  expect(written(read)).toEqual(newer);
  expect(inspect(read) + JSON.stringify(read)).not.toContain("CANARY");

  const { ended: _gone, ...others } = newer;
  expect(written(changedTokenSet(read, { generation: 1, ended: undefined }))).toEqual({ ...others, generation: 1 });
});

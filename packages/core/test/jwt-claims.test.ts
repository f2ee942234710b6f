import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { jwtClaims, jwtExpiryMs } from "../src/index.ts";

function jwt(payload: object | string): string {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return `${encoded('{"alg":"RS256"}')}.${encoded(text)}.c2lnbmF0dXJl`;
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64url");
}

test("B.3-12 the claims are those of the payload, in any script", () => {
  const claims = { sub: "ana", name: "Zoë 拒否 👍", groups: ["a", "b"], exp: 1_700_000_000 };
  expect(Object.fromEntries(jwtClaims(jwt(claims)) ?? [])).toEqual(claims);
});

test("B.6-9 a payload is read whose encoding has - and _ in it, at any length", () => {
  for (const claims of [{ a: "???" }, { a: ">>>" }, { a: "~~?>" }, { a: "?>?>ÿ" }]) {
    expect(Object.fromEntries(jwtClaims(jwt(claims)) ?? [])).toEqual(claims);
  }
  const payloads = [{ a: "???" }, { a: "aa>>>" }].map((claims) => jwt(claims).split(".")[1] ?? "");
  expect(payloads.join("")).toContain("_");
  expect(payloads.join("")).toContain("-");
  expect(new Set(["", "a", "aa"].map((a) => (jwt({ a }).split(".")[1] ?? "").length % 4)).size).toBe(3);
  for (const a of ["", "a", "aa"]) expect(jwtClaims(jwt({ a }))?.get("a")).toBe(a);
});

test.for([
  ["nothing", ""],
  ["an opaque token", "opaque-token"],
  ["two parts", "e30.e30"],
  ["four parts", "e30.e30.e30.e30"],
  ["an encrypted JWT's five parts", "e30.e30.e30.e30.e30"],
  ["padding", "e30.eyJhIjoxfQ==.e30"],
  ["a line break at its end", `${jwt({ exp: 1 })}\n`],
  ["the alphabet of plain base64", "e30.eyJhIjoiPz8/In0.e30"],
  ["a length that no encoding has", "e30.e30aa.e30"],
  ["bytes that are not UTF-8", `e30.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString("base64url")}.`],
  ["no JSON", jwt("{exp: 1}")],
  ["an array", jwt("[1]")],
  ["null", jwt("null")],
  ["a number", jwt("1")],
] as const)("B.4-11 %s is no JWT, and nothing is thrown that could quote it", ([, token]) => {
  expect(jwtClaims(token)).toBeUndefined();
  expect(jwtExpiryMs(token)).toBeUndefined();
});

test("4.5-70 a huge JWT and deep claims are left unread, and __proto__ is a claim like any other", () => {
  expect(jwtClaims(jwt({ sub: "x".repeat(1024 * 1024) }))).toBeUndefined();
  expect(jwtClaims(jwt({ sub: "x".repeat(40_000) }))?.get("sub")).toHaveLength(40_000);
  expect(jwtClaims(jwt(`{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`))).toBeUndefined();
  expect(jwtClaims(jwt(`{"a":${'{"a":'.repeat(32)}1${"}".repeat(33)}`))).toBeUndefined();
  expect(jwtClaims(jwt(`{"a":${"[".repeat(31)}${"]".repeat(31)}}`))?.has("a")).toBe(true);

  const claims = jwtClaims(jwt('{"__proto__":{"exp":1},"constructor":2}'));
  expect([...(claims?.keys() ?? [])]).toEqual(["__proto__", "constructor"]);
  expect(jwtExpiryMs(jwt('{"__proto__":{"exp":1}}'))).toBeUndefined();
});

test("B.4-11 the end is a number of seconds, whole or not, that a date can say; anything else is no end", () => {
  expect(jwtExpiryMs(jwt({ exp: 1_700_000_000 }))).toBe(1_700_000_000_000);
  expect(jwtExpiryMs(jwt({ exp: 1_700_000_000.2505 }))).toBe(1_700_000_000_250);
  expect(jwtExpiryMs(jwt({ exp: 0 }))).toBe(0);
  for (const exp of ["1700000000", null, true, [1], {}, -1, 1e20]) expect(jwtExpiryMs(jwt({ exp }))).toBeUndefined();
  expect(jwtExpiryMs(jwt('{"exp":1e999}'))).toBeUndefined();
  expect(jwtExpiryMs(jwt({ sub: "ana" }))).toBeUndefined();
});

test.for([
  ["America/Los_Angeles", 480],
  ["Asia/Tokyo", -540],
  ["UTC", 0],
] as const)("B.6-1 B.1-25 a token ends at the same moment in %s", async ([TZ, minutesFromUtc]) => {
  const args = [
    "--conditions=@org/source",
    join(import.meta.dirname, "expiry-program.ts"),
    jwt({ exp: 1_700_000_000 }),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, TZ },
    timeout: 30_000,
  });
  expect(JSON.parse(stdout)).toEqual({ expiryMs: 1_700_000_000_000, minutesFromUtc });
});

import { inspect } from "node:util";
import { expect, test } from "vitest";
import { assertNoSecrets, assertOneRenewal, findSecrets } from "../src/index.ts";
import { authServer, basic, recordingServer, refresh, signIn } from "./by-hand.ts";

const secret = 'fake+/%"é secret???';
const named = { "the key": secret };
const bytes = Buffer.from(secret);

test.for([
  ["plain", `a ${secret} b`],
  ["plain", JSON.stringify({ key: secret })],
  ["percent", encodeURIComponent(secret)],
  ["percent", encodeURIComponent(secret).toLowerCase()],
  ["percent", new URLSearchParams({ secret }).toString()],
  ["percent", [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")],
  ["hex", bytes.toString("hex")],
  ["hex", bytes.toString("hex").toUpperCase()],
  ["base64", bytes.toString("base64")],
  ["base64", encodeURIComponent(bytes.toString("base64"))],
  ["base64", bytes.toString("base64url")],
] as const)("I1 a secret is found as %s: %s", ([encoding, text]) => {
  expect(findSecrets(text, named)).toEqual([{ name: "the key", encoding }]);
});

test("I1 a secret is found in base64 with anything around it", () => {
  for (let before = 0; before < 7; before++) {
    for (let after = 0; after < 7; after++) {
      for (const encoding of ["base64", "base64url"] as const) {
        const text = Buffer.from("x".repeat(before) + secret + "y".repeat(after)).toString(encoding);
        expect(findSecrets(`"${text}"`, named)).toEqual([{ name: "the key", encoding: "base64" }]);
      }
    }
  }
});

test("what is nearly a secret is none, and every secret and encoding is told by its name", () => {
  const almost = secret.slice(1);
  const texts = [almost, almost.toUpperCase(), Buffer.from(almost).toString("base64"), "", "%", "%%41%zz"];
  expect(texts.flatMap((text) => findSecrets(text, named))).toEqual([]);
  const text = `${secret} ${Buffer.from("other secret").toString("hex")} ${bytes.toString("base64")}`;
  expect(findSecrets(text, { ...named, other: "other secret", third: "none of it" })).toEqual([
    { name: "the key", encoding: "plain" },
    { name: "the key", encoding: "base64" },
    { name: "other", encoding: "hex" },
  ]);
  expect(() => findSecrets("", { pin: "123" })).toThrow(new TypeError("pin is too short to be searched for"));
});

test("what a server got is searched whole, and the error names places and secrets, and shows none", async () => {
  const sink = await recordingServer();
  const send = (path: string, init?: RequestInit): Promise<Response> => fetch(sink.origin + path, init);
  await send("/clean", { method: "POST", body: "nothing" });
  const secrets = { "the client secret": "test-only+%:fake", password: "fake-password" };
  expect(() => assertNoSecrets({ stdout: "nothing", "the sink": sink.requests }, secrets)).not.toThrow();

  const client = { clientId: "client", clientSecret: secrets["the client secret"] };
  await send("/a", { headers: { authorization: basic(client), "x-mine": "fake-password" } });
  await send("/b?password=fake%2dpassword");
  await send("/c", { method: "POST", body: "fake-password" });
  const thrown = capture(() => assertNoSecrets({ stdout: "fake-password", "the sink": sink.requests }, secrets));
  expect(thrown.message.split("\n")).toEqual([
    "secrets came out:",
    "password (plain) is in stdout",
    "the client secret (base64) is in request 2 to the sink",
    "password (plain) is in request 2 to the sink",
    "password (percent) is in request 3 to the sink",
    "password (plain) is in request 4 to the sink",
  ]);
  expect(inspect(thrown, { showHidden: true })).not.toContain("fake-password");
});

test("one renewal is told from none, from two and from one with a token that had been replaced", async () => {
  const server = await authServer();
  const { refreshToken } = await signIn(server);
  const words = (): string => capture(() => assertOneRenewal(server)).message;
  expect(words()).toMatch(/got 0 requests with a refresh token, 0 of them/);
  const { json } = await refresh(server, refreshToken);
  assertOneRenewal(server);
  await refresh(server, String(json["refresh_token"]));
  expect(words()).toMatch(/got 2 requests/);
  await refresh(server, refreshToken);
  expect(words()).toMatch(/got 3 requests with a refresh token, 1 of them/);
});

function capture(work: () => void): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}

import { inspect } from "node:util";
import { expect, test } from "vitest";
import { accessToken, accessTokenOf, apiKey, clientSecret, pendingLogin, type Credential } from "../src/index.ts";
import { login } from "./sets.ts";

const canary = "CANARY-secret";
const { server } = login();
const objects: Readonly<Record<string, object>> = {
  AccessToken: accessTokenOf(login({ accessToken: canary, tokenType: "DPoP", dpopKey: canary })),
  ApiKey: apiKey({ apiKey: canary }),
  ClientSecret: clientSecret({ issuer: "i", clientId: "c", clientSecret: canary }),
  PendingLogin: pendingLogin({
    server,
    clientId: "c",
    profile: "p",
    deviceCode: canary,
    intervalMs: 1,
    expiresAtMs: 1,
    scopes: [],
  }),
  TokenSet: login({ accessToken: canary, refreshToken: canary, dpopKey: canary }),
} satisfies Record<string, Credential | object>;

for (const [name, object] of Object.entries(objects)) {
  test(`printing ${name === "ApiKey" || name === "AccessToken" ? "an" : "a"} ${name} in any way shows no secret`, () => {
    const printed = [
      JSON.stringify(object),
      JSON.stringify({ nested: [object] }),
      String(object),
      inspect(object),
      inspect({ nested: { object } }, { depth: 10, showHidden: true }),
      JSON.stringify({ ...object }),
      JSON.stringify(Object.entries(object)),
      inspect(structuredClone({ ...object })),
    ];
    for (const text of printed) expect(text).not.toContain(canary);
    expect(printed[0]).toContain("[redacted]");
    expect(Object.values(Object.getOwnPropertyDescriptors(object)).some(({ value }) => value === canary)).toBe(true);
    expect(Object.isFrozen(object)).toBe(true);
  });
}

test("an empty access token is wrong use", () => {
  expect(() => accessToken({ value: "" })).toThrow(TypeError);
});

import { pendingLogin } from "@org/auth-core";
import { credentialToJson } from "@org/auth-core/storage";
import { expect, test } from "vitest";
import {
  deviceCode,
  pollDeviceLogin,
  startDeviceLogin,
  waitForDeviceLogin,
  type WaitingDeviceLogin,
} from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type Answer, type ScriptedServer } from "./scripted-server.ts";
import { signingKey } from "./signing-key.ts";

const client = { clientId: "app" };
const nowMs = 1_800_000_000_000;
const http = { now: (): number => nowMs };
const scopes = ["read"];
const tokens = {
  access_token: "access-canary-1",
  refresh_token: "refresh-canary-1",
  token_type: "Bearer",
  expires_in: 60,
};
const authorization = {
  device_code: "device-canary",
  user_code: "WDJB-MJHT",
  verification_uri: "https://id.example.com/device",
  expires_in: 600,
};

function waiting(changes: Partial<WaitingDeviceLogin> = {}): WaitingDeviceLogin {
  return { deviceCode: "device-canary", intervalMs: 5000, expiresAtMs: nowMs + 600_000, scopes, ...changes };
}

function refusal(error: string, status = 400): Answer {
  return { json: { error }, status };
}

/** Answers the questions in turn, and the last one's for ever. */
function script(server: ScriptedServer, ...answers: readonly Answer[]): void {
  server.on("/token", (_request, index) => answers[Math.min(index, answers.length - 1)] ?? { json: {} });
}

/** A sleep that takes no time, and what it was asked for. */
function countingSleep(): { readonly sleep: (ms: number) => Promise<void>; readonly sleptMs: number[] } {
  const sleptMs: number[] = [];
  return { sleptMs, sleep: async (ms) => void sleptMs.push(ms) };
}

test("B.1-19 a person signs in on another device: the code is shown before anything is waited for", async () => {
  const server = await scriptedServer();
  server.on("/device", { json: { ...authorization, verification_uri_complete: "https://id.example.com/device?c=1" } });
  script(server, refusal("authorization_pending"), refusal("authorization_pending"), { json: tokens });
  const { sleep, sleptMs } = countingSleep();
  const shown: unknown[] = [];
  const set = await deviceCode(server.metadata, client, {
    scopes: ["read", "write"],
    extraParameters: { audience: "api", client_id: "other" },
    show: (given) => {
      expect(server.requests.map(({ path }) => path)).toEqual(["/device"]);
      expect(JSON.stringify(given)).not.toContain("canary");
      shown.push(given);
    },
    http,
    sleep,
  });

  expect(shown).toEqual([
    {
      userCode: "WDJB-MJHT",
      verificationUri: "https://id.example.com/device",
      verificationUriComplete: "https://id.example.com/device?c=1",
      intervalMs: 5000,
      expiresAtMs: nowMs + 600_000,
      scopes: ["read", "write"],
    },
  ]);
  expect(sleptMs).toEqual([5000, 5000, 5000]);
  expect(Object.fromEntries(server.requests[0]?.form ?? [])).toEqual({
    client_id: "app",
    scope: "read write",
    audience: "api",
  });
  expect(Object.fromEntries(server.requests[1]?.form ?? [])).toEqual({
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: "device-canary",
    client_id: "app",
  });
  expect(credentialToJson(set)).toEqual({
    kind: "token-set",
    server: server.metadata,
    clientId: "app",
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    obtainedAtMs: nowMs,
    expiresAtMs: nowMs + 60_000,
    scopes: ["read", "write"],
    generation: 0,
  });
});

test("F76 B.1-19 slow_down makes the interval five seconds longer for good, each time", async () => {
  const server = await scriptedServer();
  const [pending, slower] = [refusal("authorization_pending"), refusal("slow_down")];
  script(server, slower, pending, slower, slower, pending, pending, { json: tokens });
  const { sleep, sleptMs } = countingSleep();
  await waitForDeviceLogin(server.metadata, client, waiting(), { http, sleep });
  expect(sleptMs).toEqual([5000, 10_000, 10_000, 15_000, 20_000, 20_000, 20_000]);
});

test("F75 while the server cannot be reached it is asked ever more slowly, and the login goes on", async () => {
  const server = await scriptedServer();
  const broken: Answer = { raw: (response) => response.socket?.resetAndDestroy() };
  script(server, broken, { json: {}, status: 503 }, broken, broken, broken, refusal("slow_down"), { json: tokens });
  const { sleep, sleptMs } = countingSleep();
  await waitForDeviceLogin(server.metadata, client, waiting(), { http, sleep });
  expect(sleptMs).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000, 65_000]);
});

test.for([
  [undefined, 5000],
  [null, 5000],
  ["soon", 5000],
  [0, 1000],
  [-1, 1000],
  [0.001, 1000],
  [1e9, 60_000],
  ["7", 7000],
  [7, 7000],
] as const)("4.1-23 an interval of %s is %i ms", async ([interval, expectedMs]) => {
  const server = await scriptedServer();
  server.on("/device", { json: { ...authorization, interval } });
  expect((await startDeviceLogin(server.metadata, client, { scopes })).intervalMs).toBe(expectedMs);
});

test.for([
  [undefined, 1_800_000],
  ["x", 1_800_000],
  [0, 30_000],
  [-5, 30_000],
  [2_592_000, 1_800_000],
  [1e10, 1_800_000],
  ["600", 600_000],
] as const)("4.1-24 a device code that expires in %s is waited for during %i ms", async ([expiresIn, expectedMs]) => {
  const server = await scriptedServer();
  server.on("/device", { json: { ...authorization, expires_in: expiresIn } });
  const { expiresAtMs } = await startDeviceLogin(server.metadata, client, { scopes, http });
  expect(expiresAtMs - nowMs).toBe(expectedMs);
});

test.for([
  [{ verification_uri: "http://id.example.com/device" }, "insecure_endpoint"],
  [{ verification_uri: "javascript:alert(1)" }, "insecure_endpoint"],
  [{ verification_uri: "https://ana@id.example.com/" }, "insecure_endpoint"],
  [{ verification_uri_complete: "file:///x" }, "insecure_endpoint"],
  [{ verification_uri: "https://\u0430pple.com/device" }, "bad_response"],
  [{ verification_uri: "https://id.example.com/\u001b[2J" }, "bad_response"],
  [{ verification_uri: undefined }, "bad_response"],
  [{ verification_uri_complete: 1 }, "bad_response"],
  [{ user_code: "WDJB\u001b[2J" }, "bad_response"],
  [{ user_code: "\u202eWDJB" }, "bad_response"],
  [{ user_code: "WDJB MJHT" }, "bad_response"],
  [{ user_code: "W".repeat(33) }, "bad_response"],
  [{ user_code: "" }, "bad_response"],
  [{ device_code: undefined }, "bad_response"],
  [{ device_code: "canary\n" }, "bad_response"],
] as const)("4.1-25 4.1-26 %j is not shown to anyone", async ([change, code]) => {
  const server = await scriptedServer();
  server.on("/device", { json: { ...authorization, ...change } });
  const show = (): void => expect.fail("it was shown");
  expect(await rejection(deviceCode(server.metadata, client, { scopes, show }))).toMatchObject({ code });
});

test("B.6-7 a server on the loopback may name itself, and an address with the code in it is not needed", async () => {
  const server = await scriptedServer();
  server.on("/device", { json: { ...authorization, verification_uri: `${server.issuer}/go` } });
  const started = await startDeviceLogin(server.metadata, client, { scopes });
  expect(started.verificationUri).toBe(`${server.issuer}/go`);
  expect(started.verificationUriComplete).toBeUndefined();
});

test.for([
  ["expired_token", "device_code_expired"],
  ["invalid_grant", "device_code_expired"],
  ["access_denied", "access_denied"],
  ["invalid_client", "invalid_client"],
] as const)("F76 B.1-19 %s ends the wait with %s", async ([error, code]) => {
  const server = await scriptedServer();
  script(server, refusal("authorization_pending"), refusal(error));
  const { sleep } = countingSleep();
  expect(await rejection(waitForDeviceLogin(server.metadata, client, waiting(), { http, sleep }))).toMatchObject({
    code,
  });
  expect(server.requests).toHaveLength(2);
});

test("F75 B.6-13 a code that nobody approves in time is not asked about any more", async () => {
  const server = await scriptedServer();
  script(server, refusal("authorization_pending"));
  for (const leftMs of [-1, 0, 4999]) {
    const login = waiting({ expiresAtMs: nowMs + leftMs });
    const error = await rejection(waitForDeviceLogin(server.metadata, client, login, { http }));
    expect(error).toMatchObject({ code: "device_code_expired" });
  }
  expect(server.requests).toEqual([]);
});

test("a person who comes too late finds that nobody asks any more", async () => {
  const server = await scriptedServer();
  script(server, refusal("authorization_pending"));
  const { sleep, sleptMs } = countingSleep();
  const login = waiting({ intervalMs: 1000, expiresAtMs: nowMs + 1100 });
  const slowSleep = async (ms: number): Promise<void> => {
    await sleep(ms);
    const endMs = performance.now() + 1100; // As long as this takes, the login has ended after it.
    while (performance.now() < endMs) await new Promise(setImmediate);
  };
  const error = await rejection(waitForDeviceLogin(server.metadata, client, login, { http, sleep: slowSleep }));
  expect(error).toMatchObject({ code: "device_code_expired" });
  expect(sleptMs).toEqual([1000]);
  expect(server.requests).toEqual([]);
});

test("one question tells whether the person has approved, and how long to wait now", async () => {
  const server = await scriptedServer();
  const login = pendingLogin({
    ...waiting(),
    deviceCode: "device-canary",
    server: server.metadata,
    clientId: "app",
    profile: "default",
  });
  const poll = (): ReturnType<typeof pollDeviceLogin> => pollDeviceLogin(login.server, client, login, { http });
  script(server, refusal("authorization_pending"), refusal("slow_down"), refusal("authorization_pending", 200), {
    json: tokens,
  });
  expect(await poll()).toEqual({ kind: "pending", intervalMs: 5000 });
  expect(await poll()).toEqual({ kind: "pending", intervalMs: 10_000 });
  expect(await poll()).toEqual({ kind: "pending", intervalMs: 5000 });
  expect(await poll()).toMatchObject({ kind: "approved", tokens: { accessToken: tokens.access_token } });
  expect(server.requests).toHaveLength(4);

  script(server, { json: {}, status: 503 });
  expect(await rejection(poll())).toMatchObject({ code: "server_unavailable", retryable: true });
});

test("B.6-7 with openid the account comes from a signed ID token, and without one there is no login", async () => {
  const server = await scriptedServer();
  const [key, other] = [await signingKey(), await signingKey()];
  server.on("/jwks", { json: { keys: [key.jwk] } });
  const seconds = nowMs / 1000;
  const claims = {
    iss: server.issuer,
    aud: "app",
    sub: "ana",
    iat: seconds,
    exp: seconds + 60,
    email: "ana@example.com",
  };
  const login = waiting({ scopes: ["openid"] });
  const poll = (): ReturnType<typeof pollDeviceLogin> => pollDeviceLogin(server.metadata, client, login, { http });

  server.on("/token", { json: { ...tokens, id_token: await key.sign(claims) } });
  const account = { subject: "ana", username: undefined, email: "ana@example.com" };
  expect(await poll()).toMatchObject({ tokens: { account } });
  for (const idToken of [undefined, await other.sign(claims), await key.sign({ ...claims, aud: "other" })]) {
    server.on("/token", { json: { ...tokens, id_token: idToken } });
    expect(await rejection(poll())).toMatchObject({ code: "bad_id_token" });
  }
});

test("the caller's signal ends the wait with its own reason", async () => {
  const server = await scriptedServer();
  const reason = new Error("enough");
  const controller = new AbortController();
  server.on("/device", { json: authorization });
  const show = (): void => void setImmediate(() => controller.abort(reason));
  const login = deviceCode(server.metadata, client, { scopes, show, http: { signal: controller.signal } });
  await expect(login).rejects.toBe(reason);
});

test("B.1-19 where there is no device login nothing is sent", async () => {
  const server = await scriptedServer();
  const start = (changes: object, asked = scopes): Promise<unknown> =>
    startDeviceLogin({ ...server.metadata, ...changes }, client, { scopes: asked });
  expect(await rejection(start({ deviceAuthorizationEndpoint: undefined }))).toMatchObject({
    code: "unsupported_by_server",
  });
  expect(await rejection(start({ jwksUri: undefined }, ["openid"]))).toMatchObject({ code: "unsupported_by_server" });
  expect(server.requests).toEqual([]);
});

import { pendingLogin, type TokenSet } from "@org/auth-core";
import { credentialFromJson, credentialToJson } from "@org/auth-core/storage";
import { headlessPerson, startAuthServer, type AuthServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { authorizationCode, deviceCode, pollDeviceLogin, refresh } from "../src/index.ts";
import { browse, callbackUrl } from "./browser.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type ScriptedServer } from "./scripted-server.ts";

const tokens = {
  access_token: "access-canary-1",
  refresh_token: "refresh-canary-1",
  token_type: "Bearer",
  expires_in: 60,
};
const client = { clientId: "app" };
const scopes = ["read", "write"];
const resources = ["https://one.example.com/?a=1&b=2", "https://two.example.com"];
const audiences = ["api one", "api-two"];
const noPause = (): Promise<void> => Promise.resolve();

function apisOf(parameters: URLSearchParams | undefined): unknown {
  return { resources: parameters?.getAll("resource"), audiences: parameters?.getAll("audience") };
}

function kept(set: TokenSet): TokenSet {
  return credentialFromJson(JSON.parse(JSON.stringify(credentialToJson(set)))) as TokenSet;
}

/** Signs in through a browser that comes straight back. */
async function signIn(server: ScriptedServer, extraParameters: Readonly<Record<string, string>>): Promise<TokenSet> {
  return await authorizationCode(server.metadata, client, {
    ...{ scopes, resources, audiences, extraParameters },
    show: (url) => {
      void browse(url);
    },
  });
}

test("B.2-4 a sign-in asks for its APIs, with the code again and at each renewal, wherever the login was kept", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: tokens });
  server.on("/authorize", ({ query }) => {
    const url = callbackUrl(`${server.issuer}/?${query.toString()}`, { code: "code-canary", iss: server.issuer });
    void browse(url);
    return { html: "" };
  });
  const login = await signIn(server, { audience: "other", resource: "https://other.example.com", prompt: "login" });
  await refresh(kept(login), client);

  expect(server.requests.map(({ path }) => path)).toEqual(["/authorize", "/token", "/token"]);
  const [asked, exchanged, renewed] = server.requests;
  expect(asked?.query.getAll("scope")).toEqual(["read write"]);
  expect(asked?.query.get("prompt")).toBe("login");
  for (const parameters of [asked?.query, exchanged?.form, renewed?.form]) {
    expect(apisOf(parameters)).toEqual({ resources, audiences });
  }
  for (const parameters of [exchanged?.form, renewed?.form]) expect(parameters?.has("scope")).toBe(false);
});

test("B.2-4 a device login asks for its APIs at the start and with each question, and so does one that was kept", async () => {
  const server = await scriptedServer();
  const device = { device_code: "device-canary", user_code: "WDJB-MJHT", verification_uri: "https://id.example.com/" };
  server.on("/device", { json: device });
  server.on("/token", { json: tokens });
  const show = (): void => undefined;
  const login = await deviceCode(server.metadata, client, { scopes, resources, audiences, show, sleep: noPause });
  expect(login).toMatchObject({ resources, audiences });

  const waiting = { ...client, profile: "default", deviceCode: "device-canary", intervalMs: 5000, expiresAtMs: 1 };
  const pending = pendingLogin({ server: server.metadata, ...waiting, scopes, resources, audiences });
  const read = credentialFromJson(JSON.parse(JSON.stringify(credentialToJson(pending))));
  if (read.kind !== "pending-login") throw new TypeError("it was one");
  await pollDeviceLogin(server.metadata, client, read);
  expect(server.requests.map(({ path }) => path)).toEqual(["/device", "/token", "/token"]);
  for (const { form } of server.requests) expect(apisOf(form)).toEqual({ resources, audiences });
});

test("what was not asked for is not sent", async () => {
  const server = await scriptedServer();
  server.on("/token", { json: tokens });
  const login = await authorizationCode(server.metadata, client, {
    scopes: [],
    resources: [],
    show: (url) => {
      expect([...new URL(url).searchParams.keys()]).not.toContain("scope");
      expect(apisOf(new URL(url).searchParams)).toEqual({ resources: [], audiences: [] });
      void browse(callbackUrl(url, { code: "code-canary", iss: server.issuer }));
    },
  });
  await refresh(login, client);
  for (const { form } of server.requests) expect(apisOf(form)).toEqual({ resources: [], audiences: [] });
});

const api = "https://api.example.com";

async function provider(): Promise<AuthServer> {
  const server = await startAuthServer({ resources: [api, "https://other.example.com"] });
  onTestFinished(() => server.close());
  return server;
}

test("a real provider's tokens are for the API that was asked for, from sign-in to renewal", async () => {
  const server = await provider();
  const native = { clientId: server.nativeClientId };
  const person = headlessPerson(server.person);
  const target = { scopes: ["openid", "offline_access", "api:read"], resources: [api] };
  const inBrowser = await authorizationCode(server.metadata, native, {
    ...target,
    show: async (url) => {
      await person.signIn(url);
    },
  });
  const onDevice = await deviceCode(server.metadata, native, {
    ...target,
    show: async (shown) => {
      await person.approveDevice(shown);
    },
    sleep: noPause,
  });
  for (const login of [inBrowser, onDevice]) {
    const renewed = await refresh(kept(login), native);
    for (const { accessToken } of [login, renewed]) {
      expect(await server.introspect(accessToken)).toMatchObject({
        active: true,
        subject: server.person.subject,
        audiences: [api],
        scopes: ["api:read"],
      });
    }
  }
});

test("a real provider that does not know the API, or gives tokens for one at a time, says so", async () => {
  const server = await provider();
  const native = { clientId: server.nativeClientId };
  const person = headlessPerson(server.person);
  for (const wanted of [["https://unknown.example.com"], [api, "https://other.example.com"]]) {
    const attempt = authorizationCode(server.metadata, native, {
      scopes: ["api:read"],
      resources: wanted,
      show: async (url) => {
        await person.signIn(url);
      },
    });
    expect(await rejection(attempt)).toMatchObject({ code: "server_error", error: "invalid_target" });
  }
});

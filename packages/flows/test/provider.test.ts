import { headlessPerson, startAuthServer, type AuthServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import {
  authorizationCode,
  authorizationServer,
  clientCredentials,
  deviceCode,
  refresh,
  revoke,
} from "../src/index.ts";
import { rejection } from "./rejection.ts";

// What the scripted server cannot show: that a server nobody wrote for these tests understands all this.

async function start(): Promise<AuthServer> {
  const server = await startAuthServer();
  onTestFinished(() => server.close());
  return server;
}

test("a real provider's login goes through discovery, sign-in, renewal and revocation", async () => {
  const provider = await start();
  const client = { clientId: provider.nativeClientId };
  const person = headlessPerson(provider.person);
  const server = await authorizationServer(provider.issuer);
  expect(server).toEqual(provider.metadata);

  const { promise: visit, resolve: visited } = Promise.withResolvers<Awaited<ReturnType<typeof person.signIn>>>();
  const login = await authorizationCode(server, client, {
    scopes: ["openid", "email", "profile", "offline_access", "api:read"],
    show: async (url) => visited(await person.signIn(url)),
  });
  expect((await visit).body).toContain("You are signed in");
  expect(login.account).toMatchObject({ subject: provider.person.subject });
  expect(await provider.introspect(login.accessToken)).toMatchObject({ active: true });

  const before = provider.requests.length;
  const renewed = await refresh(login, client);
  expect(provider.requests.length - before).toBe(1);
  expect(renewed.accessToken).not.toBe(login.accessToken);
  expect(renewed.account).toEqual(login.account);
  expect(await provider.introspect(renewed.accessToken)).toMatchObject({ active: true });

  await revoke(server, client, renewed.refreshToken ?? "", { tokenTypeHint: "refresh_token" });
  expect(await rejection(refresh(renewed, client))).toMatchObject({ code: "invalid_grant" });
});

test("a real provider's person can refuse, in the browser and for a device", async () => {
  const provider = await start();
  const client = { clientId: provider.nativeClientId };
  const person = headlessPerson(provider.person);
  const inBrowser = authorizationCode(provider.metadata, client, {
    scopes: ["openid"],
    show: async (url) => {
      await person.refuse(url);
    },
  });
  expect(await rejection(inBrowser)).toMatchObject({ code: "access_denied" });

  const onDevice = deviceCode(provider.metadata, client, {
    scopes: ["openid"],
    show: async (shown) => {
      await person.denyDevice(shown);
    },
    sleep: () => Promise.resolve(),
  });
  expect(await rejection(onDevice)).toMatchObject({ code: "access_denied" });
});

test("a real provider's person signs in on another device", async () => {
  const provider = await start();
  const person = headlessPerson(provider.person);
  const login = await deviceCode(
    provider.metadata,
    { clientId: provider.nativeClientId },
    {
      scopes: ["openid", "api:read"],
      show: async (shown) => {
        await person.approveDevice(shown);
      },
      sleep: () => Promise.resolve(),
    },
  );
  expect(login.account?.subject).toBe(provider.person.subject);
  expect(await provider.introspect(login.accessToken)).toMatchObject({ active: true });
});

test("a real provider takes a machine's secret, odd characters and all", async () => {
  const provider = await start();
  const set = await clientCredentials(provider.metadata, provider.confidentialClient, { scopes: ["api:read"] });
  expect(await provider.introspect(set.accessToken)).toMatchObject({ active: true, scopes: ["api:read"] });
});

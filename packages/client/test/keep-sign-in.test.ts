import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { headlessPerson, type AuthServer } from "@org/auth-testing";
import { expect, test } from "vitest";
import { defineProduct, openSession, readSettings, type ProductSite, type Session } from "../src/index.ts";
import { changeChoices } from "../src/source.ts";
import { authServer, recordingServer, rejection, tempFolder } from "./surroundings.ts";

function sessionAt(server: AuthServer, site: Omit<ProductSite, "clientId" | "issuer">, home = tempFolder()): Session {
  const { issuer, nativeClientId: clientId, person } = server;
  return openSession({
    product: defineProduct({ name: "acme", envPrefix: "ACME_", sites: { only: { issuer, clientId, ...site } } }),
    env: { HOME: home, ACME_STORE: "file" },
    folder: false,
    signIn: { flow: "browser", open: () => true, show: (url) => void headlessPerson(person).signIn(url) },
  });
}

test("a sign-in's token goes to no address for API keys where tokens may not go, and is ended", async () => {
  const server = await authServer();
  const stray = await recordingServer();
  const session = sessionAt(server, {
    apiUrl: "https://api.example.com",
    loginKeeps: "api-key",
    apiKeysUrls: [`${stray.origin}/api-keys`],
  });
  expect(await rejection(session.getAccessToken())).toMatchObject({ code: "host_not_allowed" });
  expect(stray.requests).toEqual([]);
  expect(server.requests.map(({ path }) => path).filter((path) => path.includes("revocation"))).toHaveLength(1);
});

test("a sign-in that names no account does not take the place of one that does", async () => {
  const server = await authServer();
  const home = tempFolder();
  const first = sessionAt(server, {}, home);
  await first.getAccessToken();
  const named = await first.getAccount();

  const nameless = sessionAt(server, { scopes: ["offline_access", "api:read"] }, home);
  const token = await nameless.getToken();
  server.failNext("/token", { status: 400, body: { error: "invalid_grant" } });
  expect(await rejection(nameless.getToken({ rejected: token }))).toMatchObject({ code: "wrong_account" });
  expect(await first.getAccount()).toEqual(named);
});

test("a profile that the person chose for a folder wins over one that an untrusted .env file there names", async () => {
  const product = { name: "acme", envPrefix: "ACME_" };
  const [home, folder] = [tempFolder(), tempFolder()];
  const env = { HOME: home };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".env"), "ACME_PROFILE=theirs\n");
  expect((await readSettings(product, {}, { env, folder })).profile).toBe("theirs");

  await changeChoices(product, env, (choices) => ({ ...choices, defaultProfile: "mine" }));
  expect((await readSettings(product, {}, { env, folder })).profile).toBe("mine");
  expect((await readSettings(product, {}, { env: { ...env, ACME_PROFILE: "now" }, folder })).profile).toBe("now");
});

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultProduct, forgetServer, knownServer, type KnownServerOptions } from "../src/source.ts";
import { authServer, tempFolder } from "./surroundings.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** A server, and what asks for its metadata as a sign-in does. */
async function knowing(env: (home: string) => KnownServerOptions["env"] = (home) => ({ HOME: home })) {
  const server = await authServer();
  const home = tempFolder();
  const site = { issuer: server.issuer, clientId: "app" };
  const known = (nowMs: number, more: Partial<KnownServerOptions> = {}) =>
    knownServer(site, { product: defaultProduct, env: env(home), http: { now: () => nowMs }, ...more });
  const asked = (): number => server.requests.length;
  const folder = join(home, ".cache/org-auth/servers");
  const file = (): string => join(folder, readdirSync(folder)[0] ?? "none");
  return { server, home, site, known, asked, folder, file, env: env(home) };
}

test("what a server says of itself is known for a day, and then asked for again", async () => {
  const { asked, file, known, server } = await knowing();
  const first = await known(1000);
  expect(first).toMatchObject({ issuer: server.issuer, tokenEndpoint: server.metadata.tokenEndpoint });
  expect(asked()).toBe(1);
  expect(await known(1000)).toEqual(first);
  expect(await known(dayMs + 999)).toEqual(first);
  expect(asked()).toBe(1);
  await known(dayMs + 1000);
  expect(asked()).toBe(2);
  await known(500); // A clock that was set back: nobody knows how old it is.
  expect(asked()).toBe(3);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test("a file that is no metadata, of another server, or that others can change is not believed", async () => {
  const { asked, file, known, server } = await knowing();
  await known(1000);
  const good = readFileSync(file(), "utf8");
  const other = good.replaceAll(server.issuer, "http://127.0.0.1:9");
  const bad = ["", "{}", "[]", "null", '{"learntAtMs":1000,"server":{"issuer":1}}', good.slice(0, -9), other];
  for (const [index, text] of bad.entries()) {
    writeFileSync(file(), text);
    expect((await known(1000)).tokenEndpoint, text).toBe(server.metadata.tokenEndpoint);
    expect(asked(), text).toBe(index + 2);
    expect(readFileSync(file(), "utf8")).toBe(good);
  }
  chmodSync(file(), 0o622);
  await known(1000);
  expect(asked()).toBe(bad.length + 2);
});

test("a server that is forgotten, or is asked with nothing to be kept, is asked", async () => {
  const { asked, env, folder, home, known, site } = await knowing();
  await known(1000, { isForgetful: true });
  await known(1000, { isForgetful: true });
  expect(asked()).toBe(2);
  expect(existsSync(join(home, ".cache"))).toBe(false);
  await forgetServer(site.issuer, { product: defaultProduct, env }); // There is nothing to forget.

  await known(1000);
  await forgetServer(site.issuer, { product: defaultProduct, env });
  expect(readdirSync(folder)).toEqual([]);
  await known(1000);
  expect(asked()).toBe(4);
});

test("where nothing can be kept it costs a request and no more, and no home is made", async () => {
  for (const env of [
    () => ({}),
    (home: string) => ({ HOME: join(home, "none") }),
    () => ({ HOME: "relative", XDG_CACHE_HOME: "relative" }),
    (home: string) => ({ HOME: home, XDG_CACHE_HOME: join(home, "file") }),
  ]) {
    const { asked, home, known } = await knowing(env);
    writeFileSync(join(home, "file"), "");
    await known(1000);
    await known(1000);
    expect(asked()).toBe(2);
    expect(readdirSync(home)).toEqual(["file"]);
  }
  expect(existsSync("relative")).toBe(false);
});

test("it is kept where the person keeps such things, and a site's own device endpoint counts", async () => {
  const { asked, home, known, site, env } = await knowing((home) => ({ XDG_CACHE_HOME: join(home, "cache") }));
  mkdirSync(join(home, "cache"));
  await known(1000);
  expect(readdirSync(join(home, "cache/org-auth/servers"))).toHaveLength(1);
  const deviceAuthorization = "https://id.example.com/device";
  const options = { product: defaultProduct, env, http: { now: () => 1000 } };
  expect(await knownServer({ ...site, endpoints: { deviceAuthorization } }, options)).toMatchObject({
    deviceAuthorizationEndpoint: deviceAuthorization,
  });
  expect(asked()).toBe(1);
});

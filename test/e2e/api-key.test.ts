import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startApiKeys } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { run, setUp, start, type Ended } from "./org-auth.ts";

interface Listed {
  readonly api_keys: readonly { readonly id: string; readonly name?: string; readonly expires_at?: string }[];
}

/** A person who has signed in at a site whose API makes keys. */
async function signedIn(more = "") {
  const { env, home, person, server } = await setUp();
  const keys = await startApiKeys({ introspect: server.introspect });
  onTestFinished(() => keys.close());
  mkdirSync(join(home, ".config/org-auth"), { recursive: true });
  const fields = [
    `issuer = "${server.issuer}"`,
    `client_id = "${server.nativeClientId}"`,
    `api_url = "${keys.origin}"`,
    more === "" ? `api_keys_urls = ["${keys.origin}/none", "${keys.apiKeysUrl}"]` : more,
  ];
  writeFileSync(join(home, ".config/org-auth/config.toml"), `[sites.acme]\n${fields.join("\n")}\n`);
  const bare = { HOME: home, PATH: env.PATH, ORG_AUTH_STORE: "file" };
  const login = start(["login", "--no-browser"], { env: bare });
  await person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
  expect(await login.ended).toMatchObject({ status: 0 });

  const apiKey = (...args: string[]): Promise<Ended> => run(["api-key", ...args], { env: bare });
  const listed = async (): Promise<Listed["api_keys"]> => {
    const { status, stdout, stderr } = await apiKey("list", "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return (JSON.parse(stdout) as Listed).api_keys;
  };
  return { apiKey, bare, keys, listed };
}

test("B.1-14 a key is made and shown once, is listed without itself, works as a login, and is revoked", async () => {
  const { apiKey, bare, keys, listed } = await signedIn();
  expect(await apiKey("list")).toMatchObject({ status: 0, stdout: "", stderr: "There are no API keys.\n" });

  const made = await apiKey("create", "ci-bot", "--expires", "1y", "--key-scope", "api:read");
  expect(made).toMatchObject({ status: 0 });
  expect(made.stdout).toMatch(/^fake-api-key-\S+\n$/);
  const [row, ...others] = await listed();
  expect(others).toEqual([]);
  expect(row).toMatchObject({ name: "ci-bot", scopes: ["api:read"] });
  const { id = "", expires_at: end = "" } = row ?? {};
  expect(made.stderr).toBe(
    `Created the API key "ci-bot" (${id}), which ends ${end}. This is the only time it is shown.\n`,
  );
  const days = (Date.parse(end) - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(365);
  const list = await apiKey("list");
  expect(list).toMatchObject({ status: 0, stdout: `${id}  ci-bot  ${end}\n`, stderr: "" });

  expect(await run(["login", "--with-token", "--profile", "bot"], { env: bare, input: made.stdout })).toMatchObject({
    status: 0,
  });
  const asBot = await apiKey("list", "--profile", "bot");
  expect(asBot).toMatchObject({ status: 0, stdout: list.stdout });

  expect(await apiKey("revoke", id)).toMatchObject({ status: 0, stdout: "", stderr: `Revoked the API key ${id}.\n` });
  expect(await keys.introspect(made.stdout.trim())).toEqual({ active: false });
  expect(await apiKey("revoke", id)).toMatchObject({ status: 1, stderr: `There is no API key ${id}.\n` });
  expect((await apiKey("list", "--profile", "bot")).status).toBe(5);
});

test("B.1-14 with --json each answer is one document, and only the one of create has a key in it", async () => {
  const { apiKey, listed } = await signedIn();
  const made = await apiKey("create", "bot", "--json");
  expect(made).toMatchObject({ status: 0, stderr: "" });
  const { api_key: key, id } = JSON.parse(made.stdout) as { api_key: string; id: string };
  expect(key).toMatch(/^fake-api-key-/);
  const rows = await listed();
  expect(rows).toMatchObject([{ id, name: "bot" }]);
  expect(JSON.stringify(rows)).not.toContain(key);
  for (const revoked of [true, false]) {
    const ended = await apiKey("revoke", id, "--json");
    expect(ended).toMatchObject({ status: revoked ? 0 : 1, stderr: "" });
    expect(JSON.parse(ended.stdout)).toEqual({ schemaVersion: 1, id, revoked });
  }
});

test("4.1-19 what others have named their keys reaches no terminal as it is", async () => {
  const { apiKey, keys } = await signedIn();
  const name = "\u001b[2Jx\u202e\r\nsecond line";
  expect((await apiKey("create", name)).stderr).toContain('"\\x1b[2Jx\\u202e\\x0d\\x0asecond line"');
  keys.failNext("/none", { status: 200, body: { items: [{ id: "id-1", name }, { id: "id-2" }] } });
  expect(await apiKey("list")).toMatchObject({
    status: 0,
    stdout: "id-1  \\x1b[2Jx\\u202e\\x0d\\x0asecond line\nid-2\n",
  });
});

test("B.1-14 only 201 is a key, and only where the login's token may go is one asked for", async () => {
  const { apiKey, keys } = await signedIn();
  keys.failNext("/none", { status: 200, body: { api_key: "CANARY" } });
  const ended = await apiKey("create", "bot");
  expect(ended).toMatchObject({ status: 3, stdout: "" });
  expect(ended.stderr).toContain("[bad_response]");
  expect(ended.stderr).not.toContain("CANARY");

  const requests = keys.requests.length;
  const stray = await signedIn(`api_keys_urls = ["${keys.apiKeysUrl}"]`);
  const refused = await stray.apiKey("create", "bot");
  expect(refused).toMatchObject({ status: 5, stdout: "" });
  expect(refused.stderr).toContain("[host_not_allowed]");
  expect(keys.requests.length).toBe(requests);

  const nowhere = await signedIn("allowed_origins = []");
  const unset = await nowhere.apiKey("list");
  expect(unset).toMatchObject({ status: 2, stdout: "" });
  expect(unset.stderr).toContain("[config_missing]");
  for (const args of [[], ["create"], ["revoke"], ["list", "x"], ["create", "a", "b"], ["frob"]]) {
    expect((await nowhere.apiKey(...args)).status, args.join(" ")).toBe(2);
  }
});

test("B.1-14 a key that would end at once is not made", async () => {
  const { apiKey, keys } = await signedIn();
  for (const time of ["0", "0d"]) {
    const ended = await apiKey("create", "bot", "--expires", time);
    expect(ended).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toContain("--expires 0 would make a key that ends at once");
  }
  expect(keys.requests).toEqual([]);
});

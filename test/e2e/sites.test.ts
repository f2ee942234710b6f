import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProtectedApi } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { binary, run, setUp, startProgram, tempHome, type Ended } from "./org-auth.ts";

const issuer = "https://id.example.com";
const added = ["sites", "add", "acme", "--issuer", issuer, "--client-id", "cli"];

/** A home folder, with that configuration if any, and `org-auth sites …` in it. */
function home(text?: string) {
  const folder = tempHome();
  const place = join(folder, ".config/org-auth");
  const path = join(place, "config.toml");
  if (text !== undefined) {
    mkdirSync(place, { recursive: true });
    writeFileSync(path, text);
  }
  const env = { HOME: folder, PATH: process.env["PATH"] };
  const sites = (...args: string[]): Promise<Ended> => run(["sites", ...args], { env });
  return { folder, place, path, env, sites, read: () => readFileSync(path, "utf8") };
}

const two = `# Mine.
default_site = "prod"

[sites.prod] # the real one
issuer = "${issuer}"
client_id = "cli"
api_url = "https://api.example.com/v1"

[sites.test]
base = "prod"
client_id = "test-cli" # theirs
`;

test("B.1-36 without a terminal the change is shown, and nothing is written before --yes", async () => {
  const { env, path, place, read } = home();
  const asked = await run(added, { env });
  expect(asked.status).toBe(2);
  expect(asked.stderr).toContain("--yes writes it without asking, --dry-run only shows it");
  const dry = await run([...added, "--dry-run"], { env });
  expect(dry).toMatchObject({ status: 0, stdout: asked.stdout });
  expect(existsSync(place)).toBe(false);

  const sure = await run([...added, "--yes"], { env });
  expect(sure).toMatchObject({ status: 0, stdout: asked.stdout });
  const lines = ['default_site = "acme"', "", "[sites.acme]", `issuer = "${issuer}"`, 'client_id = "cli"', ""];
  expect(read()).toBe(lines.join("\n"));
  expect(sure.stdout).toBe(
    `--- ${path}\n+++ ${path}\n@@ -0,0 +1,5 @@\n${lines
      .slice(0, 5)
      .map((line) => `+${line}\n`)
      .join("")}`,
  );
  expect((await run([...added, "--yes", "--dry-run"], { env })).status).toBe(2);
});

// `script` makes a terminal. It comes with every Linux, with other options elsewhere.
test.skipIf(process.platform !== "linux")("B.1-36 at a terminal a person sees the change and is asked", async () => {
  const { env, path, place, read } = home();
  const command = `${process.execPath} ${binary} ${added.join(" ")}`;
  const answer = async (input: string): Promise<Ended> => {
    const asked = startProgram(["script", "--quiet", "--return", "--command", command, "/dev/null"], { env, input });
    return await asked.ended;
  };
  for (const no of ["\n", "n\n", "yes!\n"]) {
    const { status, stdout } = await answer(no);
    expect(status).toBe(5);
    expect(stdout).toMatch(/^\+issuer = "https:\/\/id\.example\.com"\r$/m);
    expect(stdout).toContain(`Write this to ${path} (y/N)? `);
    expect(stdout).toContain("Nothing was written.");
  }
  expect(existsSync(place)).toBe(false);
  expect((await answer("y\n")).status).toBe(0);
  expect(read()).toContain("[sites.acme]");
});

test("B.1-36 comments and order stay, and what the file was is kept beside it", async () => {
  const { sites, read, place } = home(two);
  const modified = await sites("modify", "prod", "--scope", "openid api:read", "--set", "dpop=true", "--yes");
  expect(modified.status).toBe(0);
  expect(modified.stderr).toContain(join(place, "config.backup.toml"));
  expect(read()).toBe(two.replace('v1"\n', 'v1"\nscopes = ["openid", "api:read"]\ndpop = true\n'));
  expect(readFileSync(join(place, "config.backup.toml"), "utf8")).toBe(two);

  expect((await sites("modify", "prod", "--unset", "scopes", "--unset", "dpop", "--yes")).status).toBe(0);
  expect(read()).toBe(two);
  expect(await sites("modify", "prod", "--client-id", "cli", "--yes")).toMatchObject({ status: 0, stdout: "" });
});

test("B.1-36 a name that is there, and the only site, are told with status 1; what is missing or wrong with 2", async () => {
  const { sites, read } = home(two);
  for (const [args, status, what] of [
    [["add", "prod", "--issuer", issuer], 1, "[config_unchanged]"],
    [["remove", "prod"], 2, "sites.test.base: there is no site of that name"],
    [["remove", "none"], 2, "use one of: prod, test"],
    [["remove"], 2, "sites remove takes the name of a site"],
    [["add", "new", "--client-id", "x"], 2, "sites.new.issuer: it has no value"],
    [["add", "--client-id", "x"], 2, "sites add takes the name of a site"],
    [["add", "new", "--issuer", issuer], 2, "sites.new.client_id: it has no value"],
    [["add", "new", "--base", "none"], 2, "sites.new.base: there is no site of that name"],
    [["add", "new", "--base", "prod", "--unset", "scopes"], 2, "sites add takes no --unset"],
    [["modify", "prod"], 2, "at least one option"],
    [["modify", "prod", "--set", "dpop=CANARY"], 2, "--set dpop: "],
    [["modify", "prod", "--set", "dpop='CANARY'"], 2, "sites.prod.dpop: "],
    [["modify", "prod", "--set", "client_secret='CANARY'"], 2, "sites.prod.client_secret: there is no such field"],
    [["modify", "prod", "--set", "proxy='http://ana:CANARY@proxy'"], 2, "sites.prod.proxy has a user name or password"],
    [["modify", "prod", "--api-url", "https://ana:CANARY@api.example.com"], 5, "[insecure_endpoint]"],
    [["list", "--yes"], 2, "sites list takes no --yes"],
    [["list", "prod"], 2, "sites takes one of"],
    [["remove", "prod", "test"], 2, "sites takes one of"],
    [["show", "none"], 2, "use one of: prod, test"],
    [["allow-host", "https://a.example.com/\n"], 2, "[config_invalid]"],
    [["allow-host", "http://a.example.com"], 5, "[insecure_endpoint]"],
  ] as const) {
    const isWriting = !["list", "show"].includes(args[0]);
    const ended = await sites(...args, ...(isWriting ? ["--yes"] : []));
    expect(ended, args.join(" ")).toMatchObject({ status, stdout: "", stderr: expect.stringContaining(what) });
    expect(ended.stderr).not.toContain("CANARY");
  }
  expect(read()).toBe(two);

  expect((await sites("remove", "test", "--yes")).status).toBe(0);
  expect(await sites("remove", "prod", "--yes")).toMatchObject({ status: 1, stdout: "" });
});

test("B.1-36 when the default site is removed another one takes its place", async () => {
  const { sites, read } = home(two.replace('base = "prod"', `issuer = "${issuer}"`));
  expect((await sites("remove", "prod", "--yes")).status).toBe(0);
  expect(read()).toBe(
    `# Mine.\ndefault_site = "test"\n\n[sites.test]\nissuer = "${issuer}"\nclient_id = "test-cli" # theirs\n`,
  );
});

test("B.1-36 without a name a site is called by its issuer's host", async () => {
  const { sites, read } = home();
  expect((await sites("add", "--issuer", `${issuer}:8443/x`, "--client-id", "cli", "--yes")).status).toBe(0);
  expect(read()).toContain('[sites."id.example.com:8443"]');
});

test("B.1-36 nothing that the environment says is written, and no secret is", async () => {
  const { env, folder, place } = home();
  const named = ["ISSUER", "SCOPE", "API_URL", "API_KEY", "CLIENT_SECRET", "REFRESH_TOKEN", "STORE_PASSPHRASE"];
  const variables = Object.fromEntries(named.map((name) => [`ORG_AUTH_${name}`, `https://canary.example/${name}`]));
  writeFileSync(join(folder, ".env"), "ORG_AUTH_API_KEY=canary\nORG_AUTH_API_DOMAIN=canary.example\n");
  const canary = { ...env, ...variables, ORG_AUTH_CLIENT_ID: "canary", HTTPS_PROXY: "http://canary" };
  const half = await run(["sites", "add", "acme", "--issuer", issuer, "--yes"], { env: canary });
  expect(half).toMatchObject({ status: 2, stderr: expect.stringContaining("sites.acme.client_id: it has no value") });
  expect((await run([...added, "--yes"], { env: canary })).status).toBe(0);
  expect((await run(["sites", "modify", "acme", "--set", "dpop=true", "--yes"], { env: canary })).status).toBe(0);
  for (const name of readdirSync(place)) expect(readFileSync(join(place, name), "utf8")).not.toMatch(/canary/i);
});

test("B.1-36 a proxy's password that somebody has written into the file is not shown", async () => {
  const { sites } = home(`${two}proxy = "http://ana:CANARY@proxy.example.com"\n`);
  for (const args of [
    ["show", "test"],
    ["show", "test", "--json"],
    ["list"],
    ["allow-host", "a.example.com", "--site", "test", "--dry-run"],
  ]) {
    const { status, stdout, stderr } = await sites(...args);
    expect(status).toBe(0);
    expect(stdout + stderr).not.toContain("CANARY");
  }
});

test("sites are listed and shown, with the default one marked and all that one inherits", async () => {
  const { sites, path } = home(two);
  expect((await sites("list")).stdout).toBe(
    `● prod  ${issuer}  https://api.example.com/v1  file\n○ test  ${issuer}  https://api.example.com/v1  file\n`,
  );
  const list = [{ name: "prod", issuer, api_url: "https://api.example.com/v1", default: true, from: "file" }];
  expect(JSON.parse((await sites("list", "--json")).stdout)).toMatchObject({
    schemaVersion: 1,
    config: path,
    default_site: "prod",
    sites: [...list, { name: "test", default: false }],
  });
  expect((await sites("show", "test")).stdout).toBe(
    `test, from ${path}\n  issuer     ${issuer}\n  client_id  test-cli\n  api_url    https://api.example.com/v1\n`,
  );
  expect(JSON.parse((await sites("show", "--json")).stdout)).toEqual({
    schemaVersion: 1,
    name: "prod",
    default: true,
    from: "file",
    config: path,
    site: { issuer, client_id: "cli", api_url: "https://api.example.com/v1" },
  });
  const none = home();
  expect(await none.sites("list")).toMatchObject({
    status: 0,
    stdout: "",
    stderr: expect.stringContaining("sites add"),
  });
  expect((await none.sites("show")).status).toBe(2);
});

test("with --json the answer is one document, whatever was done", async () => {
  const { sites, read, path, place } = home(two);
  const change = ["modify", "test", "--default", "--json"];
  const dry = JSON.parse((await sites(...change, "--dry-run")).stdout) as { readonly diff: string };
  expect(dry).toMatchObject({ schemaVersion: 1, config: path, written: false });
  expect(dry.diff).toContain('-default_site = "prod"\n+default_site = "test"\n');
  const asked = await sites(...change);
  expect(asked).toMatchObject({ status: 2, stderr: "" });
  expect(JSON.parse(asked.stdout)).toMatchObject({ error: { code: "usage", exit: 2 } });
  expect(read()).toBe(two);
  const sure = await sites(...change, "--yes");
  expect(JSON.parse(sure.stdout)).toEqual({ ...dry, written: true, backup: join(place, "config.backup.toml") });
  expect(read()).toBe(two.replace('site = "prod"', 'site = "test"'));
});

test("of processes that change the configuration at once none undoes what another did", async () => {
  const { sites, read } = home(two);
  const names = ["a", "b", "c", "d", "e", "f"];
  const ended = await Promise.all(names.map((name) => sites("add", name, "--base", "prod", "--yes")));
  expect(ended.map(({ status }) => status)).toEqual(names.map(() => 0));
  expect([...read().matchAll(/^\[sites\.(\w)\]$/gm)].map(([, name]) => name).sort()).toEqual(names);
  expect(read().startsWith(two)).toBe(true);
});

test("B.1-5 4.7-84 a configuration that cannot be used is told with status 2, by its place and not by its words", async () => {
  for (const [text, at] of [
    [`${two}[sites.test]\nissuer = "CANARY"\n`, "config.toml:12:2: this is not TOML"],
    [`${two}dpop = "CANARY"\n`, "config.toml: sites.test.dpop: "],
    [`${two}[__proto__]\nCANARY = 1\n`, "config.toml: __proto__: there is no such field"],
  ] as const) {
    const { sites, read } = home(text);
    for (const args of [["list"], ["add", "new", "--base", "prod", "--yes"]]) {
      const ended = await sites(...args);
      expect(ended).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining(at) });
      expect(ended.stderr).not.toContain("CANARY");
    }
    expect(read()).toBe(text);
  }
});

test("curl names the command that allows another host, and after it the token goes there", async () => {
  const { server, api, env, orgAuth, signIn } = await setUp();
  const other = await startProtectedApi({ introspect: server.introspect });
  onTestFinished(() => other.close());
  const configured = { ...env, ORG_AUTH_ISSUER: undefined, ORG_AUTH_CLIENT_ID: undefined, ORG_AUTH_API_URL: undefined };
  const inHome = (...args: string[]): Promise<Ended> => run(args, { env: configured });
  const site = ["--issuer", server.issuer, "--client-id", server.nativeClientId, "--api-url", api.baseUrl];
  expect((await inHome("sites", "add", "acme", ...site, "--yes")).status).toBe(0);
  await signIn();

  const refused = await inHome("curl", `${other.baseUrl}/me`);
  expect(refused).toMatchObject({ status: 5, stdout: "" });
  const command = `sites allow-host ${other.origin} --site acme`;
  expect(refused.stderr).toContain(`run \`org-auth ${command}\``);
  expect(other.requests).toEqual([]);
  expect((await inHome(...command.split(" "), "--yes")).status).toBe(0);
  expect((await inHome("curl", `${other.baseUrl}/me`)).status).toBe(0);
  expect((await inHome("sites", "allow-host", other.origin, "--yes")).stderr).toContain("says so already");
  // Named by variables it is the same site.
  expect((await orgAuth("curl", "https://elsewhere.example/")).stderr).toContain(
    "allow-host elsewhere.example --site acme",
  );
  expect((await orgAuth("sites", "allow-host", other.origin)).stderr).toContain("says so already");
});

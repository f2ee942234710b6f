import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startRecordingServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { certificateAuthority } from "../faults/certificate-authority.ts";
import { tlsServer } from "../faults/tls-server.ts";
import { dotenvFolder } from "./dotenv-folder.ts";
import { run, setUp, start, startProgram, tempHome } from "./org-auth.ts";

/** A program that leaves a mark when it is run. */
function trap(folder: string, name: string): { readonly path: string; readonly mark: string } {
  const path = join(folder, name);
  const mark = join(folder, `${name}-ran`);
  writeFileSync(
    path,
    name.endsWith(".cjs") ? `require("fs").writeFileSync("${mark}", "")` : `#!/bin/sh\n: > '${mark}'\n`,
  );
  chmodSync(path, 0o755);
  return { path, mark };
}

test("4.6-76 what a .env file says of programs, libraries and certificates is in no process, the browser's included", async () => {
  const world = await setUp();
  const evil = await startRecordingServer();
  onTestFinished(() => evil.close());
  const traps = tempHome();
  const [browser, node, preload] = [trap(traps, "xdg-open"), trap(traps, "preload.cjs"), trap(traps, "preload.so")];
  const { folder } = dotenvFolder({
    BROWSER: browser.path,
    ORG_AUTH_BROWSER: browser.path,
    NODE_OPTIONS: `--require=${node.path}`,
    NODE_EXTRA_CA_CERTS: node.path,
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
    LD_PRELOAD: preload.path,
    PATH: traps,
    HOME: traps,
    XDG_DATA_HOME: traps,
    HTTP_PROXY: evil.origin,
    HTTPS_PROXY: evil.origin,
  });

  // The person's own browser, which tells what it was given.
  const own = join(tempHome(), "own-browser");
  const told = `${own}-told`;
  writeFileSync(own, `#!/bin/sh\nenv > '${told}.new'\necho "opened=$1" >> '${told}.new'\nmv '${told}.new' '${told}'\n`);
  chmodSync(own, 0o755);
  const env = { ...world.env, ORG_AUTH_BROWSER: own };
  const login = start(["login", "--browser"], { env, folder });
  await world.person.signIn(await login.said(/(http:\/\/127\S+\/auth\?\S+)/));
  expect(await login.ended).toMatchObject({ status: 0 });

  const child = readFileSync(told, "utf8");
  for (const [name, value] of Object.entries(env)) expect(child).toContain(`${name}=${value ?? ""}\n`);
  expect(child).not.toContain(traps);
  expect(child).not.toMatch(/NODE_|LD_PRELOAD|_PROXY/);
  expect((await run(["curl", "/me"], { env, folder })).status).toBe(0);
  for (const { mark } of [browser, node, preload]) expect(() => readFileSync(mark)).toThrow("ENOENT");
  expect(evil.requests).toEqual([]);
});

test("4.6-76 the environment of a program that uses the library stays what it was, trusted file or not", async () => {
  const env = { HOME: tempHome(), PATH: process.env["PATH"] };
  const { folder, path } = dotenvFolder({
    ORG_AUTH_PROFILE: "work",
    ORG_AUTH_API_KEY: "test-only",
    ORG_AUTH_API_URL: "https://api.example.com",
    BROWSER: "/x",
  });
  const program = [
    'import { resolve } from "@org/auth-client/source";',
    "const before = JSON.stringify(process.env);",
    "const { found, settings } = await resolve();",
    "console.log(found.provenance.place, settings.profile, before === JSON.stringify(process.env));",
  ];
  const file = join(import.meta.dirname, "../../packages/client/src/source.ts");
  const source = program.join("\n").replace("@org/auth-client/source", file);
  for (const command of [["status"], ["trust"]]) {
    await run(command, { env, folder });
    const node = [process.execPath, "--conditions=@org/source", "--input-type=module", "--eval", source];
    expect((await startProgram(node, { env, folder }).ended).stdout).toBe("dotenv work true\n");
  }
  expect(readFileSync(path, "utf8")).toContain("work");
});

test.skipIf(!hasSystemPackage("openssl"))("4.6-75 a .env file cannot weaken TLS", async () => {
  const authority = await certificateAuthority();
  const server = await tlsServer(await authority.issue(["IP:127.0.0.1"]));
  const { folder } = dotenvFolder({
    ORG_AUTH_SSL_VERIFY: "false",
    ORG_AUTH_CA_FILE: authority.file,
    ORG_AUTH_PROXY: "http://127.0.0.1:1",
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
    NODE_EXTRA_CA_CERTS: authority.file,
  });
  const env = {
    HOME: tempHome(),
    PATH: process.env["PATH"],
    ORG_AUTH_API_KEY: "test-only",
    ORG_AUTH_API_URL: `https://127.0.0.1:${server.port}`,
  };
  for (const command of [["status"], ["trust"]]) {
    await run(command, { env, folder });
    const ended = await run(["curl", "/me"], { env, folder });
    expect(ended).toMatchObject({ status: 3, stdout: "" });
    expect(ended.stderr).toContain("[tls_untrusted]");
  }
  expect(server.asked).toEqual([]);
});

test("4.6-75 a .env file cannot choose where logins are kept, trusted or not", async () => {
  const world = await setUp();
  const elsewhere = tempHome();
  const { folder, path } = dotenvFolder({
    ORG_AUTH_STORE: "memory",
    ORG_AUTH_STORE_PASSPHRASE: "words",
    ORG_AUTH_CONFIG: join(elsewhere, "config.toml"),
    ORG_AUTH_SECRETS_DIR: elsewhere,
    XDG_DATA_HOME: elsewhere,
    XDG_CONFIG_HOME: elsewhere,
  });
  writeFileSync(join(elsewhere, "config.toml"), "[");
  writeFileSync(join(elsewhere, "org_auth_api_key"), "CANARY-evil-key");
  mkdirSync(join(elsewhere, "org-auth"));
  await world.signIn();
  const { stdout: token } = await run(["token"], world);

  for (const command of [["status"], ["trust"]]) {
    await run(command, { ...world, folder });
    const ended = await run(["token", "--min-ttl", "1s"], { ...world, folder });
    expect(ended).toMatchObject({ status: 0, stdout: token });
    for (const name of ["STORE", "STORE_PASSPHRASE", "CONFIG", "SECRETS_DIR"])
      expect(ended.stderr).toContain(`ORG_AUTH_${name} in ${path} is ignored: that is for the environment`);
  }
});

test("4.6-75 what a .env file may not say is left out with one warning each, which names it and shows no value", async () => {
  const world = await setUp();
  await world.signIn();
  const names = ["SSL_VERIFY", "CA_FILE", "PROXY", "STORE", "REDIS_URL", "CLIENT_SECRET", "EXTRA_HEADERS", "SITE"];
  const { folder, path } = dotenvFolder(
    Object.fromEntries(names.map((name) => [`ORG_AUTH_${name}`, `CANARY-${name.toLowerCase()}`])),
  );
  const ended = await run(["curl", "/me"], { ...world, folder });
  expect(ended.status).toBe(0);
  const warnings = ended.stderr.trim().split("\n");
  expect(warnings.map((line) => /ORG_AUTH_(\w+)/.exec(line)?.[1]).sort()).toEqual(names.toSorted());
  for (const line of warnings) expect(line).toMatch(/^warning: ORG_AUTH_\w+ in .+ is ignored: /);
  expect(ended.stderr).toContain(path);
  expect(ended.stdout + ended.stderr).not.toContain("CANARY");
});

test("2.3 a .env file that nobody trusts chooses the profile, the output and how much is said", async () => {
  const world = await setUp();
  await world.signIn("--profile", "work");
  const { folder } = dotenvFolder({ ORG_AUTH_PROFILE: "work", ORG_AUTH_OUTPUT: "json", ORG_AUTH_LOG_LEVEL: "error" });
  const ended = await run(["explain"], { ...world, folder });
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(ended.stdout)).toMatchObject({
    settings: { profile: "work", output: "json", logLevel: "error" },
    chosen: { place: "stored-login", name: "work" },
  });

  // A profile is the name of a login that there is, which brings its own issuer and origins along.
  const { folder: other } = dotenvFolder({ ORG_AUTH_PROFILE: "nobody" });
  expect(await run(["token", "--min-ttl", "1s"], { ...world, folder: other })).toMatchObject({ status: 4, stdout: "" });
});

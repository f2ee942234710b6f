/**
 * The main job, run for real on loopback: an authorization server, an API, and the `org-auth` binary between them.
 *
 * With `--serve` server and API stay up, for a person to sign in with their own browser.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { headlessPerson, startAuthServer, startProtectedApi } from "@org/auth-testing";
import { runCommand } from "./run-command.ts";

const isServing = process.argv.includes("--serve");
const server = await startAuthServer(
  isServing ? { accessTokenLifetimeMs: 60_000, password: "demo" } : { accessTokenLifetimeMs: 10_000 },
);
const api = await startProtectedApi({ introspect: server.introspect });
const place = {
  ORG_AUTH_ISSUER: server.issuer,
  ORG_AUTH_CLIENT_ID: server.nativeClientId,
  ORG_AUTH_API_URL: api.baseUrl,
  ORG_AUTH_STORE: "file", // A keyring is not to be had everywhere.
};

try {
  if (isServing) await serve();
  else await demonstrate();
} finally {
  await Promise.all([server.close(), api.close()]);
}

async function demonstrate(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "org-auth-demo-"));
  const person = headlessPerson(server.person);
  const env = { ...place, HOME: home, PATH: process.env["PATH"] };
  const orgAuth = (...args: string[]): Promise<string> => runCommand(args, env);

  try {
    console.log(
      `An authorization server is at ${server.issuer}, an API at ${api.baseUrl}; tokens live for 10 seconds.\n`,
    );
    await runCommand(["login", "--no-browser"], env, async (url) => {
      console.log("  (a person opens that address, signs in and allows it)");
      await person.signIn(url);
    });
    await orgAuth("status");
    await orgAuth("curl", "/me");
    const first = await orgAuth("token");

    console.log("(ten seconds pass: the token has expired)\n");
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const second = await orgAuth("token");
    if (second === first) throw new Error("the token was not renewed");
    console.log(`(another token: renewed by ${String(server.tokenRequests("refresh_token"))} request)\n`);

    await orgAuth("curl", "/me");
    await orgAuth("logout");
    if ((await server.introspect(second.trim())).active) throw new Error("the token outlived the sign-out");
    console.log("(and the server knows the token no more)");
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function serve(): Promise<void> {
  const { username, password } = server.person;
  const binary = join(import.meta.dirname, "../packages/cli/dist/bin.cjs");
  console.log("Server and API are up. Paste this in another terminal:\n");
  for (const [name, value] of Object.entries(place)) console.log(`  export ${name}=${value}`);
  console.log(`  alias org-auth='${process.execPath} ${binary}'`);
  for (const command of ["login", "status", "curl /me", "token", "logout"]) console.log(`  org-auth ${command}`);
  console.log(`\nSign in as ${username} with the password  ${password}\nTokens live for a minute. Ctrl-C ends it.`);
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  });
}

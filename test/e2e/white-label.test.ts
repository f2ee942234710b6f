import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { setUp, startProgram, type Ended, type Running } from "./org-auth.ts";

const program = join(import.meta.dirname, "../../examples/white-label.ts");

/** A product team's command as a process of its own, in a home where nothing is called as ours is. */
async function acme() {
  const { server, api, person } = await setUp();
  const home = mkdtempSync(join(tmpdir(), "acme-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const env = {
    HOME: home,
    PATH: process.env["PATH"],
    ACME_ISSUER: server.issuer,
    ACME_CLIENT_ID: server.nativeClientId,
    ACME_API_URL: api.baseUrl,
    ACME_STORE: "file",
  };
  const said: string[] = [];
  const start = (args: readonly string[], more: Readonly<Record<string, string | undefined>> = {}): Running =>
    startProgram([process.execPath, "--conditions=@org/source", program, ...args], {
      env: { ...env, ...more },
      folder: home,
    });
  const run = async (args: readonly string[], more?: Readonly<Record<string, string | undefined>>): Promise<Ended> => {
    const ended = await start(args, more).ended;
    said.push(ended.stdout, ended.stderr);
    return ended;
  };
  async function signIn(): Promise<Ended> {
    const login = start(["login", "--no-browser"]);
    await person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
    const ended = await login.ended;
    said.push(ended.stdout, ended.stderr);
    return ended;
  }
  /** All that was said to people, without the name that the server has for its client. */
  const all = (): string => said.join("").replaceAll(server.nativeClientId, "");
  return { server, api, home, run, signIn, all };
}

test("a product team's own command signs in and out with folders, variables and sites of its own, by no other name", async () => {
  const { server, api, home, run, signIn, all } = await acme();
  expect(await run(["status"])).toMatchObject({ status: 4, stdout: expect.stringContaining("acme login") });
  expect(await signIn()).toMatchObject({ status: 0 });
  expect((await run(["status"])).stdout).toContain(server.issuer);
  const token = await run(["token"]);
  expect(token).toMatchObject({ status: 0, stderr: "" });
  const called = await run(["curl", "me"]);
  expect(JSON.parse(called.stdout)).toMatchObject({ subject: server.person.subject });
  expect(api.requests.at(-1)?.headers.authorization).toBeDefined();
  expect((await run(["explain"], { ORG_AUTH_API_KEY: "canary" })).stdout).not.toContain("ORG_AUTH");
  expect((await run(["sites", "list"], { ACME_ISSUER: undefined })).stdout).toContain("https://id.acme.example");

  // A server that has ended the login: the error is made far below the command.
  server.endSession();
  api.failNext("/v1/me", { status: 401 });
  expect(await run(["curl", "me"])).toMatchObject({ status: 4, stderr: expect.stringContaining("`acme login") });
  expect(await run(["logout"])).toMatchObject({ status: 0 });
  expect(readdirSync(join(home, ".local/share"))).toEqual(["acme"]);
  expect(existsSync(join(home, ".config/org-auth"))).toBe(false);
  expect(all()).not.toMatch(/org.auth/i);
});

test("a product team's own command names itself in its help, and its own release", async () => {
  const { run, all } = await acme();
  expect(await run(["version"])).toMatchObject({ status: 0, stdout: "1.4.0\n" });
  expect((await run(["help"])).stdout).toMatch(/^Usage: acme COMMAND/);
  expect((await run(["help", "exit-codes"])).stdout).toMatch(/^ +4 +login needed/m);
  expect((await run(["login", "--help"])).stdout).toMatch(/^Usage: acme login /);
  expect(all()).not.toMatch(/org.auth/i);
});

test.for([
  [["lgoin"], {}, 2, "see `acme help`"],
  [["login", "--bogus"], {}, 2, "see `acme help login`"],
  [["token", "one"], {}, 2, "see `acme help token`"],
  [["sites", "nonesuch"], {}, 2, "`help`"],
  [["token"], {}, 4, "run `acme login"],
  [["login"], {}, 4, "acme login --device"],
  [["login", "--resume", "nonesuch"], {}, 4, "`login --device`"],
  [["token"], { ACME_LOG_LEVEL: "loud" }, 2, "ACME_LOG_LEVEL"],
  [["token"], { ACME_CLIENT_SECRET: "canary", ACME_CLIENT_ID: undefined, ACME_ISSUER: undefined }, 2, "ACME_CLIENT_ID"],
] as const)(
  "what mends a refusal is said in the words of the product's own command: %j %j",
  async ([args, variables, status, hint]) => {
    const { run, all } = await acme();
    expect(await run(args, variables)).toMatchObject({ status, stderr: expect.stringContaining(hint) });
    expect(all()).not.toMatch(/org.auth/i);
  },
);

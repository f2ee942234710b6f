import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultProduct } from "@org/auth-client/source";
import { headlessPerson, startAuthServer, type AuthServerOptions } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { main, type Context } from "../src/index.ts";

interface Typist {
  /** Variables besides `HOME`. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a person at the terminal answers to a question. Absent: there is no terminal. */
  readonly answer?: () => string;
}

/** The command line of a person with a home folder of their own, which is the working directory too. */
async function commandLine(options: AuthServerOptions = {}) {
  const server = await startAuthServer(options);
  const home = mkdtempSync(join(tmpdir(), "org-auth-test-"));
  onTestFinished(async () => {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  });
  const person = headlessPerson(server.person);
  const opened: string[] = [];
  const run = async (args: readonly string[], { env, answer }: Typist = {}) => {
    let [stdout, stderr] = ["", ""];
    const isTty = answer !== undefined;
    const context: Context = {
      product: defaultProduct,
      version: "0",
      env: { HOME: home, ...env },
      folder: home,
      platform: process.platform,
      stdout: { isTty: false, write: async (data) => void (stdout += String(data)) },
      stderr: { isTty, write: async (data) => void (stderr += String(data)) },
      stdin: {
        isTty,
        readAll: async () => new Uint8Array(),
        readLine: async () => answer?.(),
        readHidden: async () => undefined,
      },
      signal: new AbortController().signal,
      now: Date.now,
      fetch: globalThis.fetch,
      openBrowser: (url) => {
        opened.push(url);
        void person.signIn(url);
        return true;
      },
      onEvent: () => undefined,
      onWarning: () => undefined,
    };
    return { status: await main(args, context), stdout, stderr };
  };
  const at = ["--issuer", server.issuer, "--client-id", server.nativeClientId];
  return { run, at, home, opened, person, server };
}

const file = { ORG_AUTH_STORE: "file" };

test("who is signed in and wants to choose an account is asked, where others are told that they are signed in", async () => {
  const { run, at, opened } = await commandLine();
  const again = ["login", "--browser", ...at];
  expect((await run(again, { env: file })).status).toBe(0);
  expect((await run(again, { env: file })).stderr).toContain("Already signed in as ana.");
  expect(opened).toHaveLength(1);
  await run([...again, "--prompt-account"], { env: file });
  expect(new URL(opened[1] ?? "").searchParams.get("prompt")).toBe("select_account");
});

test.for([
  { dpop: true, how: "at a server that binds tokens", again: { wanted: true, unwanted: true } },
  { dpop: false, how: "at a server that binds none", again: { wanted: false, unwanted: false } },
] as const)(
  "B.1-9 a login does for a site that wants bound tokens (DPoP) where it has them or the server has none, and for who says nothing: $how",
  async ({ dpop, again }) => {
    const { run, home, opened, server } = await commandLine({ dpop });
    const folder = join(home, ".config/org-auth");
    mkdirSync(folder, { recursive: true });
    const isAsked = async (setting: string): Promise<boolean> => {
      const site = `issuer = "${server.issuer}"\nclient_id = "${server.nativeClientId}"\n${setting}`;
      writeFileSync(join(folder, "config.toml"), `[sites.only]\n${site}\n`);
      const before = opened.length;
      expect(await run(["login", "--browser", "--site", "only"], { env: file })).toMatchObject({ status: 0 });
      return opened.length > before;
    };
    expect(await isAsked("")).toBe(true);
    expect(await isAsked("dpop = false")).toBe(false);
    expect(await isAsked("dpop = true")).toBe(again.wanted);
    expect(await isAsked("dpop = true")).toBe(false);
    expect(await isAsked("")).toBe(false);
    expect(await isAsked("dpop = false")).toBe(again.unwanted);
  },
);

test("a sign-in that is in memory alone is not left for another command, which could not go on with it", async () => {
  const { run, at } = await commandLine();
  const ended = await run(["login", "--device", "--no-wait", "--store", "memory", ...at]);
  expect(ended.status).toBe(2);
  expect(ended.stderr).toContain("cannot be resumed by another command");
  expect(ended.stderr).not.toContain("Confirm");
});

test("a sign-in that another command ends is kept where it was begun", async () => {
  const { run, at, person } = await commandLine();
  const begun = await run(["login", "--device", "--no-wait", "--json", "--store", "file", ...at]);
  const { resume, verification_uri_complete: uri } = JSON.parse(begun.stdout) as {
    resume: readonly string[];
    verification_uri_complete: string;
  };
  await person.approveDevice(uri);
  const ended = await run([...resume.slice(1), "--timeout", "0", "--json"]);
  expect(JSON.parse(ended.stdout)).toMatchObject({ state: "complete", store: "file" });
});

test("4.6-74 4.6-79 a yes is for the file that was shown, with all that it sets, and not for what it has become", async () => {
  const { run, home, opened, server } = await commandLine();
  const path = join(home, ".env");
  const lines = (issuer: string) => `ORG_AUTH_ISSUER=${issuer}\nORG_AUTH_CLIENT_ID=${server.nativeClientId}\n`;
  writeFileSync(path, lines("https://shown.example.com"));
  const swapped = await run(["login", "--browser"], {
    env: file,
    answer: () => {
      writeFileSync(path, lines(server.issuer));
      return "yes";
    },
  });
  expect(swapped.stderr).toContain("  ORG_AUTH_ISSUER  https://shown.example.com\n  and sets ORG_AUTH_CLIENT_ID\n");
  expect(swapped.stderr).toContain("[untrusted_origin]");
  expect(swapped.status).toBe(5);
  expect(opened).toEqual([]);
});

test("4.6-77 the names in a .env file that is trusted cannot write to the terminal", async () => {
  const { run, home } = await commandLine();
  writeFileSync(join(home, ".env"), "ORG_AUTH_\x1b]0;canary\x07=1\n");
  const { status, stderr } = await run(["trust"]);
  expect(status).toBe(0);
  expect(stderr).toContain(String.raw`ORG_AUTH_\x1b]0;canary\x07`);
});

test("switch says so when something else names the profile all the same", async () => {
  const { run, at } = await commandLine();
  await run(["login", "--browser", ...at], { env: file });
  const { status, stderr } = await run(["switch", "default"], { env: { ...file, ORG_AUTH_PROFILE: "other" } });
  expect(status).toBe(0);
  expect(stderr).toContain('note: here it is "other" all the same, by ORG_AUTH_PROFILE');
});

test("4.8-90 where a token may not go, what would let it is told, and does", async () => {
  const { run, at, server } = await commandLine();
  await run(["login", "--browser", ...at], { env: file });
  const url = `${server.issuer}/userinfo`;
  const refused = await run(["curl", url], { env: file });
  expect(refused.status).toBe(5);
  const [, options = ""] = /is your API give (.+?);/.exec(refused.stderr) ?? [];
  expect((await run(["curl", url, "--dry-run", ...options.split(" ")], { env: file })).status).toBe(0);
});

import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { formatKey } from "@org/auth-core";
import { fileMutex } from "@org/auth-storage-file";
import { headlessPerson } from "@org/auth-testing";
import { expect, test } from "vitest";
import { run, setUp, start, tempHome } from "../e2e/org-auth.ts";
import { hasTerminals, orgAuthLine, startAtTerminal } from "../e2e/terminal.ts";
import { until } from "./until.ts";

const address = /^ +(http\S+\/auth\?\S+)$/m;
const basicClient = { clientId: "basic-client", authMethod: "none" } as const;

/** A program that stands for a browser, with the commands that it runs in its own folder. */
function browserProgram(commands: string): { readonly path: string; readonly folder: string } {
  const folder = tempHome();
  const path = join(folder, "browser");
  writeFileSync(path, `#!/bin/sh\ncd '${folder}'\n${commands}\n`);
  chmodSync(path, 0o755);
  return { path, folder };
}

/** The logins of a home, by their files. */
function keptIn(home: string): readonly string[] {
  const folder = join(home, ".local/share/org-auth/credentials");
  return existsSync(folder) ? readdirSync(folder) : [];
}

test.skipIf(!hasTerminals)(
  "F66 B.1-19 without a browser to open, or with one that fails, the address is shown and waited for",
  async () => {
    for (const [how, browser, said] of [
      ["none is installed", undefined, "Open this address in a browser on this machine:"],
      ["it fails", browserProgram("exit 1").path, "Opening your browser. If nothing happens, open:"],
    ] as const) {
      const { env, orgAuth, person } = await setUp();
      const login = startAtTerminal(`PATH=/nowhere exec ${orgAuthLine("login")}`, {
        env: { ...env, DISPLAY: ":99", BROWSER: browser },
      });
      await person.signIn(await login.shows(address));
      const { status, screen } = await login.ended;
      expect({ status, screen }, how).toMatchObject({ status: 0 });
      expect(screen).toContain(said);
      expect((await orgAuth("token")).status).toBe(0);
    }
  },
);

test.skipIf(!hasTerminals)("F66 over SSH a code is offered, and where the server has none, the address", async () => {
  const { env, person, server } = await setUp();
  const overSsh = { env: { ...env, SSH_CONNECTION: "192.0.2.1 50000 192.0.2.2 22" } };
  const byCode = startAtTerminal(orgAuthLine("login"), overSsh);
  await byCode.shows(/Confirm +(\S+)/);
  byCode.type("\x03");
  const { screen, status } = await byCode.ended;
  expect(status).toBe(130);
  expect(screen).toContain("No local browser here: SSH_CONNECTION is set. Using a code instead.");
  expect(screen).toContain(`Open     ${server.issuer}/device`);
  expect(screen.indexOf("Only go on if you started this sign-in yourself")).toBeLessThan(screen.indexOf("Open "));

  const metadata = await fetch(`${server.issuer}/.well-known/openid-configuration`);
  const { device_authorization_endpoint: _, ...withoutCodes } = (await metadata.json()) as Record<string, unknown>;
  server.failNext("/.well-known/openid-configuration", { status: 200, body: withoutCodes });
  const byAddress = startAtTerminal(orgAuthLine("login", "--force"), overSsh);
  await person.signIn(await byAddress.shows(address));
  expect((await byAddress.ended).status).toBe(0);
});

test.skipIf(!hasTerminals)("F67 a browser that never ends keeps nobody: the login ends, and it lives on", async () => {
  const { path, folder } = browserProgram("echo $$ > new; mv new pid; exec sleep 999");
  const { env, person } = await setUp();
  const login = startAtTerminal(orgAuthLine("login"), { env: { ...env, DISPLAY: ":99", BROWSER: path } });
  await person.signIn(await login.shows(address));
  expect((await login.ended).status).toBe(0);

  await until(() => existsSync(join(folder, "pid")));
  const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
  expect(process.kill(pid)).toBe(true); // It was still there.
});

test.skipIf(!hasTerminals)(
  "F70 Ctrl-C while the browser is waited for: status 130, the port free, nothing kept, the terminal as it was",
  async () => {
    const { env, home } = await setUp();
    const line = `stty -g; trap : INT; ${orgAuthLine("login", "--no-browser")}; echo "status $?"; stty -g`;
    const login = startAtTerminal(line, { env });
    const { searchParams } = new URL(await login.shows(address));
    login.type("\x03");
    const { screen } = await login.ended;
    expect(screen).toContain("Cancelled.");
    expect(screen).toContain("status 130");
    const [before, after, ...others] = screen.match(/^[0-9a-f]+(:[0-9a-f]+)+\r$/gm) ?? [];
    expect({ after, others }).toEqual({ after: before, others: [] });

    const { port } = new URL(searchParams.get("redirect_uri") ?? "");
    const refusal = await new Promise((resolve) => connect(Number(port), "127.0.0.1").on("error", resolve));
    expect(refusal).toMatchObject({ code: "ECONNREFUSED" });
    expect(keptIn(home)).toEqual([]);
  },
);

test.skipIf(!hasTerminals)("F71 Ctrl-C at the password prompt brings the terminal's echo back", async () => {
  const { env, home, server } = await setUp({ clients: [basicClient] });
  const line = `stty -a; trap : INT; ${orgAuthLine("login", "--basic")}; echo "status $?"; stty -a`;
  const login = startAtTerminal(line, { env: { ...env, ORG_AUTH_CLIENT_ID: basicClient.clientId } });
  await login.shows(/User name at \S+: /);
  login.type("ana\r");
  await login.shows(/Password \(not shown\): /);
  login.type("CANARY");
  login.type("\x03");
  const { screen } = await login.ended;
  expect(screen).toContain("status 130");
  expect(screen).not.toContain("CANARY");
  const isAsBefore = ["isig", "icanon", "echo"];
  expect(screen.match(/(?<=\s)-?(echo|icanon|isig)(?=\s)/g)).toEqual([...isAsBefore, ...isAsBefore]);
  expect(server.tokenRequests()).toBe(0);
  expect(keptIn(home)).toEqual([]);
});

test.skipIf(!hasTerminals)(
  "F71 after a kill at the password prompt `stty sane` helps, as the README says",
  async () => {
    const { env } = await setUp({ clients: [basicClient] });
    const login = `sh -c 'echo "pid $$ here"; exec "$@"' sh ${orgAuthLine("login", "--basic")}`;
    const shell = startAtTerminal(`${login}; stty -a; stty sane; stty -a`, {
      env: { ...env, ORG_AUTH_CLIENT_ID: basicClient.clientId },
    });
    const pid = Number(await shell.shows(/pid (\d+) here/));
    await shell.shows(/User name at \S+: /);
    shell.type("ana\r");
    await shell.shows(/Password \(not shown\): /);
    process.kill(pid, "SIGKILL");
    const { screen } = await shell.ended;
    expect(screen.match(/(?<=\s)-?echo(?=\s)/g)).toEqual(["-echo", "echo"]);
    expect(readFileSync("README.md", "utf8")).toContain("`stty sane`");
  },
);

test("F72 nobody comes back from the browser: status 124, and nothing is kept", async () => {
  const { home, orgAuth } = await setUp();
  const { status, stderr } = await orgAuth("login", "--no-browser", "--timeout", "1");
  expect(status).toBe(124);
  expect(stderr).toContain("[login_timeout]");
  expect(keptIn(home)).toEqual([]);
});

const inputs = { nothing: "</dev/null", "a closed one": "<&-", "a pipe that nobody writes to": "<>pipe" } as const;

for (const [what, redirection] of Object.entries(inputs)) {
  test.skipIf(process.platform === "win32")(
    `F74 B.1-38 where standard input is ${what} no login waits for an answer`,
    async () => {
      const { env, home, server } = await setUp();
      const under = ["sh", "-c", `mkfifo pipe && exec "$@" ${redirection}`, "sh"];
      const at = (...args: string[]) => run(args, { env, under, folder: tempHome() });
      for (const args of [["login"], ["login", "--basic"], ["login", "--json"], ["curl", "/me"]]) {
        const { status, stdout, stderr } = await at(...args);
        expect(status, args.join(" ")).toBe(4);
        expect(stdout + stderr).toMatch(/login_required|no_credential/);
      }
      expect(server.requests).toEqual([]);
      const isPipe = redirection === inputs["a pipe that nobody writes to"];
      const { status, stderr } = await at("login", "--with-token", "--timeout", "1");
      expect({ status, stderr }).toMatchObject({ status: isPipe ? 124 : 2 });
      expect(keptIn(home)).toEqual([]);
    },
  );
}

test("F74 a login whose answer nobody reads ends without a word", async () => {
  const { env } = await setUp();
  const login = start(["login", "--device", "--no-wait", "--json"], { env });
  login.child.stdout?.destroy();
  expect(await login.ended).toMatchObject({ status: 141, stderr: "" });
});

test.skipIf(!hasTerminals)("F74 at a terminal that can do nothing a password is read all the same", async () => {
  const { env, server } = await setUp({ clients: [basicClient] });
  const login = startAtTerminal(orgAuthLine("login", "--basic"), {
    env: { ...env, ORG_AUTH_CLIENT_ID: basicClient.clientId, ORG_AUTH_SCOPE: "openid api:read", TERM: "dumb" },
  });
  await login.shows(/User name at \S+: /);
  login.type(`${server.person.username}\r`);
  await login.shows(/Password \(not shown\): /);
  login.type(`${server.person.password}\r`);
  const { status, screen } = await login.ended;
  expect({ status, screen }).toMatchObject({ status: 0 });
  expect(screen).not.toContain("\x1b");
  expect(screen).not.toContain(server.person.password);
});

test("F77 of two accounts that sign in to one profile at once one is kept, and the other is told so in the terminal and in the browser", async () => {
  const { api, env, home, orgAuth, server } = await setUp();
  const people = [server.person, server.otherPerson] as const;
  const logins = people.map(() => start(["login", "--no-browser"], { env }));
  const addresses = await Promise.all(logins.map((login) => login.said(address)));

  // Both have their tokens before either can keep them.
  const locks = fileMutex({ folder: join(home, ".local/share/org-auth/locks") });
  const key = { issuer: server.issuer, clientId: server.nativeClientId, profile: "default" };
  const { promise: bothCame, resolve: comeOn } = Promise.withResolvers<undefined>();
  const { promise: isHeld, resolve: hold } = Promise.withResolvers<undefined>();
  const released = locks.run(formatKey(key), async () => {
    hold(undefined);
    await bothCame;
  });
  await isHeld;
  const visits = Promise.all(addresses.map((url, index) => headlessPerson(people[index] ?? people[0]).signIn(url)));
  await until(() => server.tokenRequests("authorization_code") === 2);
  comeOn(undefined);
  await released;

  const pages = (await visits).map(({ body }) => body.includes("You are signed in"));
  const ended = await Promise.all(logins.map((login) => login.ended));
  const winner = pages.indexOf(true);
  expect(pages.filter(Boolean)).toHaveLength(1);
  expect(ended.map(({ status }) => status)).toEqual(winner === 0 ? [0, 5] : [5, 0]);
  const [mine, theirs] = winner === 0 ? ["ana", "bob"] : ["bob", "ana"];
  expect(ended[1 - winner]?.stderr).toContain(
    `you have signed in as ${theirs}, but the profile "default" is for ${mine} [wrong_account]`,
  );
  expect(server.count(server.metadata.revocationEndpoint ?? "")).toBe(1);

  expect(keptIn(home)).toHaveLength(1);
  const me = JSON.parse((await orgAuth("curl", "/me")).stdout) as unknown;
  expect(me).toMatchObject({ subject: people[winner]?.subject });
  expect(api.requests).toHaveLength(1);
});

test("F76 F17 B.5-6 a device that is told to slow down does, for good; a code that ran out and one that was refused say so", async () => {
  const { home, orgAuth, server } = await setUp();
  const begin = async (): Promise<readonly string[]> => {
    const { stdout } = await orgAuth("login", "--device", "--no-wait", "--json");
    return [...(JSON.parse(stdout) as { resume: readonly string[] }).resume.slice(1), "--timeout", "0"];
  };
  const answer = (error: string): void => server.failNext("/token", { status: 400, body: { error } });
  const keptFile = (): string => join(home, ".local/share/org-auth/credentials", keptIn(home)[0] ?? "");
  const kept = (): unknown => (JSON.parse(readFileSync(keptFile(), "utf8")) as { credential: unknown }).credential;

  const slow = await begin();
  // As a newer release would keep it.
  writeFileSync(keptFile(), readFileSync(keptFile(), "utf8").replace('"kind"', '"future": [2], "kind"'));
  for (const intervalMs of [10_000, 15_000, 20_000]) {
    answer("slow_down");
    expect((await orgAuth(...slow)).status).toBe(8);
    expect(kept()).toMatchObject({ intervalMs, future: [2] });
  }
  answer("expired_token");
  const expired = await orgAuth(...slow);
  expect(expired.status).toBe(4);
  expect(expired.stderr).toContain("[device_code_expired]");

  const refused = await begin();
  answer("access_denied");
  const denied = await orgAuth(...refused);
  expect(denied.status).toBe(5);
  expect(denied.stderr).toContain("[access_denied]");
  expect(keptIn(home)).toEqual([]);
});

test("F68 F77 two logins of one profile at once both end well, and what is kept is all of one of them", async () => {
  const { api, env, home, orgAuth, person, server } = await setUp();
  const logins = [1, 2].map(() => start(["login", "--no-browser"], { env }));
  const addresses = await Promise.all(logins.map((login) => login.said(address)));
  expect(new Set(addresses.map((url) => new URL(url).searchParams.get("redirect_uri"))).size).toBe(2);
  await Promise.all(addresses.map((url) => person.signIn(url)));
  for (const { ended } of logins) expect(await ended).toMatchObject({ status: 0 });

  expect(keptIn(home)).toHaveLength(1);
  const token = (await orgAuth("token")).stdout.trim();
  expect(await server.introspect(token)).toMatchObject({ active: true });
  api.refuse(token);
  expect(await orgAuth("curl", "/me")).toMatchObject({ status: 0, stderr: "" });
  expect(server.tokenRequests("refresh_token")).toBe(1);
});

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { storeKinds } from "@org/auth-client/source";
import { headlessPerson } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { binary, run, setUp, start, tempHome } from "./e2e/org-auth.ts";

const root = join(import.meta.dirname, "..");
const readme = readText("README.md");
const snippets = ["README.md", "docs/*.md", "packages/*/README.md"].flatMap(filesOf).flatMap((page) =>
  [...readText(page).matchAll(/<!-- snippet: (\S+) -->\n+```\w+\n(.*?)```/gs)].map(([, path = "", text = ""]) => ({
    page,
    path,
    text,
  })),
);

test("every example is shown on a page", () => {
  expect(snippets.map(({ path }) => path)).toEqual(expect.arrayContaining([...filesOf("examples/*")]));
});

test.for(snippets)("$page shows $path as it is", ({ path, text }) => {
  const [whole, region] = /^\W+ region\n(.*)^\W+ endregion\n/ms.exec(readText(path)) ?? [readText(path)];
  expect(text).toBe(region ?? whole);
});

test("every shell line of the README is run by a test here, or is this very run", () => {
  const others = readme.replaceAll(/<!-- snippet: .*?```.*?```/gs, "");
  const lines = [...others.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, text = ""]) => text.trim().split("\n"));
  const commands = lines.map((line) => line.replace(/ +#.*/, ""));
  expect(commands.sort()).toEqual(["npx -y pnpm@12 demo", "npx -y pnpm@12 demo --serve", "npx -y pnpm@12 test"]);
});

test("every command in the README's table exists", () => {
  const { scripts } = JSON.parse(readText("package.json")) as { scripts: Readonly<Record<string, string>> };
  const named = [...namesInTable("Commands")];
  expect(named).toEqual(["test", "test:storm", "check", "build", "demo", "bench", "format"]);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  expect(scripts["demo"]).toMatch(/&& node --conditions=@org\/source demo\/demo\.ts$/);
});

test("the README's table of stores has every kind there is, best first", () => {
  expect(namesInTable("Where logins are kept")).toEqual(storeKinds);
});

test("every link between the documents leads somewhere", () => {
  const documents = ["*.md", "docs/**/*.md", "packages/*/README.md", ".changeset/README.md"].flatMap(filesOf);
  expect(documents.length).toBeGreaterThan(10);
  for (const document of documents) {
    const prose = readText(document).replaceAll(/^```.*?^```/gms, "");
    const targets = [...prose.matchAll(/\]\(([^)#]+)[^)]*\)/g)].flatMap(([, target]) => target ?? []);
    const missing = targets.filter(
      (target) => !/^https?:/.test(target) && !existsSync(join(root, dirname(document), target)),
    );
    expect(missing, document).toEqual([]);
  }
});

test("API user: three lines call the API as the person who has signed in, or as the machine in the environment", async () => {
  const { server, api, signIn, env } = await setUp();
  await signIn();
  const { HOME, PATH, ORG_AUTH_API_URL } = env;
  const asPerson = await runExample(["api-user.ts"], { HOME, PATH, ORG_AUTH_API_URL });
  expect(asPerson).toMatchObject({ status: 0, stderr: "" });
  expect(asPerson.stdout).toContain(`subject: '${server.person.subject}'`);

  const { clientId, clientSecret } = server.confidentialClient;
  const asMachine = await runExample(["api-user.ts"], {
    ...env,
    ORG_AUTH_CLIENT_ID: clientId,
    ORG_AUTH_CLIENT_SECRET: clientSecret,
  });
  expect(asMachine).toMatchObject({ status: 0, stderr: "" });
  expect(asMachine.stdout).toContain(`clientId: '${clientId}'`);
  expect(api.requests.map(({ path }) => path)).toEqual(["/v1/me", "/v1/me"]);
});

test("events: the program that watches a client says what happens to its credential", async () => {
  const { server, api, env } = await setUp();
  const { clientId, clientSecret } = server.confidentialClient;
  const machine = { ORG_AUTH_CLIENT_ID: clientId, ORG_AUTH_CLIENT_SECRET: clientSecret };
  api.refuseNext(1);
  const { status, stdout, stderr } = await runExample(["watch-events.ts"], { ...env, ...machine });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  const told = [...stderr.matchAll(/^([a-z-]+) \{/gm)].map(([, type]) => type);
  const renewal = ["renewal-started", "renewal-ended"];
  expect(told).toEqual(["credential-found", ...renewal, ...renewal, "token-refused"]);
  expect(stderr).toContain("name: 'ORG_AUTH_CLIENT_SECRET'");
});

// A login wants a terminal, and `script` makes one. It comes with every Linux, with other options elsewhere.
test.skipIf(process.platform !== "linux")("CLI user: a person at a terminal signs in and out", async () => {
  const { server, api, env } = await setUp();
  const config = readText("examples/config.toml")
    .replace("https://id.example.com", server.issuer)
    .replace("https://api.example.com/v1", api.baseUrl);
  mkdirSync(join(env.HOME, ".config/org-auth"), { recursive: true });
  writeFileSync(join(env.HOME, ".config/org-auth/config.toml"), config);

  const { username, password } = server.person;
  const testing = pathToFileURL(join(root, "packages/testing/src/index.ts")).href;
  const browser = writeProgram(
    "browser",
    ["--conditions=@org/source", "--input-type=module", "--eval"],
    `import { storeKinds } from "@org/auth-client/source";
import { headlessPerson } from ${JSON.stringify(testing)};
     await headlessPerson(${JSON.stringify({ username, password })}).signIn(process.argv[1]);`,
  );

  const { status, stdout } = await runProgram(
    "script",
    ["--quiet", "--return", "--command", join(root, "examples/cli-user.sh"), "/dev/null"],
    { HOME: env.HOME, PATH: pathWithOrgAuth(), BROWSER: browser, ORG_AUTH_STORE: "file" },
  );
  expect({ status, stdout }).toMatchObject({ status: 0 });
  const lines = stdout.split("\r\n");
  expect(lines).toContain("Signed in as ana.");
  expect(lines).toContain(`● ana at ${server.issuer}  [profile default]`);
  expect(lines.some((line) => line.startsWith(`{"subject":"${server.person.subject}"`))).toBe(true);
  const token = /([\w-]{43})\r\nnote: that is a live credential/.exec(stdout)?.[1] ?? "";
  expect(token).not.toBe("");
  expect(await server.introspect(token)).toEqual({ active: false });
  expect(lines).toContain(`  revoked at ${server.issuer}, and removed here`);
});

test("CI job: the client id and secret in the environment are enough, and nothing is left on the disk", async () => {
  const { server, api } = await setUp();
  const { clientId, clientSecret } = server.confidentialClient;
  const folder = tempHome();
  writeFileSync(join(folder, "deploy.sh"), '#!/bin/sh\necho "deployed with $API_TOKEN"\n');
  chmodSync(join(folder, "deploy.sh"), 0o755);
  const home = tempHome();
  const ended = await runProgram(
    join(root, "examples/ci-job.sh"),
    [],
    {
      HOME: home,
      PATH: pathWithOrgAuth(),
      CI: "true",
      ORG_AUTH_ISSUER: server.issuer,
      ORG_AUTH_API_URL: api.baseUrl,
      ORG_AUTH_CLIENT_ID: clientId,
      ORG_AUTH_CLIENT_SECRET: clientSecret,
    },
    folder,
  );
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  expect(api.requests).toMatchObject([{ method: "POST", path: "/v1/echo/deployments", body: '{"version":"1.2.3"}' }]);
  const token = /deployed with (\S+)\n$/.exec(ended.stdout)?.[1] ?? "";
  expect(await server.introspect(token)).toMatchObject({ active: true, clientId });
  expect(server.tokenRequests("client_credentials")).toBe(2);
  expect(readdirSync(home)).toEqual([]);
});

test("the demo runs the main job and ends by itself", async () => {
  const ended = await runDemo();
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  expect(ended.stdout).toContain("(another token: renewed by 1 request)");
  expect(ended.stdout).toMatch(/\(and the server knows the token no more\)\n$/);
});

test("the demo's server stays up with --serve, and what it says to paste lets a person sign in", async () => {
  const demo = spawn(process.execPath, ["--conditions=@org/source", "demo/demo.ts", "--serve"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void demo.kill("SIGKILL"));
  const closed = once(demo, "close");
  let said = "";
  for await (const data of demo.stdout.setEncoding("utf8")) {
    said += String(data);
    if (said.includes("Ctrl-C ends it.")) break;
  }

  const exports = [...said.matchAll(/^ {2}export (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value] as const);
  const [, username = "", password = ""] = /^Sign in as (\S+) with the password {2}(.+)$/m.exec(said) ?? [];
  const env = { ...Object.fromEntries(exports), HOME: tempHome(), PATH: process.env["PATH"] };
  expect(said).toContain(`  alias org-auth='${process.execPath} ${binary}'`);
  const login = start(["login", "--no-browser"], { env });
  await headlessPerson({ username, password }).signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
  expect((await login.ended).status).toBe(0);
  for (const command of ["status", "curl /me", "token", "logout"]) {
    expect(said).toContain(`  org-auth ${command}\n`);
    expect((await run(command.split(" "), { env })).status, command).toBe(0);
  }

  demo.kill("SIGINT");
  expect(await closed).toEqual([0, null]);
});

interface Ended {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Runs a program to its end, for 25 seconds at most. */
function runProgram(file: string, args: readonly string[], env: Env, cwd = root): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, [...args], { cwd, env: { ...env }, timeout: 25_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? "killed"), stdout, stderr });
    });
  });
}

function runExample([name = "", ...args]: readonly string[], env: Env): Promise<Ended> {
  return runProgram(process.execPath, ["--conditions=@org/source", `examples/${name}`, ...args], env);
}

function runDemo(): Promise<Ended> {
  return runProgram(process.execPath, ["--conditions=@org/source", "demo/demo.ts"], process.env);
}

/** A PATH on which `org-auth` is the built binary. */
function pathWithOrgAuth(): string {
  return [dirname(writeProgram("org-auth", [binary])), process.env["PATH"]].join(delimiter);
}

/** Writes a program of that name that is Node with some arguments, and then with its own. */
function writeProgram(name: string, ...args: readonly (string | readonly string[])[]): string {
  const path = join(tempHome(), name);
  const words = [process.execPath, ...args.flat()].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  writeFileSync(path, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What stands in backticks in the first column of the table below a heading of the README. */
function namesInTable(heading: string): readonly string[] {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  return [...own.matchAll(/^\| `([\w:]+)` /gm)].flatMap(([, name]) => name ?? []);
}

/** The files that match, by their paths in the repository. */
function filesOf(glob: string): readonly string[] {
  return globSync(glob, { cwd: root });
}

function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

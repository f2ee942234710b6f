import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { homeWithLogin, type HomeWithLogin, type LoginFrom } from "../bench/home-with-login.ts";

// The way of a stored token out of `org-auth token` starts as fast as an empty program because it does next to nothing.
// Here is all that it does; what that takes is measured by `pnpm bench`. It has been built before: `pnpm test` does.

const dist = join(import.meta.dirname, "../packages/cli/dist");
const hook = join(import.meta.dirname, "record-loads.cjs");

interface Recorded {
  /** Node's own modules, and parts of them, that an empty program has not loaded. */
  readonly modules: readonly string[];
  /** What was asked for by name, in order: files of code, in our `dist`, and Node's own modules. */
  readonly asked: readonly string[];
  /** Calls of `node:fs` that read or change more than a file's state, but for files of code, with `~` for the home. */
  readonly files: readonly string[];
}

const config = "~/.config/org-auth/config.toml";
const folder = "~/.local/share/org-auth/credentials";
const credential = `${folder}/https%3a%2f%2fid.example.com+example-cli+default.json`;
const reading = [`openSync ${credential} r`, `readFileSync ${credential}`];

test.for([
  ["environment", [], []],
  [
    "listing",
    [],
    [
      `existsSync ${config}`,
      ...["credentials", "passphrase", "keyring"].map((section) => `readdirSync ~/.local/share/org-auth/${section}`),
    ],
  ],
  ["configuration", ["parse-config.cjs"], [`existsSync ${config}`, `readFileSync ${config}`]],
] satisfies readonly [LoginFrom, readonly string[], readonly string[]][])(
  "a stored token found by %s comes out of one file, with nothing of Node loaded and nothing written",
  async ([from, code, finding]) => {
    const home = await homeFor(from);
    const { stdout, recorded } = run(home, "token");
    expect(stdout).toBe(`${home.token}\n`);
    expect(recorded).toEqual({
      modules: [],
      asked: ["bin.cjs", "node:fs", "node:path", ...code],
      files: [...finding, ...reading, "writeSync stdout"],
    });
  },
);

test("the recorder sees what the whole program loads", async () => {
  const home = await homeFor("environment");
  const { stdout, recorded } = run(home, "token", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ access_token: home.token });
  expect(recorded.asked).toEqual(expect.arrayContaining(["bin.cjs", "bin-main.js", "node:util"]));
  expect(recorded.modules).toContain("NativeModule stream");
});

async function homeFor(from: LoginFrom): Promise<HomeWithLogin> {
  const home = await homeWithLogin(from);
  onTestFinished(home.remove);
  return home;
}

/** Runs the command as it is installed, with the recorder. Fails when it fails or has anything to say besides. */
function run(home: HomeWithLogin, ...args: string[]): { readonly stdout: string; readonly recorded: Recorded } {
  const { status, stdout, stderr, output } = spawnSync(
    process.execPath,
    ["--require", hook, join(dist, "bin.cjs"), ...args],
    { env: home.env, stdio: ["ignore", "pipe", "pipe", "pipe"], encoding: "utf8", timeout: 20_000 },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const { modules, asked, files } = JSON.parse(output[3] ?? "") as Recorded;
  return {
    stdout,
    recorded: {
      // The part of Node 22 that answers `import()` is loaded with the first one; later releases have it from the start.
      modules: modules.filter((name) => !/ internal\/(modules\/esm|deps\/cjs-module-lexer)\//.test(name)),
      asked: asked.map((name) => name.replace(`${pathToFileURL(dist).href}/`, "")),
      files: files
        .filter((call) => !call.includes(dist) && !/^(close|[fl]?stat)Sync /.test(call))
        .map((call) => call.replace(home.folder, "~")),
    },
  };
}

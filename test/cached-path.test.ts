import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { homeWithLogin, type HomeWithLogin, type LoginFrom } from "../bench/home-with-login.ts";
import { sealedHomeWithLogin } from "../bench/sealed-home-with-login.ts";
import { hasSecretService } from "../packages/storage-keyring/test/secret-service.ts";

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

const folder = "~/.local/share/org-auth";
const stem = "https%3a%2f%2fid.example.com+example-cli+default";
const credential = `${folder}/credentials/${stem}.json`;
const reading = [`openSync ${credential}`, `readFileSync ${credential}`];

test.for([
  ["environment", [], []],
  [
    "listing",
    [],
    [
      `existsSync ${folder}/credentials`,
      `readdirSync ${folder}/credentials`,
      `existsSync ${folder}/passphrase`,
      `existsSync ${folder}/keyring`,
    ],
  ],
  [
    "configuration",
    ["meant-login.cjs", "node:util"],
    [
      "openSync ~/.env",
      "openSync ~/.config/org-auth/config.toml",
      ...Array<string>(2).fill("readSync ~/.config/org-auth/config.toml"), // The second finds its end.
      "openSync ~/.config/org-auth/choices.json",
      "realpathSync ~",
      "existsSync /run/secrets",
    ],
  ],
] satisfies readonly [LoginFrom, readonly string[], readonly string[]][])(
  "a stored token found by %s comes out of one file, with nothing of Node loaded and nothing written",
  async ([from, code, finding]) => {
    const home = await homeWithLogin(from);
    onTestFinished(home.remove);
    const { stdout, recorded } = run(home, "token");
    expect(stdout).toBe(`${home.token}\n`);
    expect(recorded).toEqual({
      modules: [],
      asked: ["bin.cjs", "node:fs", "node:path", ...code],
      files: [...finding, ...reading, "writeSync stdout"],
    });
  },
);

test.skipIf(!hasSecretService())(
  "a sealed token comes out of one file, with the binding found by its place and no more of Node than opens it",
  async () => {
    const home = await sealedHomeWithLogin();
    onTestFinished(home.remove);
    const { stdout, recorded } = run(home, "token");
    expect(stdout).toBe(`${home.token}\n`);
    const { asked, files, modules } = recorded;
    expect(asked).toEqual(["bin.cjs", "node:fs", "node:path", "sealed-token.cjs"]);
    const sealed = `${folder}/keyring/${stem}.json`;
    expect(files.filter((call) => !call.includes("node_modules"))).toEqual([
      `openSync ${credential}`,
      ...["credentials", "passphrase", "keyring"].map((section) => `existsSync ${folder}/${section}/${stem}.json`),
      `openSync ${sealed}`,
      `readFileSync ${sealed}`,
      "writeSync stdout",
    ]);
    expect(modules).toContain("NativeModule internal/crypto/cipher");
    expect(modules.filter((name) => /webcrypto|child_process|worker|\bnet\b|NativeModule https?$/.test(name))).toEqual(
      [],
    );
  },
);

test("the recorder sees what the whole program loads", async () => {
  const home = await homeWithLogin("environment");
  onTestFinished(home.remove);
  const { stdout, recorded } = run(home, "token", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ access_token: home.token });
  expect(recorded.asked).toEqual(expect.arrayContaining(["bin.cjs", "bin-main.js", "node:util"]));
  expect(recorded.modules).toContain("NativeModule stream");
});

/** Runs the command as it is installed, with the recorder. Fails when it fails or has anything to say besides. */
function run(
  home: Omit<HomeWithLogin, "remove">,
  ...args: string[]
): { readonly stdout: string; readonly recorded: Recorded } {
  const { status, stdout, stderr, output } = spawnSync(
    process.execPath,
    ["--require", hook, join(dist, "bin.cjs"), ...args],
    { cwd: home.folder, env: home.env, stdio: ["ignore", "pipe", "pipe", "pipe"], encoding: "utf8", timeout: 20_000 },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const { modules, asked, files } = JSON.parse(output[3] ?? "") as Recorded;
  return {
    stdout,
    recorded: {
      modules,
      asked: asked.map((name) => name.replace(`${pathToFileURL(dist).href}/`, "")),
      files: files
        .filter((call) => !call.includes(dist) && !/^(close|[fl]?stat)Sync /.test(call))
        // What flags are as numbers depends on the machine.
        .map((call) => call.replace(home.folder, "~").replace(/ \d+$/, "")),
    },
  };
}

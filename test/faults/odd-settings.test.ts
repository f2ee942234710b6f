import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { homeWithLogin } from "../../bench/home-with-login.ts";
import { run } from "../e2e/org-auth.ts";

/** What may lie where a small file should, and what is said of it. */
const odd: readonly (readonly [make: (path: string) => void, problem: RegExp])[] = [
  [(path) => execFileSync("mkfifo", [path]), /it is not a file/],
  [(path) => symlinkSync("/dev/zero", path), /it is not a file/],
  [(path) => mkdirSync(path), /it is a folder/],
  [
    (path) => {
      writeFileSync(path, "");
      truncateSync(path, 2 ** 31);
    },
    /it is larger than (64|1024) KiB/,
  ],
];

/** Where a home has its settings, and the variable that names something in it. */
const places: readonly (readonly [what: string, place: string, variable?: string, named?: string])[] = [
  ["configuration", ".config/org-auth/config.toml"],
  ["configuration that a variable names", "own.toml", "ORG_AUTH_CONFIG", "own.toml"],
  ["file of choices", ".config/org-auth/choices.json"],
  ["secret that a variable names", "key", "ORG_AUTH_API_KEY_FILE", "key"],
  ["mounted secret", "secrets/org_auth_api_key", "ORG_AUTH_SECRETS_DIR", "secrets"],
];

test.for(places)(
  "4.7-84 a %s that is a pipe, a device, a folder or two gigabytes is not waited for, nor read whole, and is named",
  async ([, place, variable = "", named = ""]) => {
    for (const [make, problem] of odd) {
      const { folder, env, remove } = await homeWithLogin("listing");
      onTestFinished(remove);
      const path = join(folder, place);
      mkdirSync(dirname(path), { recursive: true });
      make(path);
      const own = variable === "" ? env : { ...env, [variable]: join(folder, named) };
      const { status, stdout, stderr } = await run(["token"], { env: own, folder });
      expect({ status, stdout }, stderr).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(problem);
      expect(stderr).toContain(path);
      expect(stderr).toContain("[config_invalid]");
      expect(stderr).toMatch(/^ *fix: \S/m);
    }
  },
);

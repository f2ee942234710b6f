import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { installSystemPackages } from "../tools/system-packages/install-system-packages.ts";

const canInstall = process.getuid?.() === 0 && existsSync("/etc/debian_version");

test("what is there is told, and nothing is installed for it", async () => {
  const { env, calls } = fakeApt("exit 1");
  const result = await installSystemPackages([{ name: "node", path: process.execPath }], { env });
  expect(result).toEqual({ present: ["node"], failure: undefined });
  expect(calls()).toEqual([]);
});

test.skipIf(!canInstall)("what is missing is installed once, by whoever comes first", async () => {
  const { env, calls, folder } = fakeApt(`case "$*" in *install*) touch "$FOLDER/planted";; esac`);
  const planted = { name: "planted", path: join(folder, "planted") };
  const results = await Promise.all([1, 2].map(() => installSystemPackages([planted], { env })));
  for (const result of results) expect(result).toEqual({ present: ["planted"], failure: undefined });
  expect(calls()).toEqual(["-qq update", "-qq -y --no-install-recommends install planted"]);
});

test.skipIf(!canInstall)("why it cannot be installed is told without naming a server", async () => {
  const { env } = fakeApt(`
    echo "Hit:1 https://mirror.example.com/debian stable InRelease"
    echo "E: Failed to fetch https://user:pw@mirror.example.com/debian/x.deb  Could not connect to mirror.example.com:80 (192.0.2.1)" >&2
    exit 100`);
  const planted = { name: "planted", path: "/nowhere/planted" };
  const { present, failure } = await installSystemPackages([planted], { env });
  expect(present).toEqual([]);
  expect(failure).toContain("cannot install planted:\n  E: Failed to fetch […]");
  expect(failure).not.toMatch(/mirror|192\.0|pw@/);
});

/** An `apt-get` that writes down what it is asked and then runs `script`. */
function fakeApt(script: string): {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  calls(): readonly string[];
} {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-apt-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const log = join(folder, "calls");
  writeFileSync(log, "");
  writeFileSync(join(folder, "apt-get"), `#!/bin/sh\necho "$*" >> "$FOLDER/calls"\n${script}\n`, { mode: 0o755 });
  return {
    env: { ...process.env, FOLDER: folder, PATH: [folder, process.env["PATH"]].join(delimiter) },
    folder,
    calls: () => readFileSync(log, "utf8").split("\n").slice(0, -1),
  };
}

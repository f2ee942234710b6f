import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@org/auth-client";
import { startDeviceLogin, waitForDeviceLogin } from "@org/auth-flows";
import { fakeClock, fakeTokenSource, headlessPerson, startAuthServer, startRecordingServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";

// That docs/testing.md shows the example as it is is checked with the README's, in readme.test.ts.

const root = join(import.meta.dirname, "..");
const example = readFileSync(join(root, "examples/product-client.test.ts"), "utf8");
const titles = [...example.matchAll(/^void test\("([^"]+)"/gm)].map(([, title]) => title);

/** What the page says of each runner: where `after` and `test` come from, and the command. */
const runners = {
  "node:test": {
    door: 'import { after, test } from "node:test";',
    command: ["--test", "--test-reporter=tap", "--test-reporter-destination=report"],
    passed: (report: string) => [...report.matchAll(/^ok \d+ - (.*)$/gm)].map(([, title]) => title),
  },
  vitest: {
    door: 'import { afterAll as after, test } from "vitest";',
    command: [join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=json", "--outputFile=report"],
    passed: passedOfJson,
  },
  jest: {
    door: 'import { afterAll as after, test } from "@jest/globals";',
    command: [
      "--experimental-vm-modules",
      join(root, "node_modules/jest/bin/jest.js"),
      ...["--ci", "--no-watchman", "--cacheDirectory=.cache", "--json", "--outputFile=report"],
    ],
    passed: passedOfJson,
  },
};

test.for(Object.entries(runners))("the page's test of a client runs under %s", async ([name, runner]) => {
  const page = readFileSync(join(root, "docs/testing.md"), "utf8");
  expect(page).toContain(runner.door);
  const [, , doorOfExample = ""] = /^(.*?)(import \{ after, test \} from "node:test";)/s.exec(example) ?? [];
  const project = projectWith(example.replace(doorOfExample, runner.door));
  const { status, printed } = await run(runner.command, project);
  expect(status, printed).toBe(0);
  expect(runner.passed(readFileSync(join(project, "report"), "utf8")), name).toEqual(titles);
});

test("there are tests in it", () => {
  expect(titles).toHaveLength(3);
});

test("a fake source stands in for a login, and is told which token was refused", async () => {
  const api = await startRecordingServer();
  onTestFinished(() => api.close());
  const source = fakeTokenSource();
  api.failNext("/me", { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
  await createClient({ baseUrl: api.origin, source }).get("me");
  expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer fake-token-1",
    "Bearer fake-token-2",
  ]);
  expect(source.calls.map(({ rejected }) => rejected?.value)).toEqual([undefined, "fake-token-1"]);
});

test("by a fake clock a device login waits for its person, and its test does not", async () => {
  const server = await startAuthServer();
  onTestFinished(() => server.close());
  const person = headlessPerson(server.person);
  const { now, sleep, sleeps } = fakeClock({ nowMs: Date.now() });
  const client = { clientId: server.nativeClientId };
  const login = await startDeviceLogin(server.metadata, client, { scopes: ["openid"], http: { now } });
  await waitForDeviceLogin(server.metadata, client, login, {
    http: { now },
    async sleep(ms, signal) {
      if (sleeps.length === 1) await person.approveDevice(login);
      await sleep(ms, signal);
    },
  });
  expect(sleeps).toEqual([5000, 5000]);
});

/** A project of its own, which has the built packages among its dependencies. It is gone when the test ends. */
function projectWith(testFile: string): string {
  const folder = mkdtempSync(join(tmpdir(), "org-auth-runner-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["@org", "vitest"])
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  writeFileSync(join(folder, "product-client.test.mjs"), testFile);
  return folder;
}

/** The titles of what has passed, as vitest and jest tell them. */
function passedOfJson(report: string): readonly string[] {
  interface Report {
    readonly testResults: readonly {
      readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
    }[];
  }
  const { testResults } = JSON.parse(report) as Report;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  return results.filter(({ status }) => status === "passed").map(({ title }) => title);
}

/** Runs Node to its end, for 25 seconds at most. */
function run(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly status: number | string; readonly printed: string }> {
  const options = { cwd, env: { PATH: process.env["PATH"] }, timeout: 25_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? "killed"), printed: stdout + stderr });
    });
  });
}

import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clientCredentials } from "@org/auth-flows";
import { expect, test } from "vitest";
import { sharedToken } from "../examples/shared-token.ts";
import { manifests } from "../tools/packed-packages.ts";
import { setUp, tempHome } from "./e2e/org-auth.ts";

// That the packages' READMEs show the examples as they are, and that their links lead somewhere, is checked with the
// README's, in readme.test.ts, which runs those of the client and of the command line too. That of the keyring is run in
// packages/storage-keyring/test/kept-in-keyring.test.ts.

const root = join(import.meta.dirname, "..");

test("each published package has a README, which names it, says how to install it, shows code and gives the licence", () => {
  const readmes = globSync("packages/*/README.md", { cwd: root }).map((path) => readFileSync(join(root, path), "utf8"));
  for (const { name } of manifests) {
    const text = readmes.find((readme) => readme.startsWith(`# ${name}\n`)) ?? "";
    expect(text, name).toMatch(new RegExp(`^npm install .*${name}$`, "m"));
    expect(text, name).toContain("<!-- snippet: ");
    expect(text, name).toMatch(/\nMIT\.\n$/);
    const lines = text.split("\n").length;
    expect(lines, name).toBeGreaterThan(15);
  }
});

test("core: all who ask share one token, and one renewal when it is refused", async () => {
  const { server } = await setUp();
  const client = server.confidentialClient;
  const key = { issuer: server.issuer, clientId: client.clientId, profile: "default" };
  const source = sharedToken(key, () => clientCredentials(server.metadata, client, { scopes: ["api:read"] }));
  const ask = (...asked: Parameters<typeof source.getToken>): Promise<string>[] =>
    Array.from({ length: 20 }, async () => (await source.getToken(...asked)).value);

  const [first = ""] = new Set(await Promise.all(ask()));
  expect(await server.introspect(first)).toMatchObject({ active: true, clientId: client.clientId });
  const rejected = await source.getToken();
  const next = new Set(await Promise.all(ask({ rejected })));
  expect([next.size, next.has(first)]).toEqual([1, false]);
  expect(server.tokenRequests("client_credentials")).toBe(2);
});

test("flows: a machine gets a token, and printing it shows no secret", async () => {
  const { server } = await setUp();
  const { clientId, clientSecret } = server.confidentialClient;
  const env = { ISSUER: server.issuer, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret };
  const { status, stdout, stderr } = await runNode(["examples/machine-token.ts"], env);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("scopes: [ 'api:read' ]");
  expect(stdout).toContain("[redacted]");
  expect(server.tokenRequests("client_credentials")).toBe(1);
});

test("storage-file: a key is in a file of its owner's, and printing it shows no secret", async () => {
  const HOME = tempHome();
  const { status, stdout, stderr } = await runNode(["examples/kept-key.ts"], { HOME, ACME_KEY: "CANARY-key" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("issuer: 'https://api.example.com'");
  expect(stdout).toContain("kind: 'api-key'");
  expect(stdout).not.toContain("CANARY");
  const [file = "", ...others] = globSync(".local/share/acme/credentials/*", { cwd: HOME });
  expect(others).toEqual([]);
  expect(readFileSync(join(HOME, file), "utf8")).toContain("CANARY-key");
});

test("testing: the test that is shown runs under Node's own runner", async () => {
  const args = ["--test", "--test-reporter=tap", "examples/machine-client.test.ts"];
  const { status, stdout } = await runNode(args, {});
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^ok 1 - the API knows which machine calls it$/m);
});

/** Runs Node to its end, for 25 seconds at most. */
function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly status: number | string; readonly stdout: string; readonly stderr: string }> {
  const options = { cwd: root, env: { PATH: process.env["PATH"], ...env }, timeout: 25_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--conditions=@org/source", ...args], options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? "killed"), stdout, stderr });
    });
  });
}

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineProduct } from "@org/auth-client/source";
import { expect, onTestFinished, test } from "vitest";
import { main, type Context } from "../src/index.ts";

const product = defineProduct({
  name: "acme",
  envPrefix: "ACME_",
  sites: { prod: { issuer: "https://id.example.com", clientId: "acme-cli" } },
});

/** The command line of that product, in a home folder of its own. */
function acme() {
  const home = mkdtempSync(join(tmpdir(), "org-auth-test-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const run = async (...args: string[]) => {
    let [stdout, stderr] = ["", ""];
    const context: Context = {
      product,
      version: "0",
      env: { HOME: home },
      folder: home,
      platform: process.platform,
      stdout: { isTty: false, write: async (data) => void (stdout += String(data)) },
      stderr: { isTty: false, write: async (data) => void (stderr += String(data)) },
      stdin: {
        isTty: false,
        readAll: async () => new Uint8Array(),
        readLine: async () => undefined,
        readHidden: async () => undefined,
      },
      signal: new AbortController().signal,
      now: Date.now,
      fetch: globalThis.fetch,
      openBrowser: () => false,
      onEvent: () => undefined,
      onWarning: () => undefined,
    };
    return { status: await main(args, context), stdout, stderr };
  };
  return { run, read: () => readFileSync(join(home, ".config/acme/config.toml"), "utf8") };
}

test("a site that the product brings along is listed as such, and is the file's own once it is changed", async () => {
  const { run, read } = acme();
  expect(await run("sites", "list")).toMatchObject({ stdout: "● prod  https://id.example.com  no API  product\n" });
  expect((await run("sites", "show")).stdout).toContain("prod, the default site, comes with acme\n");
  const refused = await run("sites", "remove", "prod", "--yes");
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('"prod" comes with acme') });

  expect((await run("sites", "modify", "prod", "--client-id", "mine", "--yes")).status).toBe(0);
  expect(read()).toBe('[sites.prod]\nclient_id = "mine"\n');
  expect(JSON.parse((await run("sites", "list", "--json")).stdout)).toMatchObject({
    sites: [{ name: "prod", issuer: "https://id.example.com", default: true, from: "file" }],
  });
  expect((await run("sites", "remove", "prod", "--yes")).status).toBe(0);
  expect((await run("sites", "list")).stdout).toContain("product");
});

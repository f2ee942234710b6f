import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { setUp, start } from "./org-auth.ts";

test.skipIf(!hasSystemPackage("chromium"))(
  "a person signs in with a real browser, by the loopback redirect, and reads that they did",
  async () => {
    const { env, server, orgAuth } = await setUp();
    const page = await openPage();
    const login = start(["login", "--no-browser"], { env });
    await page.goto(await login.said(/^ +(http\S+\/auth\?\S+)$/m));

    const { username, password } = server.person;
    await page.locator('input[type="text"], input:not([type])').first().fill(username);
    await page.locator('input[type="password"]').fill(password);
    await page.locator("button[type=submit], button").first().click();
    await page.locator("button[type=submit], button").first().click();
    await page.waitForURL(/127\.0\.0\.1:\d+\/callback/);

    expect(await page.locator("body").innerText()).toContain("signed in");
    expect(await login.ended).toMatchObject({ status: 0 });
    const me = await orgAuth("curl", "/me");
    expect(JSON.parse(me.stdout)).toMatchObject({ subject: server.person.subject });
  },
);

async function openPage() {
  const profile = mkdtempSync(join(tmpdir(), "org-auth-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  onTestFinished(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  });
  return await context.newPage();
}

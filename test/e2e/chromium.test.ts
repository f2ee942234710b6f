import { printable } from "@org/auth-core";
import { authorizationCode, redirectTo, twoStage, type LandingPage } from "@org/auth-flows";
import { startRecordingServer } from "@org/auth-testing";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { openPage } from "./open-page.ts";
import { setUp, start } from "./org-auth.ts";

const testInChromium = test.skipIf(!hasSystemPackage("chromium"));

testInChromium(
  "4.3-50 4.3-51 a person signs in with a real browser, and reads that they did where no code or name can be seen",
  async () => {
    const { env, server, orgAuth } = await setUp();
    const page = await openPage();
    const login = start(["login", "--no-browser"], { env });
    await page.goto(await login.said(/^ +(http\S+\/auth\?\S+)$/m));

    await signInAs(page, server.person);
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/done\?page=[0-9a-f-]{36}$/);

    expect(await page.locator("body").innerText()).toBe("You are signed in\n\nYou can close this tab.");
    expect(await login.ended).toMatchObject({ status: 0 });
    const me = await orgAuth("curl", "/me");
    expect(JSON.parse(me.stdout)).toMatchObject({ subject: server.person.subject });
    await expectReadable(page);
  },
);

const hostile: Readonly<Record<string, string>> = {
  "a script": "<script>alert(document.domain)</script>",
  "an image": `"><img src=x onerror=alert(1)>'`,
  "the end of the title": "</title></style></p></main><script>alert(1)</script><h1>You are signed in</h1>",
  "a template": "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
  "NUL and controls": "a\0b\u001b[2Jc\r\nd\u202ee",
  "UTF-7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
  "an address elsewhere": `<meta http-equiv=refresh content="0;url=https://evil.test"><link rel=stylesheet href=//evil.test>`,
  "one endless word": "x".repeat(12_000),
};

testInChromium.for(Object.entries(hostile))(
  "4.3-49 4.2-37 what a hostile server says is text on the page: %s",
  async ([, description]) => {
    const { env, server } = await setUp();
    const page = await openPage();
    const login = start(["login", "--no-browser"], { env });
    const callback = callbackOf(await login.said(/^ +(http\S+\/auth\?\S+)$/m), server.issuer, {
      error: "access_denied",
      error_description: description,
      redirect_after: "https://evil.test/",
    });
    const seen: string[] = [];
    page.on("request", (request) => seen.push(request.url()));
    page.on("dialog", (dialog) => {
      seen.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) seen.push(message.text());
    });
    await page.goto(callback.href);

    const address = expect.stringMatching(new RegExp(`^${callback.origin}/done\\?page=[0-9a-f-]{36}$`)) as string;
    expect(page.url()).toEqual(address);
    const said = `signing in at ${server.issuer} failed: the server answered access_denied (server said: ${printable(description)})`;
    const elements = await page.evaluate("[...document.querySelectorAll('*')].map((one) => one.localName).join(' ')");
    expect(elements).toBe("html head meta meta meta title style body main h1 p p");
    expect(await page.title()).toBe("You are not signed in");
    expect(await page.locator("main > *").allTextContents()).toEqual([
      "You are not signed in",
      said,
      "You can close this tab.",
    ]);
    await expectReadable(page);
    expect(seen).toEqual([callback.href, address]);
    const { status, stderr } = await login.ended;
    expect(status).toBe(5);
    expect(stderr).toContain(said);
  },
);

testInChromium("4.3-49 4.2-42 an answer of a megabyte is not read, and the login waits on", async () => {
  const { env, server } = await setUp();
  const page = await openPage();
  const login = start(["login", "--no-browser"], { env });
  const url = await login.said(/^ +(http\S+\/auth\?\S+)$/m);
  const error = { error: "access_denied", error_description: "x".repeat(1_000_000) };
  const statuses: number[] = [];
  const tab = await page.context().newPage();
  tab.on("response", (response) => statuses.push(response.status()));
  // It has no body, which Chromium takes for an error of its own.
  await tab.goto(callbackOf(url, server.issuer, error).href).catch(() => undefined);
  expect(statuses).toEqual([431]);

  await page.goto(url);
  await signInAs(page, server.person);
  await page.waitForURL(/\/done\?/);
  expect(await login.ended).toMatchObject({ status: 0 });
});

testInChromium("B.2-5 B.1-11 a product's own pages are shown: in two stages, and elsewhere", async () => {
  const { server, api } = await setUp();
  const elsewhere = await startRecordingServer();
  onTestFinished(() => elsewhere.close());
  const page = await openPage();

  async function signIn(landingPage: LandingPage): Promise<unknown> {
    const { promise: shown, resolve: show } = Promise.withResolvers<string>();
    const client = { clientId: server.nativeClientId };
    const login = authorizationCode(server.metadata, client, { scopes: ["openid", "api:read"], show, landingPage });
    await page.context().clearCookies();
    await page.goto(await shown);
    await signInAs(page, server.person);
    return await login;
  }

  await signIn(
    twoStage(async (_request, { outcome }) => {
      if (outcome.kind === "failed") return new Response("no");
      const { value } = await outcome.source.getToken();
      const me = await fetch(`${api.baseUrl}/me`, { headers: { authorization: `Bearer ${value}` } });
      return new Response(`Welcome ${((await me.json()) as { subject: string }).subject}`);
    }),
  );
  await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/landing\?page=[0-9a-f-]{36}$/);
  expect(await page.locator("body").innerText()).toBe(`Welcome ${server.person.subject}`);

  await signIn(redirectTo({ success: `${elsewhere.origin}/welcome`, error: `${elsewhere.origin}/sorry` }));
  await page.waitForURL(`${elsewhere.origin}/welcome`);
  const [request] = elsewhere.requests;
  expect(request).toMatchObject({ method: "GET", target: "/welcome" });
  expect(request?.headers.referer).toBeUndefined();
});

async function signInAs(page: Page, { username, password }: { readonly username: string; readonly password: string }) {
  await page.locator('input[type="text"], input:not([type])').first().fill(username);
  await page.locator('input[type="password"]').fill(password);
  await page.locator("button[type=submit], button").first().click();
  await page.locator("button[type=submit], button").first().click();
}

/** The address that the server would send the browser back to. */
function callbackOf(url: string, issuer: string, parameters: Readonly<Record<string, string>>): URL {
  const asked = new URL(url).searchParams;
  const callback = new URL(asked.get("redirect_uri") ?? "");
  callback.search = new URLSearchParams({ state: asked.get("state") ?? "", iss: issuer, ...parameters }).toString();
  return callback;
}

/** On the narrowest screen nothing is cut off, and in either scheme all text stands out (WCAG 2.2, 1.4.3 and 1.4.10). */
async function expectReadable(page: Page): Promise<void> {
  await page.setViewportSize({ width: 320, height: 568 });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const [paper, ...texts] = await page.evaluate<
      (readonly [string, string])[]
    >(`["body", "h1", "p", "p + p"].map((name) => {
      let element = document.querySelector(name) ?? document.body;
      const { color } = getComputedStyle(element);
      const behind = () => getComputedStyle(element).backgroundColor;
      while (behind() === "rgba(0, 0, 0, 0)") element = element.parentElement;
      return [color, behind()];
    })`);
    expect(luminance(paper?.[1] ?? "") > 0.5).toBe(colorScheme === "light");
    for (const [ink, behind] of texts) {
      const [darker = 0, lighter = 0] = [luminance(ink), luminance(behind)].sort((one, other) => one - other);
      expect((lighter + 0.05) / (darker + 0.05), `${colorScheme}: ${ink} on ${behind}`).toBeGreaterThan(7);
    }
  }
}

/** Of `rgb(r, g, b)`: 0 is black, 1 is white. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (/^rgb\((.*)\)$/.exec(color)?.[1] ?? "").split(",").map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

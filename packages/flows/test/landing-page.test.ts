import { inspect } from "node:util";
import { AuthError, type TokenSet } from "@org/auth-core";
import { expect, onTestFinished, test } from "vitest";
import {
  authorizationCode,
  defaultPage,
  redirectTo,
  twoStage,
  type AuthorizationCodeOptions,
  type LandingContext,
  type LandingOutcome,
  type LandingPage,
} from "../src/index.ts";
import { openLoopback } from "../src/loopback.ts";
import { showLandingPage } from "../src/show-landing-page.ts";
import { browse, callbackUrl, visit, type Page } from "./browser.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type ScriptedServer } from "./scripted-server.ts";

const client = { clientId: "app" };
const tokens = { access_token: "access-canary-1", refresh_token: "refresh-canary-1", token_type: "Bearer" };
const code = "code-canary";

async function serverWithTokens(): Promise<ScriptedServer> {
  const server = await scriptedServer();
  server.on("/token", { json: tokens });
  return server;
}

/** Signs in, and tells how it ended and which page the browser ended on; it does not follow beyond `hops` redirects. */
async function signIn(
  server: ScriptedServer,
  options: Partial<AuthorizationCodeOptions>,
  changes: Readonly<Record<string, string | undefined>> = {},
  open: (url: string) => Promise<Page> = browse,
): Promise<{ readonly page: Page; readonly outcome: TokenSet | Error; readonly url: string }> {
  const { promise: shown, resolve: show } = Promise.withResolvers<string>();
  const outcome = authorizationCode(server.metadata, client, { scopes: ["read"], show, ...options }).catch(
    (error: unknown) => error as Error,
  );
  const url = await shown;
  const page = await open(callbackUrl(url, { code, iss: server.issuer, ...changes }));
  return { page, url, outcome: await outcome };
}

/** The answer of a landing page that the browser gets at once, with no sign-in around it. */
async function shownBy(
  landingPage: LandingPage,
  outcome: LandingOutcome,
  timeouts: { readonly pageTimeoutMs?: number; readonly timeoutMs?: number } = {},
  open: (url: string) => Promise<Page> = browse,
): Promise<Page> {
  const receiver = await openLoopback({ host: "127.0.0.1", path: "/", ports: [0], isOurs: () => true });
  onTestFinished(() => receiver.close());
  const page = open(receiver.redirectUri);
  const context = { issuer: "https://id.example.com", outcome };
  await showLandingPage(await receiver.callback, { landingPage, context, ...timeouts });
  return await page;
}

/** A browser whose connection may be dropped. */
const dropped = (url: string): Promise<Page> =>
  visit(url).catch((error: unknown) => ({ address: "", status: 0, headers: {}, text: String(error) }));

const failed: LandingOutcome = { kind: "failed", code: "access_denied", description: "it did not go well" };

test("B.2-5 B.2-9 a router is a landing page: it gets a standard request and the outcome, and may ask a server with the new token", async () => {
  const server = await serverWithTokens();
  server.on("/version", ({ headers }) => ({ json: { version: "1.2.3", authorization: headers.authorization } }));
  const contexts: LandingContext[] = [];
  const requests: Request[] = [];
  const routes: Readonly<Record<string, LandingPage>> = {
    "GET /callback": () => new Response(null, { status: 302, headers: { location: "/version?lang=en" } }),
    "GET /version": async (_request, { outcome }) => {
      if (outcome.kind === "failed") return new Response("no", { status: 400 });
      const { value } = await outcome.source.getToken();
      const answer = await fetch(`${server.issuer}/version`, { headers: { authorization: `Bearer ${value}` } });
      return new Response(await answer.text(), { headers: { "content-type": "application/json" } });
    },
  };
  const router: LandingPage = (request, context) => {
    requests.push(request);
    contexts.push(context);
    const route = routes[`${request.method} ${new URL(request.url).pathname}`];
    return route?.(request, context) ?? new Response("none", { status: 404 });
  };

  const { page, outcome, url } = await signIn(server, { landingPage: router });
  const { origin } = new URL(new URL(url).searchParams.get("redirect_uri") ?? "");
  expect(JSON.parse(page.text)).toEqual({ version: "1.2.3", authorization: "Bearer access-canary-1" });
  expect(page.address).toMatch(/\/version\?lang=en&page=[0-9a-f-]{36}$/);
  expect(requests.map((request) => request.url)).toEqual([`${origin}/callback`, page.address]);
  expect(outcome).toMatchObject({ accessToken: "access-canary-1" });
  expect(contexts[0]).toBe(contexts[1]);
  expect(contexts[0]).toEqual({
    issuer: server.issuer,
    outcome: { kind: "signed-in", account: undefined, scopes: ["read"], source: expect.anything() },
  });
  expect(inspect(contexts, { depth: 10, showHidden: true }) + inspect(requests)).not.toMatch(/canary/);
});

test("B.6-3 a landing page is asked when the state was compared and the exchange is over, and told how both went", async () => {
  const outcomes: LandingOutcome[] = [];
  const landingPage: LandingPage = (request, context) => {
    outcomes.push(context.outcome);
    return defaultPage(request, context);
  };
  const server = await scriptedServer();
  server.on("/token", () => {
    expect(outcomes).toEqual([]);
    return { json: { error: "invalid_grant", error_description: "<b>used up" }, status: 400 };
  });
  const { page, outcome } = await signIn(server, { landingPage });
  const description = `signing in at ${server.issuer} failed: the server answered invalid_grant (server said: <b>used up)`;
  expect(outcomes).toEqual([{ kind: "failed", code: "invalid_grant", description }]);
  expect(outcome).toMatchObject({ code: "invalid_grant", message: description });
  expect(page).toMatchObject({ status: 400, text: expect.stringContaining("&#60;b&#62;used up") });

  const controller = new AbortController();
  const forge = async (url: string): Promise<Page> => {
    const refused = await visit(url);
    controller.abort();
    return refused;
  };
  const refused = await signIn(server, { landingPage, http: { signal: controller.signal } }, { state: "x" }, forge);
  expect(refused.page.status).toBe(400);
  expect(outcomes).toHaveLength(1);
});

test("B.6-3 B.1-12 the page says that a person is signed in when the caller has accepted the login, and not before", async () => {
  const server = await serverWithTokens();
  const kept: string[] = [];
  const seen: string[] = [];
  const landingPage = twoStage((_request, { outcome }) => {
    seen.push(...kept);
    return new Response(outcome.kind);
  });
  const accept = async (login: TokenSet): Promise<void> => {
    await visit(`${server.issuer}/anywhere`);
    kept.push(login.accessToken);
  };
  const { page, outcome } = await signIn(server, { accept, landingPage });
  expect(page.text).toBe("signed-in");
  expect(seen).toEqual(["access-canary-1"]);
  expect(outcome).toMatchObject({ accessToken: "access-canary-1" });
});

test("B.6-3 B.1-12 4.3-51 where the caller does not accept the login the page says so, by the code alone, and the sign-in ends with it", async () => {
  const server = await serverWithTokens();
  const outcomes: LandingOutcome[] = [];
  const refusal = new AuthError("wrong_account", "you are ana@example.com, and not bob");
  const refuse = { accept: () => Promise.reject(refusal) };
  const refused = await signIn(server, refuse);
  expect(refused.outcome).toBe(refusal);
  expect(refused.page.status).toBe(400);
  expect(refused.page.text).toContain("You are not signed in");
  expect(refused.page.text).toContain("Another account has signed in than the profile is for.");
  expect(refused.page.text).not.toMatch(/ana|bob/);

  const landingPage: LandingPage = (_request, { outcome }) => {
    outcomes.push(outcome);
    return new Response(outcome.kind);
  };
  expect((await signIn(server, { ...refuse, landingPage })).page.text).toBe("failed");
  const description = "Another account has signed in than the profile is for.";
  expect(outcomes).toEqual([{ kind: "failed", code: "wrong_account", description }]);

  // The caller's own mistake: nothing can be said of it, so the browser is let go.
  const mistake = new TypeError("canary");
  const broken = await signIn(server, { accept: () => Promise.reject(mistake) }, {}, dropped);
  expect(broken).toMatchObject({ outcome: mistake, page: { status: 0 } });
});

test("B.1-13 the caller's signal does not stop the caller's own acceptance, and a login that was accepted is given", async () => {
  const server = await serverWithTokens();
  const controller = new AbortController();
  const accept = async (): Promise<void> => {
    controller.abort(new Error("enough"));
    await visit(`${server.issuer}/anywhere`);
  };
  const { outcome } = await signIn(server, { accept, http: { signal: controller.signal } }, {}, dropped);
  expect(outcome).toMatchObject({ accessToken: "access-canary-1" });
});

test("B.2-5 in two stages: the callback is a redirect, and the second page is made when the browser is there", async () => {
  const server = await serverWithTokens();
  let isThere = false;
  const landingPage = twoStage((_request, { outcome }) => new Response(`${outcome.kind} ${String(isThere)}`));
  const { page, outcome } = await signIn(server, { landingPage }, {}, async (url) => {
    const { status, headers, text } = await visit(url);
    expect({ status, text }).toEqual({ status: 303, text: "" });
    isThere = true;
    return await visit(headers.location ?? "");
  });
  expect(page).toMatchObject({
    status: 200,
    text: "signed-in true",
    address: expect.stringContaining("/landing?page="),
  });
  expect(outcome).toMatchObject({ accessToken: "access-canary-1" });

  const elsewhere = twoStage((_request, context) => new Response(context.outcome.kind), { path: "/version" });
  expect(await shownBy(elsewhere, failed)).toMatchObject({
    text: "failed",
    address: expect.stringContaining("/version?"),
  });
});

test("4.3-50 B.1-11 a page elsewhere is one of the two that were configured, whatever came with the browser", async () => {
  const server = await serverWithTokens();
  const landingPage = redirectTo({
    success: "https://example.com/local-login-success?from=cli",
    error: "https://example.com/local-login-error",
  });
  const evil = { redirect_after: "https://evil.test", redirect_uri: "https://evil.test", success: "https://evil.test" };
  const { page, outcome } = await signIn(server, { landingPage }, evil, visit);
  expect(page).toMatchObject({
    status: 303,
    headers: { location: "https://example.com/local-login-success?from=cli", "referrer-policy": "no-referrer" },
  });
  expect(outcome).toMatchObject({ accessToken: "access-canary-1" });

  const denied = { code: undefined, error: "access_denied", error_description: "https://evil.test", ...evil };
  const refused = await signIn(server, { landingPage }, denied, visit);
  expect(refused.page).toMatchObject({ status: 303, headers: { location: "https://example.com/local-login-error" } });
  expect(refused.outcome).toMatchObject({ code: "access_denied" });

  for (const bad of ["http://example.com/", "javascript:alert(1)", "/done", "https://ana:pass@example.com/", ""]) {
    expect(() => redirectTo({ success: bad, error: "https://example.com/" }), bad).toThrow(TypeError);
    expect(() => redirectTo({ success: "https://example.com/", error: bad }), bad).toThrow(TypeError);
  }
});

test("a landing page that fails, hangs or gives no page loses nothing: ours is shown", async () => {
  const server = await serverWithTokens();
  const broken: Readonly<Record<string, LandingPage>> = {
    throws: () => {
      throw new Error("canary");
    },
    rejects: () => Promise.reject(new Error("canary")),
    "gives no page": () => Response.error(),
    "gives no response": () => undefined as unknown as Response,
    "stops half way": () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new TextEncoder().encode("half"));
            controller.error(new Error("canary"));
          },
        }),
      ),
  };
  for (const [name, landingPage] of Object.entries(broken)) {
    const { page, outcome } = await signIn(server, { landingPage });
    expect(page.status, name).toBe(200);
    expect(page.text).toContain("You are signed in");
    expect(page.text).not.toMatch(/canary|half/);
    expect(outcome).toMatchObject({ accessToken: "access-canary-1" });
  }

  const signals: AbortSignal[] = [];
  const hanging: LandingPage = ({ signal }) => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  const page = await shownBy(hanging, failed, { pageTimeoutMs: 20 });
  expect(page).toMatchObject({ status: 400, text: expect.stringContaining("it did not go well") });
  expect(signals).toMatchObject([{ aborted: true }]);
  expect((await shownBy(defaultPage, failed, { timeoutMs: 1 }, visit)).status).toBe(303);
});

test("4.3-51 our page does not say who signed in, nor any secret, and names nothing to be loaded", async () => {
  const account = { subject: "subject-1", username: "ana", email: "ana@example.com" };
  const source = { getToken: () => expect.fail("nobody asked for a token") };
  const page = await shownBy(defaultPage, { kind: "signed-in", account, scopes: ["read"], source });
  expect(page.text).toContain("You are signed in");
  expect(page.text).not.toMatch(/subject-1|ana|example\.com|read/);
  expect(page.text).not.toMatch(/\b(src|href|url|@import|script)\b/);
});

test("B.1-13 the caller's signal ends a login during the exchange too, and its page afterwards without losing the login", async () => {
  const server = await serverWithTokens();
  const during = new AbortController();
  const reason = new Error("enough");
  server.on("/token", { raw: () => during.abort(reason) });
  const first = await signIn(server, { http: { signal: during.signal } }, {}, dropped);
  expect(first).toMatchObject({ outcome: reason, page: { status: 0 } });

  server.on("/token", { json: tokens });
  const after = new AbortController();
  const signals: AbortSignal[] = [];
  const landingPage: LandingPage = ({ signal }) => {
    signals.push(signal);
    after.abort(reason);
    return new Promise(() => undefined);
  };
  const second = await signIn(server, { http: { signal: after.signal }, landingPage }, {}, dropped);
  expect(second).toMatchObject({ outcome: { accessToken: "access-canary-1" }, page: { status: 0 } });
  expect(signals).toMatchObject([{ aborted: true }]);
});

test("4.2-48 the redirect's path has a random segment where the server allows it", async () => {
  const server = await serverWithTokens();
  const paths: string[] = [];
  for (const path of ["/", "/callback", "/callback"]) {
    const { url, page } = await signIn(server, { redirect: { path, isPathRandom: true } }, {}, async (callback) => {
      const { origin, pathname, search } = new URL(callback);
      expect((await visit(`${origin}/callback${search}`)).status).toBe(404);
      paths.push(pathname);
      return await browse(callback);
    });
    expect(page.status).toBe(200);
    expect(server.requests.at(-1)?.form.get("redirect_uri")).toBe(new URL(url).searchParams.get("redirect_uri"));
  }
  expect(paths).toEqual([
    expect.stringMatching(/^\/[\w-]{43}$/),
    ...Array.from({ length: 2 }, () => expect.stringMatching(/^\/callback\/[\w-]{43}$/) as unknown),
  ]);
  expect(new Set(paths.map((path) => path.split("/").at(-1))).size).toBe(3);
});

test("4.2-36 who waited in vain is told once how many came that were not meant", async () => {
  const server = await serverWithTokens();
  const { promise: shown, resolve: show } = Promise.withResolvers<string>();
  const login = authorizationCode(server.metadata, client, { scopes: [], show, timeoutMs: 1500 });
  const outcome = rejection(login);
  const url = await shown;
  for (let count = 0; count < 3; count++) await visit(callbackUrl(url, { state: "x" }));
  expect((await outcome).message).toContain("; 3 that came brought another sign-in's answer, or none");
});

test("B.6-2 the redirect is listened for before the browser opens, so the fastest of all is not lost", async () => {
  const server = await serverWithTokens();
  const set = await authorizationCode(server.metadata, client, {
    scopes: [],
    show: async (url) => {
      expect((await visit(`${new URL(callbackUrl(url, {})).origin}/favicon.ico`)).status).toBe(404);
      expect((await browse(callbackUrl(url, { code, iss: server.issuer }))).status).toBe(200);
    },
  });
  expect(set.accessToken).toBe("access-canary-1");
});

test("B.6-4 a redirect that names no port is one on a port that the system chooses", async () => {
  const server = await serverWithTokens();
  const { url, outcome } = await signIn(server, { redirect: { host: "127.0.0.1", path: "/auth/oidc" } });
  expect(new URL(url).searchParams.get("redirect_uri")).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/auth\/oidc$/);
  expect(outcome).toMatchObject({ accessToken: "access-canary-1" });
});

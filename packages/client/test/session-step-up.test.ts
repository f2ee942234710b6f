import { formatKey } from "@org/auth-core";
import { headlessPerson, startProtectedApi, type AuthServer, type ProtectedApi } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { authorizedFetch, createClient, openSession, StepUpRequiredError, type SessionOptions } from "../src/index.ts";
import { openStorage } from "../src/storage/open-storage.ts";
import { isSteppedUp, requireSteppedUp } from "../src/sign-in/step-up-sign-in.ts";
import { authServer, login, protectedApi, rejection, signIn, tempFolder } from "./surroundings.ts";

const strong = { acrValues: ["phrh", "phr"], maxAgeSeconds: 3600 } as const;

interface Story {
  readonly server: AuthServer;
  readonly api: ProtectedApi;
  readonly options: SessionOptions;
  /** How often somebody was asked to sign in. */
  readonly asked: () => number;
  /** Once somebody has been asked. */
  readonly shown: Promise<unknown>;
  /** Who signs in from now on. */
  readonly becomes: (who: AuthServer["person"]) => void;
}

/** A server that knows a weak way to sign in and a strong one, a person who does as they are told, and an API. */
async function story({ acrValues = ["pwd", "phr"] }: { readonly acrValues?: readonly string[] } = {}): Promise<Story> {
  const server = await authServer({ acrValues });
  let { person } = server;
  let asked = 0;
  const { promise: shown, resolve: isShown } = Promise.withResolvers<unknown>();
  const show = (url: string): void => {
    asked++;
    isShown(undefined);
    void headlessPerson(person).signIn(url);
  };
  const options: SessionOptions = {
    issuer: server.issuer,
    clientId: server.nativeClientId,
    env: { HOME: tempFolder(), ORG_AUTH_STORE: "file" },
    folder: false,
    signIn: { flow: "browser", open: () => true, show },
  };
  return {
    server,
    api: await protectedApi(server),
    options,
    asked: () => asked,
    shown,
    becomes: (who) => {
      person = who;
    },
  };
}

/** An API that is told nothing of how people have signed in, so that it is never content. */
async function discontentApi({ introspect }: AuthServer): Promise<ProtectedApi> {
  const api = await startProtectedApi({
    introspect: async (token) => ({ ...(await introspect(token)), acr: undefined }),
  });
  onTestFinished(() => api.close());
  api.stepUp = strong;
  return api;
}

/** A `fetch` that keeps cookies from one visit to the next, as the windows of one browser do. */
function rememberingFetch(): typeof fetch {
  const kept = new Map<string, string>();
  return async (url, init) => {
    const response = await fetch(url, { ...init, headers: { cookie: [...kept.values()].join("; ") } });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      kept.set(pair.split("=")[0] ?? "", pair);
    }
    return response;
  };
}

/** What the last sign-in through a browser asked for. */
function authorizationRequest({ requests, metadata }: AuthServer): Record<string, string> {
  const path = new URL(metadata.authorizationEndpoint ?? "").pathname;
  const request = requests.findLast((one) => one.path === path);
  return Object.fromEntries(new URL(request?.target ?? "", metadata.issuer).searchParams);
}

test("4.1-35 through a browser a person signs in as the API wants it, and that login is used ever after", async () => {
  const { server, api, options, asked } = await story();
  const session = openSession(options);
  const client = createClient({ baseUrl: api.baseUrl, source: session, onStepUp: session.stepUp });
  expect(await client.get("me").json()).toMatchObject({ subject: server.person.subject });
  const weak = await session.getAccessToken();
  expect(authorizationRequest(server)).not.toHaveProperty("acr_values");

  api.stepUp = strong;
  expect(await client.get("me").json()).toMatchObject({ subject: server.person.subject });
  expect(authorizationRequest(server)).toMatchObject({ acr_values: "phrh phr", max_age: "3600" });
  const token = await session.getAccessToken();
  expect(token).not.toBe(weak);
  expect(await openSession(options).getAccessToken()).toBe(token);

  // A renewal is of the same sign-in.
  const renewed = await session.getToken({ rejected: await session.getToken() });
  expect(renewed.value).not.toBe(token);
  expect((await client.get("me")).status).toBe(200);
  expect(asked()).toBe(2);
});

test("4.1-35 by a device a person signs in as the API wants it", async () => {
  const { server, api, options } = await story();
  await openSession(options).getAccessToken();
  let asked = 0;
  const session = openSession({
    ...options,
    signIn: {
      flow: "device",
      show: ({ verificationUri, userCode }) => {
        asked++;
        void headlessPerson(server.person).approveDevice({ verificationUri, userCode });
      },
    },
  });
  const fetch = authorizedFetch(session, { origins: [api.origin], onStepUp: session.stepUp });
  api.stepUp = strong;
  const response = await fetch(`${api.baseUrl}/me`);
  expect([response.status, asked]).toEqual([200, 1]);
  const { pathname } = new URL(server.metadata.deviceAuthorizationEndpoint ?? "");
  const { body } = server.requests.find(({ path }) => path === pathname) ?? {};
  expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({ acr_values: "phrh phr", max_age: "3600" });
});

test("4.1-35 requests of several clients at once are one sign-in", async () => {
  const { api, options, asked } = await story();
  const session = openSession(options);
  await session.getAccessToken();
  api.stepUp = strong;
  const { stepUp } = session;
  const one = createClient({ baseUrl: api.baseUrl, source: session, onStepUp: stepUp });
  const other = authorizedFetch(session, { origins: [api.origin], onStepUp: stepUp });
  const answers = await Promise.all([
    ...Array.from({ length: 10 }, () => one.get("me")),
    ...Array.from({ length: 10 }, () => other(`${api.baseUrl}/me`)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(asked()).toBe(2);
});

test("4.1-35 what another process has stepped up to is used, and nobody is asked", async () => {
  const { api, options, asked } = await story();
  const session = openSession(options);
  await session.getAccessToken();
  const other = openSession(options);
  await other.stepUp(strong);
  expect(asked()).toBe(2);
  api.stepUp = strong;
  const fetch = authorizedFetch(session, { origins: [api.origin], onStepUp: session.stepUp });
  expect((await fetch(`${api.baseUrl}/me`)).status).toBe(200);
  expect(asked()).toBe(2);
});

test("4.1-35 whoever wants another sign-in than the one under way gets their own", async () => {
  const { server, options, asked, shown } = await story({ acrValues: ["pwd", "phr", "phrh"] });
  const session = openSession(options);
  const first = session.getAccessToken();
  await shown;
  const phr = { acrValues: ["phr"] };
  await Promise.all([first, session.stepUp(phr), session.stepUp({ acrValues: ["phrh"] }), session.stepUp(phr)]);
  expect(asked()).toBe(3);
  expect(authorizationRequest(server)["acr_values"]).toBe("phrh");
});

test("4.1-35 somebody else who signs in is refused, and the login stays as it was", async () => {
  const { server, api, options, asked, becomes } = await story();
  const session = openSession(options);
  const weak = await session.getAccessToken();
  api.stepUp = strong;
  const client = createClient({ baseUrl: api.baseUrl, source: session, onStepUp: session.stepUp });
  becomes(server.otherPerson);
  expect(await rejection(client.get("me"))).toMatchObject({ code: "wrong_account" });
  expect(await openSession(options).getAccessToken()).toBe(weak);

  becomes(server.person);
  expect((await client.get("me")).status).toBe(200);
  expect(asked()).toBe(3);
});

test("4.1-35 a server that signs in another way is told of once, and nobody is asked again for it", async () => {
  const { server, api, options, asked } = await story({ acrValues: ["pwd"] });
  const session = openSession(options);
  const weak = await session.getAccessToken();
  api.stepUp = strong;
  const client = createClient({ baseUrl: api.baseUrl, source: session, onStepUp: session.stepUp });
  const error = await rejection(client.get("me"));
  expect(error).toBeInstanceOf(StepUpRequiredError);
  expect(error).toMatchObject({ code: "step_up_required", ...strong });
  expect(error.message).toBe(
    `the API wants a sign-in by phrh or phr, not longer than 3600 s ago; the one at ${server.issuer} was by pwd`,
  );
  const again = await rejection(client.get("me"));
  expect(again.message).toBe(`${new URL(api.origin).host} wants a sign-in by phrh or phr, not longer than 3600 s ago`);
  expect(await openSession(options).getAccessToken()).toBe(weak);
  expect(asked()).toBe(2);
});

test("4.1-35 a refused sign-in of the browser that the login was made with ends neither that nor its renewal", async () => {
  const { server, options } = await story({ acrValues: ["pwd"] });
  const browser = headlessPerson(server.person, { fetch: rememberingFetch() });
  const show = (url: string): void => void browser.signIn(url);
  const session = openSession({ ...options, signIn: { flow: "browser", open: () => true, show } });
  const token = await session.getToken();
  expect(await rejection(session.stepUp(strong))).toMatchObject({ code: "step_up_required" });
  expect(await server.introspect(token.value)).toMatchObject({ active: true });
  expect((await session.getToken({ rejected: token })).value).not.toBe(token.value);
  expect([server.tokenRequests("authorization_code"), server.tokenRequests("refresh_token")]).toEqual([2, 1]);
});

test("4.1-35 whoever needs no more than a login does not fail with the step-up that is under way, but signs in", async () => {
  const { server, options, asked, shown } = await story({ acrValues: ["pwd"] });
  const session = openSession(options);
  const refused = rejection(session.stepUp(strong));
  await shown;
  const tokens = await Promise.all([session.getAccessToken(), session.getAccessToken()]);
  expect(await refused).toMatchObject({ code: "step_up_required" });
  expect(new Set(tokens).size).toBe(1);
  expect(authorizationRequest(server)).not.toHaveProperty("acr_values");
  expect(asked()).toBe(2);
});

test("4.1-35 whoever needs no more than a login takes the one that a step-up under way brings", async () => {
  const { options, asked, shown } = await story();
  const session = openSession(options);
  const steppedUp = session.stepUp(strong);
  await shown;
  expect(await session.getAccessToken()).not.toBe("");
  await steppedUp;
  expect(asked()).toBe(1);
});

test("4.1-35 for an API that is never content a person is asked once, whatever asks it", async () => {
  const { server, options, asked } = await story();
  const api = await discontentApi(server);
  const session = openSession(options);
  const client = createClient({ baseUrl: api.baseUrl, source: session, onStepUp: session.stepUp });
  for (let count = 0; count < 5; count++) {
    expect(await rejection(client.get("me"))).toBeInstanceOf(StepUpRequiredError);
  }
  expect(asked()).toBe(2);
  expect(api.requests).toHaveLength(6);

  // Another client of that session knows nothing of it, and the session does.
  const fetch = authorizedFetch(session, { origins: [api.origin], onStepUp: session.stepUp });
  expect((await fetch(`${api.baseUrl}/me`)).status).toBe(401);
  expect(asked()).toBe(2);

  api.stepUp = { acrValues: ["pwd"] };
  expect(await rejection(client.get("me"))).toMatchObject({ acrValues: ["pwd"] });
  expect(asked()).toBe(3);
});

test("4.1-35 where neither side says how people sign in the API has the last word, after one sign-in", async () => {
  const { server, options, asked } = await story({ acrValues: [] });
  const session = openSession(options);
  await session.getAccessToken();
  await session.stepUp({ maxAgeSeconds: 0, acrValues: ["phr"] });
  await session.stepUp({});
  expect(asked()).toBe(3);
  expect(server.tokenRequests("authorization_code")).toBe(3);
});

test("4.1-35 a caller that gives up ends its own wait, and the person signs in for the others", async () => {
  const { api, options, asked } = await story();
  const session = openSession(options);
  await session.getAccessToken();
  api.stepUp = strong;
  const impatient = new AbortController();
  const fetch = authorizedFetch(session, {
    origins: [api.origin],
    onStepUp: async (challenge) => {
      const done = session.stepUp(challenge);
      impatient.abort(new Error("enough"));
      await done;
    },
  });
  const one = fetch(`${api.baseUrl}/me`, { signal: impatient.signal });
  const other = fetch(`${api.baseUrl}/me`);
  await expect(one).rejects.toThrow("enough");
  expect((await other).status).toBe(200);
  expect(asked()).toBe(2);
});

test("4.1-35 what was given outright is not stepped up, and nobody is asked", async () => {
  const { server, api, options, asked } = await story();
  const { accessToken } = await signIn(server);
  const env = { ...options.env, ORG_AUTH_ACCESS_TOKEN: accessToken };
  const session = openSession({ ...options, env });
  api.stepUp = strong;
  const client = createClient({ baseUrl: api.baseUrl, source: session, onStepUp: session.stepUp });
  const error = await rejection(client.get("me"));
  expect(error).toBeInstanceOf(StepUpRequiredError);
  expect(error.message).toContain('; the credential of the environment "ORG_AUTH_ACCESS_TOKEN" was given outright');
  expect(error.hint).toBe("take that away, and sign in");
  expect(asked()).toBe(0);
});

test("4.1-35 the session's tokens are of the better sign-in from then on, whether an API has refused one or not", async () => {
  const { options, asked } = await story();
  const session = openSession(options);
  const weak = await session.getAccessToken();
  await session.stepUp(strong);
  expect(await session.getAccessToken()).not.toBe(weak);
  await session.stepUp(strong);
  expect(asked()).toBe(2);
});

test("B.2-6 4.1-35 tokens that are being destroyed are of no such sign-in", async () => {
  const { server, options, asked } = await story();
  const session = openSession(options);
  await session.stepUp(strong);
  const key = { issuer: server.issuer, clientId: server.nativeClientId, profile: "default" };
  const work = await openStorage({ env: options.env }).mutex.run(formatKey(key), async () => {
    const destroyed = session.destroyTokens();
    const steppedUp = session.stepUp(strong);
    // It looks where the step up would look, and finds what is about to be destroyed.
    for (let count = 0; count < 3; count++) expect(await session.getAccount()).toBeDefined();
    return [destroyed, steppedUp];
  });
  await Promise.all(work);
  expect(asked()).toBe(2);
});

test("4.1-35 a sign-in that is older than was asked for is not taken for one, but for the seconds that clocks differ by", () => {
  const startedAtMs = 10_000_000;
  const of = (authenticatedAtMs: number | undefined): void => {
    requireSteppedUp(login({ authenticatedAtMs }), { maxAgeSeconds: 300 }, startedAtMs);
  };
  expect(() => of(startedAtMs - 360_001)).toThrow(
    "the API wants a sign-in not longer than 300 s ago; the one at https://id.example.com was made 361 s before it was asked for",
  );
  for (const good of [startedAtMs - 360_000, startedAtMs + 5, undefined]) expect(() => of(good)).not.toThrow();
});

test("4.1-35 a login is known to be good enough by what its ID token says, with time to spare", () => {
  const nowMs = 10_000_000;
  const set = login({ acr: "phr", authenticatedAtMs: nowMs - 200_000 });
  const good = [{ acrValues: ["x", "phr"] }, { maxAgeSeconds: 260 }, { acrValues: ["phr"], maxAgeSeconds: 260 }];
  const bad = [{}, { acrValues: ["x"] }, { maxAgeSeconds: 259 }, { acrValues: ["x"], maxAgeSeconds: 260 }];
  expect(good.map((challenge) => isSteppedUp(set, challenge, nowMs))).toEqual([true, true, true]);
  expect(bad.map((challenge) => isSteppedUp(set, challenge, nowMs))).toEqual([false, false, false, false]);
  expect(isSteppedUp(login(), { acrValues: ["phr"] }, nowMs)).toBe(false);
  const ended = login({ acr: "phr", ended: { reason: "invalid_grant", atMs: 0 } });
  expect(isSteppedUp(ended, { acrValues: ["phr"] }, nowMs)).toBe(false);
});

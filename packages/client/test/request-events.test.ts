import { accessToken, AuthError, fixed, type AuthEvent, type TokenSource } from "@org/auth-core";
import { expect, test } from "vitest";
import { authorizedFetch, createClient } from "../src/index.ts";
import { numberedSource, rejection, scriptedServer, type ScriptedServer } from "./surroundings.ts";

const provenance = { place: "environment", name: "ACME_TOKEN" };
const only = fixed(accessToken({ value: "canary-token-1", provenance }));

/** A source whose next token is another one, or this error. */
function renewing(error?: Error): TokenSource {
  return {
    async getToken({ rejected } = {}) {
      if (rejected === undefined) return await only.getToken();
      if (error !== undefined) throw error;
      return accessToken({ value: "canary-token-2", provenance });
    },
  };
}

/** An API that refuses so many of the tokens there are, by this challenge. */
function refusing(tokens: number, challenge = 'Bearer error="invalid_token"'): Promise<ScriptedServer> {
  return scriptedServer(({ headers }, response) => {
    const number = Number(headers.authorization?.slice(-1));
    if (number > tokens) response.end("an answer");
    else response.writeHead(401, { "www-authenticate": challenge }).end();
  });
}

/** What is told while a request is sent, and its status. */
async function told(
  origin: string,
  source: TokenSource,
  init?: RequestInit,
): Promise<{ readonly status: unknown; readonly events: readonly AuthEvent[] }> {
  const events: AuthEvent[] = [];
  const fetch = authorizedFetch(source, { origins: [origin], onEvent: (event) => events.push(event) });
  const status = await fetch(`${origin}/a?canary`, init).then(
    (response) => response.status,
    (error: unknown) => error,
  );
  return { status, events };
}

test("of a request that goes well nothing is told, nor of one that its API refuses for another reason", async () => {
  const api = await refusing(0);
  expect(await told(api.origin, only)).toEqual({ status: 200, events: [] });
  const forbidding = await scriptedServer((_, response) => response.writeHead(403).end());
  expect(await told(forbidding.origin, only)).toEqual({ status: 403, events: [] });
});

test("B.2-7 F63 of a refused token it is told whose it was, why, and what became of the request", async () => {
  const [once, twice] = [await refusing(1), await refusing(2)];
  const event = { type: "token-refused", provenance, reason: "invalid_token" };
  expect(await told(once.origin, renewing())).toEqual({
    status: 200,
    events: [{ ...event, origin: once.origin, outcome: "replaced" }],
  });
  expect(await told(twice.origin, renewing())).toEqual({
    status: 401,
    events: [{ ...event, origin: twice.origin, outcome: "refused-again" }],
  });
  expect(await told(once.origin, only)).toEqual({
    status: 401,
    events: [{ ...event, origin: once.origin, outcome: "kept" }],
  });
});

test("what kept a refused token from being replaced, or the request from being sent again, is told", async () => {
  const { origin } = await refusing(1);
  const event = { type: "token-refused", origin, provenance, reason: "invalid_token", outcome: "failed" };
  const error = new AuthError("login_required", "it has ended");
  expect(await told(origin, renewing(error))).toEqual({ status: error, events: [{ ...event, error }] });

  const stream = { method: "POST", body: new Blob(["used up"]).stream(), duplex: "half" } as const;
  const { status, events } = await told(origin, renewing(), stream);
  expect(status).toMatchObject({ code: "body_not_replayable" });
  expect(events).toEqual([{ ...event, error: status }]);

  const reason = new Error("the caller has had enough");
  expect(await told(origin, renewing(reason))).toEqual({ status: reason, events: [event] });

  // The second time it is not there any more.
  let answers = 0;
  const leaving = await scriptedServer((_, response) => {
    if (answers++ === 0) response.writeHead(401).end();
    else response.socket?.resetAndDestroy();
  });
  const lost = await told(leaving.origin, renewing());
  expect(lost.status).toBeInstanceOf(TypeError);
  expect(lost.events).toMatchObject([{ outcome: "failed", reason: undefined }]);
});

test.for([
  ['Bearer error="insufficient_user_authentication"', "insufficient_user_authentication"],
  ['Basic realm="a", DPoP error="use_dpop_nonce"', "use_dpop_nonce"],
  ['Bearer error="canary-token-1"', undefined],
  ['Bearer error="canary-token-1", Bearer error="invalid_token"', "invalid_token"],
  ["Bearer", undefined],
] as const)("the reason is a code that an RFC knows, or none: %s", async ([challenge, reason]) => {
  const { origin } = await refusing(1, challenge);
  const { events } = await told(origin, only);
  expect(events).toEqual([{ type: "token-refused", origin, provenance, reason, outcome: "kept" }]);
});

test("that a token stays behind at a redirect is told, and a 401 from there is no refusal", async () => {
  const elsewhere = await scriptedServer((_, response) => response.writeHead(401).end());
  const api = await scriptedServer(({ target }, response) => {
    if (target === "/here") response.end("an answer");
    else response.writeHead(302, { location: target === "/a?canary" ? `${elsewhere.origin}/canary` : "/here" }).end();
  });
  expect(await told(api.origin, renewing())).toEqual({
    status: 401,
    events: [{ type: "token-withheld", origin: api.origin, to: elsewhere.origin }],
  });
  const events: AuthEvent[] = [];
  const client = createClient({ baseUrl: api.origin, source: only, onEvent: (event) => events.push(event) });
  expect(await client.get("b").text()).toBe("an answer");
  expect(events).toEqual([]);
});

test("a request that is sent again and then redirected away has had its token replaced, and left behind", async () => {
  const elsewhere = await scriptedServer((_, response) => response.writeHead(401).end());
  const api = await scriptedServer(({ headers }, response) => {
    if (headers.authorization === "Bearer canary-token-1") response.writeHead(401).end();
    else response.writeHead(307, { location: elsewhere.origin }).end();
  });
  const { events } = await told(api.origin, renewing());
  expect(events).toMatchObject([
    { type: "token-refused", outcome: "replaced" },
    { type: "token-withheld", to: elsewhere.origin },
  ]);
});

test("each of many requests that are refused at once is told of", async () => {
  const api = await refusing(1);
  const events: AuthEvent[] = [];
  const source = numberedSource();
  const client = createClient({ baseUrl: api.origin, source, onEvent: (event) => events.push(event) });
  await Promise.all(Array.from({ length: 20 }, () => client.get("a")));
  const refused = api.requests.filter(({ headers }) => headers.authorization === "Bearer canary-token-1");
  expect(events.map((event) => event.type === "token-refused" && event.outcome)).toEqual(refused.map(() => "replaced"));
  expect(await rejection(createClient({ baseUrl: api.origin, source: only }).get("a"))).toMatchObject({
    code: "login_required",
  });
});

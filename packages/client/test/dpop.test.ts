import { once } from "node:events";
import {
  accessTokenOf,
  changedTokenSet,
  fixed,
  memoryStore,
  reuse,
  stored,
  type TokenSet,
  type TokenSource,
} from "@org/auth-core";
import { authorizationCode, refresh } from "@org/auth-flows";
import { headlessPerson, type AuthServer } from "@org/auth-testing";
import { expect, test } from "vitest";
import { authorizedFetch, replayable } from "../src/index.ts";
import {
  authServer,
  keep,
  login,
  protectedApi,
  recordingServer,
  rejection,
  scriptedServer,
  type ScriptedServer,
} from "./surroundings.ts";

// The key pair of RFC 7515 appendix A.3.1: for all to see.
const dpopKey = JSON.stringify({
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
});
const source = fixed(accessTokenOf(login({ accessToken: "canary-token", tokenType: "DPoP", dpopKey })));

/** A person's login that is bound to a key. */
async function signIn({ metadata, nativeClientId, person }: AuthServer): Promise<TokenSet> {
  return await authorizationCode(
    metadata,
    { clientId: nativeClientId },
    {
      scopes: ["offline_access", "api:read"],
      dpop: true,
      show: async (url) => {
        await headlessPerson(person).signIn(url);
      },
    },
  );
}

async function sourceOf(set: TokenSet): Promise<TokenSource> {
  const store = memoryStore();
  const key = await keep(store, set);
  return reuse(stored(store, key, (current) => refresh(current ?? set, { clientId: set.clientId })));
}

/** What the proof of each request says. */
function proofsOf({ requests }: Pick<ScriptedServer, "requests">): readonly Readonly<Record<string, unknown>>[] {
  return requests.map(({ headers }) => {
    const [, payload = ""] = String(headers["dpop"]).split(".");
    return JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
  });
}

test("an API that checks proofs takes each request, also in parallel and after a renewal", async () => {
  const server = await authServer({ dpop: true });
  const api = await protectedApi(server);
  const tokens = await sourceOf(await signIn(server));
  const fetch = authorizedFetch(tokens, { origins: [api.origin] });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => fetch(`${api.baseUrl}/me?n=${String(n)}#x`)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));

  api.refuse((await tokens.getToken()).value);
  const posted = await fetch(`${api.baseUrl}/echo`, { method: "post", body: "text" });
  expect(await posted.json()).toMatchObject({ method: "POST", headers: { authorization: "DPoP" }, body: "text" });
  expect(server.tokenRequests("refresh_token")).toBe(1);
});

test("a token that was stolen without its key is worth nothing, and neither is a proof that was used", async () => {
  const server = await authServer({ dpop: true });
  const api = await protectedApi(server);
  const set = await signIn(server);
  const thieves = [changedTokenSet(set, { tokenType: undefined }), changedTokenSet(set, { dpopKey })];
  for (const thief of thieves) {
    const fetch = authorizedFetch(fixed(accessTokenOf(thief)), { origins: [api.origin] });
    expect((await fetch(`${api.baseUrl}/me`)).status).toBe(401);
  }

  const proof = (await accessTokenOf(set).proof?.({ method: "GET", url: `${api.baseUrl}/me` })) ?? "";
  const headers = { authorization: `DPoP ${set.accessToken}`, dpop: proof };
  expect((await fetch(`${api.baseUrl}/me`, { headers })).status).toBe(200);
  expect((await fetch(`${api.baseUrl}/me`, { headers })).status).toBe(401);
});

test("an API that wants its nonce gets it, in the first request once more and in the next ones at once", async () => {
  const server = await authServer({ dpop: "nonce-required" });
  const api = await protectedApi(server);
  const fetch = authorizedFetch(await sourceOf(await signIn(server)), { origins: [api.origin] });
  api.dpopNonce = "nonce-1";
  for (let round = 0; round < 3; round++) expect((await fetch(`${api.baseUrl}/me`)).status).toBe(200);
  expect(api.requests).toHaveLength(4);

  api.dpopNonce = "nonce-2";
  expect((await fetch(`${api.baseUrl}/echo`, { method: "PUT", body: "text" })).status).toBe(200);
  expect(api.requests.map(({ body }) => body).slice(4)).toEqual(["text", "text"]);
  expect(server.tokenRequests("refresh_token")).toBe(0);
});

const wanted = { "www-authenticate": 'DPoP algs="ES256", error="use_dpop_nonce"' };

test("an API that is never content with a nonce is asked twice, and costs no renewal", async () => {
  let number = 0;
  const api = await scriptedServer((_request, response) =>
    response.writeHead(401, { ...wanted, "dpop-nonce": `nonce-${String(++number)}` }).end("no"),
  );
  const response = await authorizedFetch(unrenewable, { origins: [api.origin] })(api.origin);
  expect([response.status, await response.text()]).toEqual([401, "no"]);
  expect(proofsOf(api).map(({ nonce }) => nonce)).toEqual([undefined, "nonce-1"]);
});

/** A source that must not be asked for another token. */
const unrenewable: TokenSource = {
  async getToken(options) {
    if (options?.rejected !== undefined) expect.fail("it was asked for another token");
    return await source.getToken();
  },
};

test("a 401 that finds fault with the proof is final, and costs no renewal", async () => {
  for (const challenge of [
    'DPoP error="invalid_dpop_proof"',
    "DPoP error=use_dpop_nonce",
    'Bearer, dpop a="b", error="use_dpop_nonce"',
  ]) {
    const api = await scriptedServer((_request, response) =>
      response.writeHead(401, { "www-authenticate": challenge }).end(),
    );
    expect((await authorizedFetch(unrenewable, { origins: [api.origin] })(api.origin)).status).toBe(401);
    expect(api.requests).toHaveLength(1);
  }
});

test("no other answer than a 401 wants a nonce", async () => {
  for (const status of [200, 400, 403]) {
    const api = await scriptedServer((_request, response) =>
      response.writeHead(status, { ...wanted, "dpop-nonce": "nonce-1" }).end(),
    );
    expect((await authorizedFetch(unrenewable, { origins: [api.origin] })(api.origin)).status).toBe(status);
    expect(api.requests).toHaveLength(1);
  }
});

test("a wish for a nonce that nobody will read is given up, and its connection with it", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  let number = 0;
  const api = await scriptedServer((_request, response) => {
    if (++number === 1) {
      void once(response, "close").then(resolve);
      response.writeHead(401, { ...wanted, "dpop-nonce": "nonce-1" }).write("a refusal without end");
    } else response.end();
  });
  const answers: Response[] = []; // What is held is not given up by the garbage collector.
  const carry: typeof globalThis.fetch = async (...call) => {
    const answer = await fetch(...call);
    answers.push(answer);
    return answer;
  };
  await authorizedFetch(source, { origins: [api.origin], fetch: carry })(api.origin);
  expect(answers.map(({ status }) => status)).toEqual([401, 200]);
  await closed;
});

test("a token that needs no proof goes without one, in place of one that did", async () => {
  const api = await scriptedServer(({ headers }, response) =>
    response.writeHead(headers.authorization === "Bearer canary-next" ? 200 : 401).end(),
  );
  const next = fixed(accessTokenOf(login({ accessToken: "canary-next" })));
  const renewing: TokenSource = { getToken: (options) => (options?.rejected ? next : source).getToken() };
  expect((await authorizedFetch(renewing, { origins: [api.origin] })(api.origin)).status).toBe(200);
  expect(api.requests.map(({ headers }) => "dpop" in headers)).toEqual([true, false]);
});

test("a 401 that finds fault with the token is one like any other", async () => {
  for (const challenge of ['DPoP error="invalid_token"', 'Bearer error="use_dpop_nonce"', "DPoP", ""]) {
    const api = await scriptedServer((_request, response) =>
      response.writeHead(401, { "www-authenticate": challenge, "dpop-nonce": "nonce-1" }).end(),
    );
    const next = accessTokenOf(login({ accessToken: "canary-next", tokenType: "DPoP", dpopKey }));
    const renewing: TokenSource = { getToken: async (options) => (options?.rejected ? next : await source.getToken()) };
    expect((await authorizedFetch(renewing, { origins: [api.origin] })(api.origin)).status).toBe(401);
    expect(api.requests.map(({ headers }) => headers.authorization)).toEqual(["DPoP canary-token", "DPoP canary-next"]);
    expect(proofsOf(api).map(({ nonce }) => nonce)).toEqual([undefined, "nonce-1"]);
  }
});

test("a nonce that comes with a good answer is used from then on, at its own origin only", async () => {
  const nonceless = await recordingServer();
  const api = await scriptedServer((_request, response) => response.setHeader("dpop-nonce", "nonce-1").end());
  const fetch = authorizedFetch(source, { origins: [api.origin, nonceless.origin] });
  for (const origin of [api.origin, api.origin, nonceless.origin]) await fetch(origin);
  expect(proofsOf(api).map(({ nonce }) => nonce)).toEqual([undefined, "nonce-1"]);
  expect(proofsOf(nonceless)[0]).not.toHaveProperty("nonce");

  // Two that share nothing do not meet.
  await authorizedFetch(source, { origins: [api.origin] })(api.origin);
  expect(proofsOf(api)[2]).not.toHaveProperty("nonce");
});

test("what is no nonce is not used", async () => {
  for (const nonce of ["a nonce", 'a"nonce', "a\\nonce", "a".repeat(1025)]) {
    const api = await scriptedServer((_request, response) =>
      response.writeHead(401, { ...wanted, "dpop-nonce": nonce }).end(),
    );
    const fetch = authorizedFetch(unrenewable, { origins: [api.origin] });
    for (let round = 0; round < 2; round++) expect((await fetch(api.origin)).status).toBe(401);
    expect(proofsOf(api).map((proof) => proof["nonce"])).toEqual([undefined, undefined]);
  }
});

test("a request whose body is a stream is not sent again for a nonce, which is said, and the next one has it", async () => {
  const api = await scriptedServer((_request, response) =>
    response.writeHead(401, { ...wanted, "dpop-nonce": "nonce-1" }).end("no"),
  );
  const fetch = authorizedFetch(unrenewable, { origins: [api.origin] });
  const post = async (): Promise<Response> =>
    await fetch(api.origin, { method: "POST", body: new Blob(["text"]).stream(), duplex: "half" });
  expect(await rejection(post())).toMatchObject({ code: "body_not_replayable", retryable: true });
  expect(await rejection(post())).toMatchObject({ code: "body_not_replayable" });
  expect(api.requests.map(({ body }) => body)).toEqual(["text", "text"]);
  expect(proofsOf(api).map(({ nonce }) => nonce)).toEqual([undefined, "nonce-1"]);
});

test("a request whose stream can be opened again is sent again for a nonce", async () => {
  const api = await scriptedServer((_request, response) =>
    response.writeHead(401, { ...wanted, "dpop-nonce": "nonce-1" }).end("no"),
  );
  const fetch = authorizedFetch(unrenewable, { origins: [api.origin] });
  const body = replayable(() => new Blob(["text"]).stream());
  expect((await fetch(api.origin, { method: "POST", body, duplex: "half" })).status).toBe(401);
  expect(api.requests.map((request) => request.body)).toEqual(["text", "text"]);
});

test("each hop of a redirect within the origin has a proof of its own, with the method that it is sent by", async () => {
  const api = await scriptedServer(({ target }, response) => {
    if (target.startsWith("/start")) response.writeHead(303, { location: "/next?a=b" }).end();
    else response.end();
  });
  await authorizedFetch(source, { origins: [api.origin] })(`${api.origin}/start?c=d`, { method: "POST", body: "text" });
  const [first, second] = proofsOf(api);
  expect(first).toMatchObject({ htm: "POST", htu: `${api.origin}/start` });
  expect(second).toMatchObject({ htm: "GET", htu: `${api.origin}/next` });
  expect(second?.["jti"]).not.toBe(first?.["jti"]);
});

test("4.4-52 a redirect to another origin takes neither token nor proof there, and none comes back", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const elsewhere = await scriptedServer((_request, response) =>
      response.writeHead(status, { location: `${api.origin}/home` }).end(),
    );
    const api: ScriptedServer = await scriptedServer(({ target }, response) => {
      if (target === "/start") response.writeHead(status, { location: `${elsewhere.origin}/there` }).end();
      else response.writeHead(401, { ...wanted, "dpop-nonce": "nonce-1" }).end();
    });
    const fetch = authorizedFetch(unrenewable, { origins: [api.origin, elsewhere.origin] });
    expect((await fetch(`${api.origin}/start`)).status).toBe(401);
    expect(api.requests.map(({ target }) => target)).toEqual(["/start", "/home"]);
    for (const { headers } of [...elsewhere.requests, ...api.requests.slice(1)]) {
      expect(headers).not.toHaveProperty("authorization");
      expect(headers).not.toHaveProperty("dpop");
    }
    expect(JSON.stringify(elsewhere.requests)).not.toContain("canary");
  }
});

test("a request to another origin, or with an Authorization of its own, has no proof", async () => {
  const [api, elsewhere] = [await recordingServer(), await recordingServer()];
  const fetch = authorizedFetch(source, { origins: [api.origin] });
  await fetch(elsewhere.origin);
  await fetch(api.origin, { headers: { authorization: "Basic mine" } });
  for (const { headers } of [...api.requests, ...elsewhere.requests]) expect(headers).not.toHaveProperty("dpop");
});

test("a login whose key cannot be read sends nothing, and shows nothing", async () => {
  const api = await recordingServer();
  const broken = fixed(accessTokenOf(login({ tokenType: "DPoP", dpopKey: '{"d":"canary' })));
  const error = await rejection(authorizedFetch(broken, { origins: [api.origin] })(api.origin));
  expect(error).toMatchObject({ code: "store_corrupt" });
  expect(api.requests).toEqual([]);
});

import { accessToken, AuthError, fixed, type TokenSource } from "@org/auth-core";
import { expect, test } from "vitest";
import { authorizedFetch, createClient, replayable, StepUpRequiredError, type StepUpChallenge } from "../src/index.ts";
import { numberedSource, rejection, scriptedServer, type ScriptedServer } from "./surroundings.ts";

const weak = fixed(accessToken({ value: "canary-weak" }));
const strong = fixed(accessToken({ value: "canary-strong" }));

/** An API that wants more of a sign-in than the weak token's, and says so by this challenge. */
function wantingMore(
  challenge = 'Bearer error="insufficient_user_authentication", acr_values="phr phrh", max_age=300, scope="api:write"',
): Promise<ScriptedServer> {
  return scriptedServer(({ headers }, response) => {
    if (headers.authorization === "Bearer canary-strong") response.end("done");
    else response.writeHead(401, { "www-authenticate": challenge }).end("more");
  });
}

/** A source that must not be asked for another token. */
const unrenewable: TokenSource = {
  async getToken(options) {
    if (options?.rejected !== undefined) expect.fail("it was asked for another token");
    return await weak.getToken();
  },
};

test("4.1-35 where nobody can be asked for more the 401 is the answer, and costs no token", async () => {
  const api = await wantingMore();
  const response = await authorizedFetch(unrenewable, { origins: [api.origin] })(api.origin);
  expect([response.status, await response.text()]).toEqual([401, "more"]);
  expect(api.requests).toHaveLength(1);
});

test("4.1-35 a client says what sign-in is wanted", async () => {
  const api = await wantingMore();
  const client = createClient({ baseUrl: api.origin, source: unrenewable });
  const error = await rejection(client.get("transfer?canary"));
  expect(error).toBeInstanceOf(StepUpRequiredError);
  expect(error).toMatchObject({
    code: "step_up_required",
    message: `${new URL(api.origin).host} wants a sign-in by phr or phrh, not longer than 300 s ago`,
    acrValues: ["phr", "phrh"],
    maxAgeSeconds: 300,
    scopes: ["api:write"],
  });
});

const hostile: readonly (readonly [challenge: string, wanted: StepUpChallenge])[] = [
  ['Bearer error="insufficient_user_authentication"', {}],
  ["DPoP a=b, Bearer error=insufficient_user_authentication, max_age=0", { maxAgeSeconds: 0 }],
  ['Bearer error="insufficient_user_authentication", max_age="-1", acr_values=""', {}],
  ['Bearer error="insufficient_user_authentication", max_age="1e3"', {}],
  ['Bearer error="insufficient_user_authentication", max_age="9999999999"', {}],
  [`Bearer error="insufficient_user_authentication", acr_values="ok ${"x".repeat(201)}"`, { acrValues: ["ok"] }],
  [
    `Bearer error="insufficient_user_authentication", acr_values="${numbered(60).join(" ")}"`,
    { acrValues: numbered(50) },
  ],
];

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `way-${String(index)}`);
}

test.for(hostile)("4.1-35 what makes no sense in it is left out: %s", async ([challenge, wanted]) => {
  const api = await wantingMore(challenge);
  const error = await rejection(createClient({ baseUrl: api.origin, source: unrenewable }).get("a"));
  expect(error).toMatchObject({ code: "step_up_required", acrValues: undefined, maxAgeSeconds: undefined, ...wanted });
});

test("no other status than a 401, and no other error, wants more of a sign-in", async () => {
  for (const [status, error] of [
    [403, "insufficient_user_authentication"],
    [401, "invalid_token"],
  ] as const) {
    const api = await scriptedServer((_request, response) =>
      response.writeHead(status, { "www-authenticate": `Bearer error="${error}"` }).end(),
    );
    const client = createClient({
      baseUrl: api.origin,
      source: weak,
      onStepUp: async () => expect.fail("nobody is to be asked"),
    });
    expect(await rejection(client.get("a"))).toMatchObject({ name: "ApiError", status });
  }
});

test("a person is asked once for all who wait, and their better token is used from then on", async () => {
  const api = await wantingMore();
  const challenges: StepUpChallenge[] = [];
  let refusals = 0;
  const { promise: allWait, resolve } = Promise.withResolvers<undefined>();
  const authorized = authorizedFetch(unrenewable, {
    origins: [api.origin],
    fetch: async (...call) => {
      const answer = await fetch(...call);
      if (answer.status === 401 && ++refusals === 20) setImmediate(() => resolve(undefined));
      return answer;
    },
    onStepUp: async (challenge) => {
      challenges.push(challenge);
      await allWait;
      return strong;
    },
  });
  const init = { method: "POST", body: "text" };
  const answers = await Promise.all(Array.from({ length: 20 }, () => authorized(api.origin, init)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(challenges).toEqual([{ acrValues: ["phr", "phrh"], maxAgeSeconds: 300, scopes: ["api:write"] }]);
  expect(api.requests.map(({ body }) => body)).toEqual(Array(40).fill("text"));

  expect((await authorized(api.origin)).status).toBe(200);
  expect(api.requests).toHaveLength(41);
});

test("a 401 for a token that has become a better one by now asks nobody", async () => {
  const { promise: late, resolve: arrived } = Promise.withResolvers<undefined>();
  const { promise: signedIn, resolve: release } = Promise.withResolvers<undefined>();
  const api = await scriptedServer(async ({ target, headers }, response) => {
    const isWeak = headers.authorization === "Bearer canary-weak";
    if (target === "/late" && isWeak) {
      arrived(undefined);
      await signedIn;
    }
    const challenge = 'Bearer error="insufficient_user_authentication"';
    if (isWeak) response.writeHead(401, { "www-authenticate": challenge });
    response.end();
  });
  let asked = 0;
  const fetch = authorizedFetch(unrenewable, {
    origins: [api.origin],
    onStepUp: async () => {
      asked++;
      return await Promise.resolve(strong);
    },
  });
  const lateAnswer = fetch(`${api.origin}/late`);
  await late;
  expect((await fetch(api.origin)).status).toBe(200);
  release(undefined);
  expect((await lateAnswer).status).toBe(200);
  expect(asked).toBe(1);
});

test("who signs in where the source looks gives nothing, and the source is asked", async () => {
  const api = await scriptedServer(({ headers }, response) => {
    const isOld = headers.authorization === "Bearer canary-token-1";
    const challenge = 'Bearer error="insufficient_user_authentication"';
    response.writeHead(isOld ? 401 : 200, isOld ? { "www-authenticate": challenge } : {}).end();
  });
  const source = numberedSource();
  const fetch = authorizedFetch(source, { origins: [api.origin], onStepUp: async () => Promise.resolve() });
  expect((await fetch(api.origin)).status).toBe(200);
  expect(source.calls.at(-1)?.rejected?.value).toBe("canary-token-1");
});

test("an API that is never content is asked twice, and so is the person once", async () => {
  const api = await scriptedServer((_request, response) =>
    response.writeHead(401, { "www-authenticate": 'Bearer error="insufficient_user_authentication"' }).end("more"),
  );
  const source = numberedSource();
  let asked = 0;
  const onStepUp = async (): Promise<void> => {
    asked++;
  };
  const response = await authorizedFetch(source, { origins: [api.origin], onStepUp })(api.origin);
  expect([response.status, await response.text()]).toEqual([401, "more"]);
  expect([asked, api.requests.length]).toEqual([1, 2]);

  // Nor is anything sent again where signing in has changed nothing.
  expect((await authorizedFetch(weak, { origins: [api.origin], onStepUp })(api.origin)).status).toBe(401);
  expect([asked, api.requests.length]).toEqual([2, 3]);
});

test("who does not sign in ends what waits for it, and is asked again the next time", async () => {
  const api = await wantingMore();
  let asked = 0;
  const refusal = new AuthError("access_denied", "no");
  const client = createClient({
    baseUrl: api.origin,
    source: unrenewable,
    onStepUp: () => {
      asked++;
      if (asked === 1) throw refusal;
      return asked === 2 ? Promise.reject(refusal) : Promise.resolve(strong);
    },
  });
  expect(await rejection(client.get("a"))).toBe(refusal);
  expect(await rejection(client.get("a"))).toBe(refusal);
  expect(await client.get("a").text()).toBe("done");
  expect(asked).toBe(3);
});

test("a caller gives up while a person signs in", async () => {
  const api = await wantingMore();
  const controller = new AbortController();
  const fetch = authorizedFetch(unrenewable, {
    origins: [api.origin],
    onStepUp: async () => {
      controller.abort(new Error("enough"));
      return await new Promise(() => undefined);
    },
  });
  await expect(fetch(api.origin, { signal: controller.signal })).rejects.toThrow("enough");
});

test("a stream is sent again after that only if it can be opened again", async () => {
  const api = await wantingMore();
  const open = (): ReadableStream<Uint8Array> => new Blob(["text"]).stream();
  const post = async (body: ReadableStream): Promise<Response> =>
    await authorizedFetch(unrenewable, { origins: [api.origin], onStepUp: async () => Promise.resolve(strong) })(
      api.origin,
      { method: "POST", body, duplex: "half" },
    );
  expect(await rejection(post(open()))).toMatchObject({ code: "body_not_replayable" });
  expect((await post(replayable(open))).status).toBe(200);
  expect(api.requests.map(({ body }) => body)).toEqual(["text", "text", "text"]);
});

test("4.1-35 for what was in vain a person is asked again once its max_age has passed, and not for five minutes", async () => {
  const challenges = { short: ", max_age=0", long: ", max_age=3600", acr: ', acr_values="phr"' };
  const pausesMs = { short: 300_000, long: 3_600_000, acr: 300_000 };
  for (const [kind, isClient] of [
    ["short", false],
    ["long", true],
    ["acr", false],
  ] as const) {
    const challenge = `Bearer error="insufficient_user_authentication"${challenges[kind]}`;
    const api = await wantingMore(challenge);
    let nowMs = 1_000_000;
    let asked = 0;
    const own = {
      now: () => nowMs,
      onStepUp: async () => {
        asked++;
      },
    };
    const client = { baseUrl: api.origin, source: numberedSource(), ky: { throwHttpErrors: false }, ...own };
    const fetch = isClient
      ? createClient(client)
      : authorizedFetch(numberedSource(), { origins: [api.origin], ...own });
    for (let count = 0; count < 5; count++) expect((await fetch(api.origin)).status).toBe(401);
    expect(asked).toBe(1);
    nowMs += pausesMs[kind] - 1;
    await fetch(api.origin);
    expect(asked).toBe(1);
    nowMs++;
    for (let count = 0; count < 5; count++) await fetch(api.origin);
    expect(asked).toBe(2);
  }
});

test("4.1-35 an API that was content may ask again, as often as it is content again", async () => {
  let good = "";
  const api = await scriptedServer(({ headers }, response) => {
    if (headers.authorization === good) response.end("done");
    else response.writeHead(401, { "www-authenticate": 'Bearer error="insufficient_user_authentication"' }).end();
  });
  const source = numberedSource();
  let asked = 0;
  const fetch = authorizedFetch(source, {
    origins: [api.origin],
    onStepUp: async () => {
      asked++;
      good = `Bearer canary-token-${String(asked + 1)}`;
    },
  });
  for (const times of [1, 2, 3]) {
    good = "";
    expect((await fetch(api.origin)).status).toBe(200);
    expect(asked).toBe(times);
  }
});

test("4.1-35 a sign-in that turned out to be another one than was asked for is not asked for again", async () => {
  const api = await wantingMore();
  let asked = 0;
  const onStepUp = (): never => {
    asked++;
    throw new AuthError("step_up_required", "it was by another way");
  };
  const client = createClient({ baseUrl: api.origin, source: unrenewable, onStepUp });
  expect((await rejection(client.get("a"))).message).toBe("it was by another way");
  expect((await rejection(client.get("a"))).name).toBe("StepUpRequiredError");
  expect(asked).toBe(1);
});

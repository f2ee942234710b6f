import { expect, test } from "vitest";
import {
  accessTokenOf,
  AuthError,
  changedTokenSet,
  LoginRequiredError,
  memoryStore,
  reuse,
  ServerError,
  stored,
  StoreError,
  type AuthEvent,
  type Credential,
  type CredentialStore,
  type StoredOptions,
  type TokenSet,
} from "../src/index.ts";
import { key, login } from "./sets.ts";

/** A store with a login in it, a server that counts renewals, and a clock. */
async function setUp({
  kept = login(),
  nowMs = 0,
  ...options
}: { kept?: TokenSet; nowMs?: number } & StoredOptions = {}) {
  const store = memoryStore();
  await store.update(key, () => kept);
  const clock = { nowMs };
  const events: AuthEvent[] = [];
  const server = {
    requests: 0,
    answer(current: TokenSet | undefined): TokenSet | Promise<TokenSet> {
      const number = String(server.requests);
      return login({
        ...current,
        accessToken: `access-${number}`,
        refreshToken: `refresh-${number}`,
        obtainedAtMs: clock.nowMs,
        expiresAtMs: clock.nowMs + 100_000,
      });
    },
  };
  const make = (over: CredentialStore = store) =>
    stored(
      over,
      key,
      async (current) => {
        server.requests++;
        return await server.answer(current);
      },
      {
        now: () => clock.nowMs,
        refreshEarlyMs: 10_000,
        random: () => 0,
        monotonicNow: () => clock.nowMs,
        onEvent: (event) => events.push(event),
        ...options,
      },
    );
  return { store, clock, events, server, make, source: make() };
}

const kept = async (store: CredentialStore) => (await store.read(key)) as TokenSet;
const passing = () => Promise.reject(new AuthError("network", "unreachable"));
const unavailable = (retryAfterMs?: number) => () =>
  Promise.reject(new ServerError("server_unavailable", "busy", { status: 503, retryAfterMs }));
const refused = () =>
  Promise.reject(new ServerError("invalid_grant", "refused", { status: 400, error: "invalid_grant" }));

test("a fresh stored token is given with no lock and no request", async () => {
  const { store, server, make } = await setUp({ nowMs: 94_000 });
  const source = make({ ...store, update: () => Promise.reject(new Error("locked")) });
  const token = await source.getToken();
  expect(token.value).toBe("access-0");
  expect(token.expiresAtMs).toBe(100_000);
  expect(server.requests).toBe(0);
});

test("renewal comes early, by a margin drawn at random between half of refreshEarlyMs and all of it", async () => {
  for (const [random, lastFreshMs] of [
    [0, 94_999],
    [0.999999, 90_000],
  ] as const) {
    const { source, clock, server } = await setUp({ random: () => random });
    clock.nowMs = lastFreshMs;
    await source.getToken();
    expect(server.requests).toBe(0);
    clock.nowMs += 1;
    await source.getToken();
    expect(server.requests).toBe(1);
  }
});

test("a renewed set is saved, one generation on, before anyone sees its token", async () => {
  const { source, store, events } = await setUp({ nowMs: 100_000 });
  const token = await source.getToken();
  expect(token.value).toBe("access-1");
  expect(await kept(store)).toMatchObject({ generation: 1 });
  expect((await kept(store)).refreshToken).toBe("refresh-1");
  expect(events).toEqual([
    { type: "renewal-started", key, renewalId: "0" },
    { type: "renewal-ended", key, renewalId: "0", durationMs: 0, outcome: "saved" },
  ]);
});

test("of many sources over one store one renews and the others adopt what it got", async () => {
  const { make, server } = await setUp({ nowMs: 100_000 });
  const tokens = await Promise.all(Array.from({ length: 50 }, () => make().getToken()));
  expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["access-1"]));
  expect(server.requests).toBe(1);
});

test("a refused token is renewed once for all who were refused it, and not when it was replaced already", async () => {
  const { make, server, store } = await setUp();
  const rejected = accessTokenOf(await kept(store));
  const tokens = await Promise.all(Array.from({ length: 50 }, () => make().getToken({ rejected })));
  expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["access-1"]));
  expect((await make().getToken({ rejected })).value).toBe("access-1");
  expect(server.requests).toBe(1);
});

test("minTtlMs renews a token that has less, but not one that is as fresh as the server gives them", async () => {
  const { source, clock, server } = await setUp({ nowMs: 50_000 });
  await source.getToken({ minTtlMs: 60_000 });
  expect(server.requests).toBe(1);
  await source.getToken({ minTtlMs: 1_000_000 });
  expect(server.requests).toBe(1);
  clock.nowMs += 20_001; // A fifth of its life.
  await source.getToken({ minTtlMs: 1_000_000 });
  expect(server.requests).toBe(2);
});

test("a token of unknown lifetime is renewed only when an API refuses it", async () => {
  const { source, server, store } = await setUp({ kept: login({ expiresAtMs: undefined }), nowMs: 10 ** 15 });
  await source.getToken();
  expect(server.requests).toBe(0);
  await source.getToken({ rejected: accessTokenOf(await kept(store)) });
  expect(server.requests).toBe(1);
});

test("F41 a token of a second or less is for the calls that waited for it, and no other is asked for in the next ten seconds", async () => {
  for (const lifeMs of [0, 1_000]) {
    const { clock, events, make, server, source } = await setUp({ nowMs: 100_000 });
    const { answer } = server;
    server.answer = async (current) => changedTokenSet(await answer(current), { expiresAtMs: clock.nowMs + lifeMs });
    const held = reuse(source, { now: () => clock.nowMs, monotonicNow: () => clock.nowMs });
    const tokens = await Promise.all(Array.from({ length: 100 }, () => held.getToken()));
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["access-1"]));

    for (clock.nowMs += lifeMs; clock.nowMs < 110_000; clock.nowMs += 500) {
      for (const one of [held, source, make()]) {
        await expect(one.getToken()).rejects.toMatchObject({ code: "token_short_lived", retryable: true });
      }
    }
    expect(server.requests).toBe(1);
    expect(events.filter(({ type }) => type === "renewal-started")).toHaveLength(1);
    expect((await held.getToken()).value).toBe("access-2");
  }
});

test("F41 a token of a second that still lives is given once more rather than renewed, but not to whom it was refused", async () => {
  const { clock, server, source } = await setUp({ nowMs: 100_000 });
  const { answer } = server;
  server.answer = async (current) => changedTokenSet(await answer(current), { expiresAtMs: clock.nowMs + 1_000 });
  const rejected = await source.getToken();
  clock.nowMs += 900;
  expect((await source.getToken()).value).toBe("access-1");
  expect((await source.getToken({ minTtlMs: 60_000 })).value).toBe("access-1");
  await expect(source.getToken({ rejected })).rejects.toMatchObject({ code: "token_short_lived" });
  expect(server.requests).toBe(1);
});

test("F41 a token that lives longer, or that a sign-in brought, is renewed whenever it has ended", async () => {
  const short = { obtainedAtMs: 100_000, expiresAtMs: 101_000 };
  for (const [kept, nowMs] of [
    [login({ ...short, generation: 1, expiresAtMs: 101_001 }), 101_001],
    [login({ ...short, generation: 0 }), 101_000],
    // The clock was set back: it looks as if it had been got later than now, so that says nothing.
    [login({ generation: 1, obtainedAtMs: 200_000, expiresAtMs: 100_000 }), 199_999],
  ] as const) {
    const { server, source } = await setUp({ kept, nowMs });
    expect((await source.getToken()).value).toBe("access-1");
    expect(server.requests).toBe(1);
  }
});

test("F60 scopes that a renewal has lost are told by name, once, and what is left is kept", async () => {
  const { clock, events, server, source, store } = await setUp({
    kept: login({ scopes: ["openid", "read", "write"] }),
    nowMs: 100_000,
  });
  const { answer } = server;
  server.answer = async (current) => changedTokenSet(await answer(current), { scopes: ["read", "admin"] });
  expect((await source.getToken()).scopes).toEqual(["read", "admin"]);
  expect((await kept(store)).scopes).toEqual(["read", "admin"]);
  clock.nowMs += 100_000;
  await source.getToken();
  expect(server.requests).toBe(2);
  const told = events.filter(({ type }) => type === "scopes-narrowed");
  expect(told).toEqual([{ type: "scopes-narrowed", key, lost: ["openid", "write"] }]);
});

test("B.3-8 F44 when the server cannot be reached the old token is given while it lives, with an event", async () => {
  const { source, clock, server, events } = await setUp({ nowMs: 99_000, retryLostResponse: false });
  server.answer = passing;
  expect((await source.getToken()).value).toBe("access-0");
  expect(events.map(({ type }) => type)).toEqual(["renewal-started", "renewal-ended", "renewal-postponed"]);

  clock.nowMs = 100_000;
  await expect(source.getToken()).rejects.toMatchObject({ code: "network" });
});

test("a token that was refused is not given again when the server cannot be reached", async () => {
  const { source, server, store } = await setUp();
  server.answer = passing;
  await expect(source.getToken({ rejected: accessTokenOf(await kept(store)) })).rejects.toMatchObject({
    code: "network",
  });
});

test("an error that does not pass is not hidden behind a token that still lives", async () => {
  const { source, server } = await setUp({ nowMs: 99_000 });
  server.answer = () => Promise.reject(new ServerError("invalid_client", "unknown client", { status: 401 }));
  await expect(source.getToken()).rejects.toMatchObject({ code: "invalid_client" });
});

test("F61 invalid_grant ends the login: it is marked and kept, other profiles are untouched, and nobody asks again", async () => {
  const { source, store, server, events } = await setUp({ nowMs: 100_000, loginHint: "run `acme login`" });
  const other = { ...key, profile: "other" };
  await store.update(other, () => login());
  server.answer = refused;

  for (let time = 0; time < 2; time++) {
    const error = await source.getToken().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(LoginRequiredError);
    expect(error).toMatchObject({ code: "login_required", hint: "run `acme login`" });
    expect(String(error)).toContain("invalid_grant");
  }
  expect(server.requests).toBe(1);
  expect((await kept(store)).ended).toEqual({ reason: "invalid_grant", atMs: 100_000 });
  expect((await kept(store)).refreshToken).toBe("refresh-0");
  expect(JSON.stringify(await store.read(other))).toBe(JSON.stringify(login()));
  expect(events.at(-1)).toMatchObject({ type: "renewal-ended", outcome: "login-ended" });
});

test("invalid_grant ends nothing when someone went past the lock and saved meanwhile", async () => {
  const { source, store, server, events } = await setUp({ nowMs: 100_000 });
  const theirs = login({ accessToken: "theirs", generation: 1, obtainedAtMs: 100_000, expiresAtMs: 200_000 });
  const read = store.read.bind(store);
  let saved = false;
  store.read = async (asked) => (saved ? theirs : await read(asked));
  server.answer = () => {
    saved = true;
    return refused();
  };
  expect((await source.getToken()).value).toBe("theirs");
  expect(events.at(-1)).toEqual({ type: "renewal-ended", key, renewalId: "0", durationMs: 0, outcome: "adopted" });
});

test("F39 F45 an answer that was lost on its way, or took too long, is asked for once more with the same refresh token", async () => {
  for (const code of ["network", "timeout"] as const) {
    const { source, server } = await setUp({ nowMs: 100_000 });
    const { answer } = server;
    const asked: unknown[] = [];
    server.answer = (current) => {
      asked.push(current?.refreshToken);
      return server.requests === 1 ? Promise.reject(new AuthError(code, "lost")) : answer(current);
    };
    expect((await source.getToken()).value).toBe("access-2");
    expect(asked).toEqual(["refresh-0", "refresh-0"]);
  }
});

test("a lost answer is not asked for again where the site says so, nor is any other error", async () => {
  const off = await setUp({ nowMs: 100_000, retryLostResponse: false });
  for (const answer of [passing, unavailable()]) {
    off.server.answer = answer;
    await expect(off.source.getToken()).rejects.toMatchObject({ retryable: true });
  }
  expect(off.server.requests).toBe(2);

  const on = await setUp({ nowMs: 100_000 });
  on.server.answer = () => Promise.reject(new ServerError("server_error", "400", { status: 400 }));
  await expect(on.source.getToken()).rejects.toMatchObject({ code: "server_error" });
  expect(on.server.requests).toBe(1);
});

test("B.3-11 F42 F43 a server that cannot answer just now is asked twice more, later each time, and no sooner than it wishes", async () => {
  for (const [retryAfterMs, pausesMs] of [
    [undefined, [250, 500]],
    [300, [300, 500]],
    [5_000, [5_000, 5_000]],
    [5_001, []],
  ] as const) {
    const sleeps: number[] = [];
    const { source, server, store } = await setUp({ nowMs: 100_000, sleep: async (ms) => void sleeps.push(ms) });
    server.answer = unavailable(retryAfterMs);
    await expect(source.getToken()).rejects.toMatchObject({ code: "server_unavailable", retryAfterMs });
    expect(sleeps).toEqual(pausesMs);
    expect(server.requests).toBe(1 + pausesMs.length);
    expect((await kept(store)).refreshToken).toBe("refresh-0");
  }
});

test("F44 nobody waits for a server that cannot answer while the old token lives", async () => {
  const { source, server } = await setUp({ nowMs: 99_000, sleep: () => Promise.reject(new Error("waited")) });
  server.answer = unavailable(1_000);
  expect((await source.getToken()).value).toBe("access-0");
  expect(server.requests).toBe(1);
});

test("of a server that now cannot be reached and now cannot answer no more than three answers are asked for", async () => {
  const { source, server } = await setUp({ nowMs: 100_000, sleep: () => Promise.resolve() });
  server.answer = () => (server.requests % 2 === 0 ? passing() : unavailable()());
  await expect(source.getToken()).rejects.toMatchObject({ code: "server_unavailable" });
  expect(server.requests).toBe(3);
});

test("B.3-10 F05 a renewed token that cannot be saved is given all the same, with an event", async () => {
  const { store, make, events } = await setUp({ nowMs: 100_000 });
  const full: CredentialStore = {
    ...store,
    async update(asked, change) {
      await change(await store.read(asked));
      throw new StoreError("store_unavailable", "no space left");
    },
  };
  expect((await make(full).getToken()).value).toBe("access-1");
  expect(events.at(-1)).toMatchObject({ outcome: "unsaved", error: { code: "store_unavailable" } });
});

test("F09 while nothing can be saved a process goes on from its own copy, and saves it when that is possible again", async () => {
  const { store, make, clock, server } = await setUp({ nowMs: 100_000 });
  const asked: unknown[] = [];
  const { answer } = server;
  server.answer = (current) => {
    asked.push(current?.refreshToken);
    return answer(current);
  };
  let isFull = true;
  const source = make({
    ...store,
    update: (key, change) =>
      store.update(key, async (current) => {
        const next = await change(current);
        if (isFull) throw new StoreError("store_unavailable", "no space left");
        return next;
      }),
  });
  expect((await source.getToken()).value).toBe("access-1");
  expect((await source.getToken()).value).toBe("access-1");
  clock.nowMs = 200_000;
  expect((await source.getToken()).value).toBe("access-2");
  isFull = false;
  clock.nowMs = 300_000;
  expect((await source.getToken()).value).toBe("access-3");
  expect(asked).toEqual(["refresh-0", "refresh-1", "refresh-2"]);
  expect(await kept(store)).toMatchObject({ generation: 3 });
});

test("a copy that could not be saved is dropped when someone signs out or in", async () => {
  for (const after of [undefined, login({ accessToken: "new login", obtainedAtMs: 100_000, expiresAtMs: 200_000 })]) {
    const { store, make, server } = await setUp({ nowMs: 100_000 });
    const { answer } = server;
    server.answer = (current) =>
      current === undefined ? Promise.reject(new LoginRequiredError("no login")) : answer(current);
    let isFull = true;
    const source = make({
      ...store,
      update: async (key, change) => {
        if (!isFull) return await store.update(key, change);
        await change(await store.read(key));
        throw new StoreError("store_unavailable", "no space left");
      },
    });
    await source.getToken();
    isFull = false;
    await store.update(key, () => after);
    const outcome = await source.getToken().then(({ value }) => value, String);
    expect(outcome).toBe(after?.accessToken ?? "LoginRequiredError: no login");
  }
});

test("F28 a login that the server has ended is told to have ended, also when that cannot be noted down", async () => {
  const { store, make, server } = await setUp({ nowMs: 100_000 });
  server.answer = refused;
  const source = make({
    ...store,
    async update(asked, change) {
      await change(await store.read(asked));
      throw new StoreError("store_unavailable", "no space left");
    },
  });
  await expect(source.getToken()).rejects.toMatchObject({ code: "login_required" });
});

test("a store that cannot be locked fails the call, unless the token in use still lives", async () => {
  const { store, make, clock } = await setUp({ nowMs: 99_000 });
  const held = make({ ...store, update: () => Promise.reject(new StoreError("store_locked", "held by another")) });
  expect((await held.getToken()).value).toBe("access-0");
  clock.nowMs = 100_000;
  await expect(held.getToken()).rejects.toMatchObject({ code: "store_locked" });
});

test("F26 a login that is removed while others wait to renew it is not resurrected", async () => {
  const { store, make, server } = await setUp({ nowMs: 100_000 });
  server.answer = (current) =>
    current === undefined
      ? Promise.reject(new LoginRequiredError("no login"))
      : login({ generation: current.generation });
  const removal = store.update(key, () => undefined);
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => make().getToken()));
  await removal;
  expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
  expect(await store.read(key)).toBeUndefined();
});

test("F27 a new login that lands while others wait to renew wins, and its token is what they get", async () => {
  const { store, make, server } = await setUp({ nowMs: 100_000 });
  const renewed = login({ accessToken: "new login", obtainedAtMs: 100_000, expiresAtMs: 200_000 });
  const relogin = store.update(key, () => renewed);
  const tokens = await Promise.all(Array.from({ length: 10 }, () => make().getToken()));
  await relogin;
  expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["new login"]));
  expect(server.requests).toBe(0);
});

test("a caller's signal ends that caller's wait with its reason; the renewal goes on and is saved", async () => {
  const { source, server, store } = await setUp({ nowMs: 100_000 });
  const { answer } = server;
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  server.answer = async (current) => {
    asked.resolve();
    await released.promise;
    return await answer(current);
  };
  const controller = new AbortController();
  const reason = new Error("enough");
  const waiting = source.getToken({ signal: controller.signal });
  await asked.promise;
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);

  released.resolve();
  await store.update(key, (current: Credential | undefined) => current);
  expect((await kept(store)).generation).toBe(1);
  await expect(source.getToken({ signal: controller.signal })).rejects.toBe(reason);
});

test("another kind of credential where a login belongs is an error, not a login", async () => {
  const { source, store } = await setUp();
  await store.update(key, () => ({ kind: "api-key", apiKey: "fake" }));
  await expect(source.getToken()).rejects.toMatchObject({ code: "store_corrupt" });
});

test("renewing changes neither the set it was given nor what a reader holds", async () => {
  const before = login();
  const copy = changedTokenSet(before, {});
  const { source } = await setUp({ kept: before, nowMs: 100_000 });
  await source.getToken();
  expect(before).toEqual(copy);
  expect(before.accessToken).toBe("access-0");
});

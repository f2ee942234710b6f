// A login is renewed, kept though its server is away, and ended, while whoever is told of it throws each time.
import { AuthError, isAuthError, memoryStore, ServerError, stored, type TokenSet } from "../src/index.ts";
import { key, login } from "./sets.ts";

const uncaught: string[] = [];
process.on("uncaughtException", (error) => uncaught.push(error.message));

const store = memoryStore();
await store.update(key, () => login());
let nowMs = 100_000;
const answers: (() => TokenSet)[] = [
  () =>
    login({
      accessToken: "access-1",
      refreshToken: "refresh-1",
      obtainedAtMs: nowMs,
      expiresAtMs: 200_000,
      scopes: [],
    }),
  () => {
    throw new AuthError("network", "unreachable");
  },
  () => {
    throw new ServerError("invalid_grant", "refused", { status: 400, error: "invalid_grant" });
  },
];
const source = stored(store, key, async () => (answers.shift() ?? login)(), {
  now: () => nowMs,
  retryLostResponse: false,
  onEvent: ({ type }) => {
    throw new Error(type);
  },
});

const given: string[] = [];
for (const atMs of [100_000, 199_000, 200_000]) {
  nowMs = atMs;
  given.push(
    await source.getToken().then(
      ({ value }) => value,
      (error: unknown) => (isAuthError(error) ? error.code : String(error)),
    ),
  );
}
const { refreshToken, generation, ended } = (await store.read(key)) as TokenSet;
// After all that a listener has thrown.
await new Promise((resolve) => setImmediate(resolve));
console.log(JSON.stringify({ given, kept: { refreshToken, generation, ended: ended?.reason }, uncaught }));

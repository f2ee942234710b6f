import { execFile } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import type { AuthEvent } from "@org/auth-core";
import { assertNoSecrets } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { eventChannel } from "../src/index.ts";
import { eventStory } from "./event-story.ts";

const [clientSecret = "", accessToken = "", refreshToken = ""] = ["client", "access", "refresh"].map(
  (name) => `canary-${name}-${crypto.randomUUID()}`,
);
const secrets = { clientSecret, accessToken, refreshToken };

/** What becomes of the requests of the story. */
const results = [200, 200, "login_required", 200, 200, 200, "login_required", 200];

test("B.2-7 I1 every event of a whole story is told to onEvent and on the channel, as one object, and none has a secret in it", async () => {
  const heard: unknown[] = [];
  const listener = (message: unknown): void => void heard.push(message);
  subscribe(eventChannel, listener);
  onTestFinished(() => void unsubscribe(eventChannel, listener));
  const told: AuthEvent[] = [];
  expect(await eventStory((event) => told.push(event), secrets)).toEqual(results);

  expect(heard).toHaveLength(told.length);
  for (const [index, event] of heard.entries()) expect(event).toBe(told[index]);
  expect(told.map((event) => ("outcome" in event ? `${event.type} ${event.outcome}` : event.type))).toEqual([
    ...["credential-found", "renewal-started", "renewal-ended saved", "clock-skewed", "clock-skewed"],
    ...["renewal-started", "renewal-ended saved", "token-refused replaced"],
    ...["renewal-started", "renewal-ended saved", "token-refused refused-again"],
    "token-withheld",
    ...["credential-found", "renewal-started", "renewal-ended saved", "scopes-narrowed"],
    ...["credential-found", "renewal-started", "renewal-ended failed", "renewal-postponed"],
    ...["renewal-started", "renewal-ended login-ended", "token-refused failed"],
    ...["credential-found", "renewal-started", "renewal-ended unsaved", "scopes-narrowed"],
    ...["signed-in", "credential-found"],
  ]);
  const printed = told.map(
    (event) => `${JSON.stringify(event)} ${inspect(event, { depth: 20, showHidden: true })} ${stacks(event)}`,
  );
  assertNoSecrets({ events: printed.join("\n") }, secrets);
});

test("whoever throws when told of an event, by onEvent or on the channel, changes nothing, and that comes up by itself", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@org/source", join(import.meta.dirname, "event-program.ts"), JSON.stringify(secrets)],
    { timeout: 25_000 },
  );
  const ended = JSON.parse(stdout) as Readonly<Record<"direct" | "results" | "told" | "uncaught", readonly string[]>>;
  expect(ended.results).toEqual(results);
  expect(ended.direct).toEqual([401, expect.stringMatching(/\/v1\/me$/)]);
  expect(new Set(ended.told).size).toBe(9);
  const thrown = ended.told.flatMap((type) => [`onEvent ${type}`, `subscriber ${type}`]);
  thrown.push("direct token-refused", "direct token-withheld");
  expect([...ended.uncaught].sort()).toEqual(thrown.sort());
});

test("a credential that was found is told of with its place, its kind and its key, by name only", async () => {
  const told: AuthEvent[] = [];
  await eventStory((event) => told.push(event), secrets);
  const found = told.filter(({ type }) => type === "credential-found");
  const key = { issuer: expect.any(String), clientId: "app", profile: "default" };
  const provenance = { place: "stored-login", name: "default", account: "ana" };
  expect(found).toMatchObject([
    { kind: "client-secret", provenance: { place: "argument" }, key: undefined },
    ...[1, 2, 3].map(() => ({ kind: "token-set", provenance, key })),
    { kind: "token-set", provenance: { place: "stored-login" } },
  ]);
  expect(told.find(({ type }) => type === "signed-in")).toMatchObject({ flow: "browser", key: { profile: "default" } });
});

/** What an error of it says of itself, and those that brought it about. */
function stacks(event: AuthEvent): string {
  let place: unknown = "error" in event ? event.error : undefined;
  const lines: unknown[] = [];
  for (; place instanceof Error; place = place.cause) lines.push(place.stack, place.message);
  return lines.join("\n");
}

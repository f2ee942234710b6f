import { runInNewContext } from "node:vm";
import type { KyInstance } from "ky";
import { accessToken, fixed } from "@org/auth-core";
import { expect, test } from "vitest";
import { clientOf } from "../src/client.ts";
import { authorizedFetch } from "../src/index.ts";
import { rejection } from "./surroundings.ts";

// Under some test runners and in sandboxes what the runtime throws is an error of another realm: `instanceof` is false.

test("a runtime's error of another realm does not show the request it finds fault with either", () => {
  const fails = (): never => {
    throw runInNewContext("new TypeError('canary-header')") as Error;
  };
  const instance = Object.assign(fails, { get: fails }) as unknown as KyInstance;
  const client = clientOf(instance, {
    baseUrl: "https://api.example.com",
    account: async () => Promise.resolve({}),
    isRewritten: false,
  });
  for (const send of [() => client("a"), () => client.get("a")]) {
    expect(send).toThrow(TypeError);
    expect(send).not.toThrow("canary");
  }
});

test("a redirect of a stream is refused by its name, also where the runtime's error is of another realm", async () => {
  const origin = "https://api.example.com";
  const fetch = authorizedFetch(fixed(accessToken({ value: "canary-token" })), {
    origins: [origin],
    fetch: () =>
      Promise.reject(
        runInNewContext("new TypeError('fetch failed', { cause: new Error('unexpected redirect') })") as Error,
      ),
  });
  const body = new Blob(["text"]).stream();
  const work = fetch(origin, { method: "POST", body, duplex: "half" });
  expect(await rejection(work)).toMatchObject({ code: "redirect_refused" });
});

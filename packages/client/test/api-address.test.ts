import { expect, test } from "vitest";
import { readSettings } from "../src/source.ts";
import { rejection } from "./surroundings.ts";

const product = { name: "acme", envPrefix: "ACME_" };

async function apiUrlOf(value: string): Promise<string | undefined> {
  return (await readSettings(product, {}, { env: { ACME_API_URL: value }, folder: false })).apiUrl;
}

const addresses: readonly (readonly [written: string, origin: string])[] = [
  ["api.example.com", "https://api.example.com"],
  ["api.example.com:8443", "https://api.example.com:8443"],
  ["x:8443", "https://x:8443"],
  ["https://api.example.com/", "https://api.example.com"],
  ["https://api.example.com/v1", "https://api.example.com"],
  [" api.example.com ", "https://api.example.com"],
  ["api.example.com\n", "https://api.example.com"],
  ["API.Example.COM", "https://api.example.com"],
  ["127.0.0.1", "https://127.0.0.1"],
  ["[::1]", "https://[::1]"],
  ["[::1]:8443", "https://[::1]:8443"],
  ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"],
  ["http://localhost:8000", "http://localhost:8000"],
  ["\u0430pple.com", "https://xn--pple-43d.com"],
  ["https://\u0430pple.com/x", "https://xn--pple-43d.com"],
  ["\uff41pi.example.com", "https://api.example.com"],
];

test.for(addresses)("4.6-82 B.1-7 %j is an API at %s, written in ASCII", async ([written, origin]) => {
  const url = (await apiUrlOf(written)) ?? "";
  expect(new URL(url).origin).toBe(origin);
  expect(url).toMatch(/^[\x21-\x7e]+$/);
});

const none: readonly (readonly [written: string, code: string])[] = [
  ["canary/path", "config_invalid"],
  ["canary@example.com", "config_invalid"],
  ["*.canary.example.com", "config_invalid"],
  ["https://*.canary.example.com", "config_invalid"],
  ["canary example.com", "config_invalid"],
  ["https://can ary.example.com", "config_invalid"],
  ["https://canary.example.com/a\nb", "config_invalid"],
  ["canary:99999", "config_invalid"],
  ["canary:port", "insecure_endpoint"],
  ["canary\\@example.com", "config_invalid"],
  [`${"canary".repeat(50)}.com`, "config_invalid"],
  ["https://", "config_invalid"],
  ["?canary", "config_invalid"],
  ["http://api.example.com/canary", "insecure_endpoint"],
  ["https://canary:canary@example.com", "insecure_endpoint"],
  ["ftp://example.com/canary", "insecure_endpoint"],
  ["javascript:canary", "insecure_endpoint"],
];

test.for(none)("4.6-82 B.1-7 %j is no API's address: %s", async ([written, code]) => {
  const error = await rejection(apiUrlOf(written));
  expect(error).toMatchObject({ code, message: expect.stringContaining("(ACME_API_URL)") });
  expect(error.message).not.toContain("null");
});

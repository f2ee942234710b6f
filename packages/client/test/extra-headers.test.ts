import { expect, test } from "vitest";
import { readSettings } from "../src/source.ts";
import { rejection } from "./surroundings.ts";

const product = { name: "acme", envPrefix: "ACME_" };

async function headersOf(value: string): Promise<unknown> {
  const { extraHeaders } = await readSettings(product, {}, { env: { ACME_EXTRA_HEADERS: value }, folder: false });
  return extraHeaders;
}

test("B.1-31 extra headers are a JSON object of texts", async () => {
  expect(await headersOf('{"X-Team":"blue","x-trace.id":"1 2"}')).toEqual({ "X-Team": "blue", "x-trace.id": "1 2" });
  expect(await headersOf("{}")).toEqual({});
  expect(await headersOf("  ")).toBeUndefined();
});

const own = ["Authorization", "authorization", "Proxy-Authorization", "Cookie", "Host", "X-Api-Key", "DPoP"];
const forOneHop = ["Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade"];

test.for([...own, ...forOneHop, "Content-Length"])("4.6-81 %s is no extra header, in whatever case", async (name) => {
  for (const written of [name, name.toLowerCase(), name.toUpperCase()]) {
    const error = await rejection(headersOf(JSON.stringify({ [written]: "canary" })));
    expect(error).toMatchObject({
      code: "config_invalid",
      message: `the extra headers (ACME_EXTRA_HEADERS): ${written} is not for settings`,
    });
  }
});

const wrong: readonly (readonly [what: string, value: string, why: string])[] = [
  ["no JSON", "canary", "this is not valid JSON"],
  ["half of one", '{"A":"canary"', "this is not valid JSON"],
  ["an array", '["canary"]', "this is not a JSON object"],
  ["a text", '"canary"', "this is not a JSON object"],
  ["null", "null", "this is not a JSON object"],
  ["a number for a value", '{"a":1}', "a is not a text"],
  ["an object for a value", '{"__proto__":{"canary":1}}', "__proto__ is not a text"],
  ["a line break in a name", '{"X\\r\\nCanary":"z"}', "a name is not that of a header"],
  ["a blank in a name", '{"X Canary":"z"}', "a name is not that of a header"],
  ["an empty name", '{"":"canary"}', "a name is not that of a header"],
  ["a long name", JSON.stringify({ ["canary".repeat(50)]: "z" }), "a name is not that of a header"],
  ["a line break in a value", '{"X":"z\\r\\nCanary: 1"}', "X has characters that no header can carry"],
  ["a NUL in a value", '{"X":"canary\\u0000"}', "X has characters that no header can carry"],
  ["letters that are not ASCII", '{"X":"can\u00e4ry canary"}', "X has characters that no header can carry"],
  ["a megabyte", JSON.stringify({ X: "canary".repeat(200_000) }), "they are longer than 16 KiB"],
];

test.for(wrong)("4.6-81 extra headers with %s are refused, and no value is shown", async ([, value, why]) => {
  const error = await rejection(headersOf(value));
  expect(error).toMatchObject({
    code: "config_invalid",
    message: `the extra headers (ACME_EXTRA_HEADERS): ${why}`,
  });
  expect(Object.keys(Object.prototype)).toEqual([]);
});

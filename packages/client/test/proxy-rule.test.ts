import { expect, test } from "vitest";
import { proxyRule } from "../src/proxy-rule.ts";

const variables = { HTTPS_PROXY: "http://secure.example:1", HTTP_PROXY: "http://plain.example:2" };

function proxyOf(url: string, env: Readonly<Record<string, string>>, own?: string): string | undefined {
  return proxyRule(env, own)?.(new URL(url))?.url.href;
}

test("F53 each scheme has a variable, in lower case first, and the site's own proxy wins", () => {
  const [https, http] = ["https://id.example.com/", "http://id.example.com/"];
  expect(proxyOf(https, variables)).toBe("http://secure.example:1/");
  expect(proxyOf(http, variables)).toBe("http://plain.example:2/");
  expect(proxyOf(https, { ...variables, https_proxy: "https://lower.example:3" })).toBe("https://lower.example:3/");
  expect(proxyOf(https, { ...variables, https_proxy: " " })).toBe("http://secure.example:1/");
  expect(proxyOf(https, { HTTP_PROXY: "http://plain.example:2" })).toBeUndefined();
  expect(proxyOf(https, { HTTPS_PROXY: "host.example:3128" })).toBe("http://host.example:3128/");
  expect(proxyOf(https, variables, "http://own.example:4")).toBe("http://own.example:4/");
  expect(proxyRule({ NO_PROXY: "*", HTTPS_PROXY: "" }, undefined)).toBeUndefined();
});

test.for([
  ["example.com", true],
  [".example.com", true],
  ["*.example.com", true],
  ["ID.Example.COM", true],
  ["other.test, example.com", true],
  ["other.test example.com", true],
  ["*", true],
  ["id.example.com:443", true],
  ["id.example.com:8443", false],
  ["ample.com", false],
  ["example.com.evil.test", false],
  ["", false],
  [", ,", false],
  ["[::1", false],
] as const)("F53 NO_PROXY %j: without a proxy is %s", ([list, isDirect]) => {
  for (const env of [
    { ...variables, NO_PROXY: list },
    { ...variables, no_proxy: list },
  ]) {
    expect(proxyOf("https://id.example.com/x", env) === undefined).toBe(isDirect);
    expect(proxyOf("https://id.example.com/x", env, "http://own.example:4") === undefined).toBe(isDirect);
  }
});

test("F53 addresses are told by their digits, and a port belongs to one of them", () => {
  const env = { ...variables, NO_PROXY: "10.1.2.3,[2001:db8::1]:8443" };
  expect(proxyOf("https://10.1.2.3/", env)).toBeUndefined();
  expect(proxyOf("https://[2001:db8::1]:8443/", env)).toBeUndefined();
  expect(proxyOf("https://[2001:db8::1]/", env)).toBe("http://secure.example:1/");
});

test("F53 what is for this machine itself is no proxy's business", () => {
  for (const url of ["http://127.0.0.1:8080/", "http://localhost/", "https://[::1]/", "https://127.0.0.2/"]) {
    expect(proxyOf(url, variables, "http://own.example:4")).toBeUndefined();
  }
});

import { expect, test } from "vitest";
import { isLoopback, secureUrl } from "../src/index.ts";

test("secrets may go to https anywhere and to http on the loopback only", () => {
  for (const text of [
    "https://id.example.com/x",
    "http://127.0.0.1:80",
    "http://127.1.2.3",
    "http://[::1]:1",
    "http://localhost/",
    "http://0x7f.1/",
  ]) {
    expect(secureUrl(text)?.href, text).toBe(new URL(text).href);
  }
  const insecure = [
    "http://id.example.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://10.0.0.1",
    "file:///x",
    "javascript:x",
    "ws://127.0.0.1",
    "https://ana@id.example.com",
    "https://:p@id.example.com",
    "id.example.com",
    "",
  ];
  for (const text of insecure) expect(secureUrl(text), text).toBeUndefined();
});

test("an address is judged as the URL standard reads it", () => {
  expect(isLoopback(new URL("https://ⓛocalhost"))).toBe(true);
  expect(isLoopback(new URL("https://127.0.0.1."))).toBe(true);
  expect(isLoopback(new URL("https://localhost."))).toBe(false);
});

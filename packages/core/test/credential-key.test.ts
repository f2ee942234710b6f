import { expect, test } from "vitest";
import { formatKey, parseKey } from "../src/index.ts";
import { key } from "./sets.ts";

test("a key is written with characters that every file system keeps apart, and is read back", () => {
  const odd = {
    ...key,
    profile: "Ünï/..\\ +%~'!*()\u{1f511}",
    audience: "https://A.example",
    scopes: ["b", "a", "b"],
    pendingLoginId: "L",
  };
  expect(formatKey(odd)).toMatch(/^[a-z0-9._%+=-]+$/);
  expect(parseKey(formatKey(odd))).toEqual({ ...odd, scopes: ["a", "b"] });
  expect(formatKey(key)).toBe("https%3a%2f%2fid.example.com+test+default");
});

test("the order and repetition of scopes make no other key", () => {
  expect(formatKey({ ...key, scopes: ["a", "b"] })).toBe(formatKey({ ...key, scopes: ["b", "a", "a"] }));
  expect(formatKey({ ...key, scopes: [] })).toBe(formatKey(key));
});

test("an empty part or a broken character is wrong use", () => {
  for (const profile of ["", "\ud800"]) expect(() => formatKey({ ...key, profile })).toThrow(TypeError);
});

test("what was not written by formatKey is read as no key", () => {
  for (const text of ["", "a", "a+b", "a+b+%zz", "a+b+C", "a+b+c+x=1", "a+b+c+p=", "a++c", "a+b+c+s=b%20a"]) {
    expect(parseKey(text), text).toBeUndefined();
  }
});

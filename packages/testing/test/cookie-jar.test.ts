import { expect, test } from "vitest";
import { cookieJar } from "../src/cookie-jar.ts";

const url = (path: string, port = 1): URL => new URL(`http://127.0.0.1:${port}${path}`);

test("gives a cookie back to its origin and on and under its path only", () => {
  const jar = cookieJar();
  jar.keep(url("/a"), ["everywhere=1", "there=x=y; Path=/a; HttpOnly", "folder=2; path=/b/"]);
  expect(jar.header(url("/"))).toBe("everywhere=1");
  expect(jar.header(url("/a/b"))).toBe("everywhere=1; there=x=y");
  expect(jar.header(url("/ab"))).toBe("everywhere=1");
  expect(jar.header(url("/b/c"))).toBe("everywhere=1; folder=2");
  expect(jar.header(url("/a", 2))).toBe("");
});

test("replaces a cookie, and drops it when it has expired", () => {
  const jar = cookieJar();
  jar.keep(url("/"), ["a=1", "b=1", "c=1; expires=Fri, 31 Dec 9999 23:59:59 GMT"]);
  jar.keep(url("/"), ["a=2; path=/"]);
  expect(jar.header(url("/"))).toBe("a=2; b=1; c=1");
  jar.keep(url("/"), ["a=; expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=; Max-Age=0"]);
  expect(jar.header(url("/"))).toBe("c=1");
});

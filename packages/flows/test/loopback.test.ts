import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { signedInPage } from "../src/landing-page.ts";
import { openLoopback, type LoopbackOptions, type LoopbackReceiver } from "../src/loopback.ts";
import { visit } from "./browser.ts";
import { rejection } from "./rejection.ts";

async function open(options: Partial<LoopbackOptions> = {}): Promise<LoopbackReceiver & { readonly port: number }> {
  const receiver = await openLoopback({
    host: "127.0.0.1",
    path: "/callback",
    ports: [0],
    isOurs: (parameters) => parameters.get("state") === "ours",
    ...options,
  });
  onTestFinished(() => receiver.close());
  return { ...receiver, port: Number(new URL(receiver.redirectUri).port) };
}

/** Takes a port so that nobody else can. */
async function takePort(host = "127.0.0.1", port = 0): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer().listen(port, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

/** What comes back for bytes that no browser would send. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => (answer += String(chunk)));
  socket.write(text);
  await closed(socket);
  return answer;
}

/** Waits until a connection is gone, however it went. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
}

test("only a GET of the one path counts, and the right one is still waited for", async () => {
  const { redirectUri, callback, port } = await open();
  const at = (path: string): string => `http://127.0.0.1:${port}${path}`;
  for (const path of ["/", "/favicon.ico", "/callback/", "/callback/x", "/Callback", "//callback", "/x/../favicon"]) {
    expect((await visit(at(`${path}?state=ours`))).status, path).toBe(404);
  }
  for (const method of ["POST", "HEAD", "OPTIONS", "PUT"]) {
    expect(await visit(`${redirectUri}?state=ours`, { method })).toMatchObject({
      status: 405,
      headers: { allow: "GET" },
    });
  }
  expect((await visit(`${redirectUri}?state=theirs`)).status).toBe(400);
  expect((await visit(redirectUri)).status).toBe(400);

  const page = visit(`${redirectUri}?state=ours&code=1&x=%2B`);
  const { parameters, answer } = await callback;
  expect([...parameters]).toEqual([
    ["state", "ours"],
    ["code", "1"],
    ["x", "+"],
  ]);
  expect((await visit(`${redirectUri}?state=ours&code=2`)).status).toBe(404);
  await answer(signedInPage);
  expect(await page).toMatchObject({ status: 200 });
});

test("another name for this machine, a script's request and a guess of the browser are refused", async () => {
  const { redirectUri, callback, port } = await open();
  for (const headers of [
    { host: "evil.test" },
    { host: `evil.test:${port}` },
    { host: `localhost:${port}` },
    { host: "127.0.0.1" },
    { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" },
    { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
    { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
    { "sec-purpose": "prefetch" },
  ]) {
    expect((await visit(`${redirectUri}?state=ours`, { headers })).status, JSON.stringify(headers)).toBe(403);
  }
  const host = `host: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`;
  expect(await raw(port, `GET http://127.0.0.1:${port}/callback?state=ours HTTP/1.1\r\n${host}`)).toMatch(
    /^HTTP\/1.1 404/,
  );
  expect(await raw(port, `GET /callback?state=ours HTTP/1.1\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 400/);
  expect(await raw(port, `GET /callback?state=ours HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1.1 403/);
  expect(await raw(port, `GET /callback?${"x".repeat(64 * 1024)} HTTP/1.1\r\n${host}`)).toMatch(/^(HTTP\/1.1 431|$)/);

  const headers = { "sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site", "sec-fetch-dest": "document" };
  const page = visit(`${redirectUri}?state=ours`, { headers });
  await (await callback).answer(signedInPage);
  expect((await page).status).toBe(200);
});

test("every page is kept by nobody, runs nothing and tells nobody where it was", async () => {
  const { redirectUri, callback, port } = await open();
  const refused = [
    await visit(redirectUri),
    await visit(`http://127.0.0.1:${port}/x`),
    await visit(redirectUri, { headers: { host: "x" } }),
  ];
  const page = visit(`${redirectUri}?state=ours`);
  await (await callback).answer({ status: 200, title: "<i>", text: `"><img onerror=x> & '` });
  for (const { headers } of [...refused, await page]) {
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
    expect(Object.keys(headers).join()).not.toContain("access-control");
  }
  expect((await page).text).toContain("<p>&#34;&#62;&#60;img onerror=x&#62; &#38; &#39;</p>");
});

test("closing drops every connection and frees the port, also while a browser waits", async () => {
  const { redirectUri, callback, close, port } = await open();
  const idle = connect(port, "127.0.0.1");
  await once(idle, "connect");
  const waiting = visit(`${redirectUri}?state=ours`).catch((error: unknown) => error);
  const { answer } = await callback;
  const dropped = closed(idle);
  await close();
  await dropped;
  expect(await waiting).toBeInstanceOf(Error);
  await answer(signedInPage); // Nobody is there to see it, and that is fine.
  await close();
  await takePort("127.0.0.1", port);
});

test("the first free port of the list is taken, and none is an error", async () => {
  const taken = await takePort();
  const free = await takePort();
  free.server.close();
  await once(free.server, "close");
  expect((await open({ ports: [taken.port, free.port] })).redirectUri).toBe(`http://127.0.0.1:${free.port}/callback`);
  const error = await rejection(open({ ports: [taken.port, free.port] }));
  expect(error).toMatchObject({ code: "redirect_unavailable" });
  expect(error.message).toContain(`(${taken.port}, ${free.port})`);
});

test("it listens on the loopback and nowhere else", async () => {
  const { port } = await open();
  await takePort("127.0.0.2", port); // Free, so it was not all addresses that were taken.
});

test("localhost is listened for on both its addresses, or not at all", async (context) => {
  const hasIpv6 = await takePort("::1").then(
    () => true,
    () => false,
  );
  if (!hasIpv6) context.skip("this machine has no IPv6");
  const { redirectUri, callback, port } = await open({ host: "localhost" });
  expect(redirectUri).toBe(`http://localhost:${port}/callback`);
  for (const address of ["127.0.0.1", "[::1]"]) {
    const headers = { host: `localhost:${port}` };
    expect((await visit(`http://${address}:${port}/callback`, { headers })).status, address).toBe(400);
  }
  const page = visit(`http://[::1]:${port}/callback?state=ours`, { headers: { host: `localhost:${port}` } });
  await (await callback).answer(signedInPage);
  expect((await page).status).toBe(200);

  const { port: taken } = await takePort("::1");
  expect(await rejection(open({ host: "localhost", ports: [taken] }))).toMatchObject({ code: "redirect_unavailable" });
  await takePort("127.0.0.1", taken); // The half that could be had was given back.
});

test("a redirect to anywhere else, or to what is not a path, is a mistake in the settings", async () => {
  for (const host of ["0.0.0.0", "id.example.com", "127.0.0.1:80", ""]) {
    expect(await rejection(open({ host })), host).toMatchObject({ code: "config_invalid" });
  }
  for (const path of ["callback", "/a?b", "/a#b", "/a/../b", "/a b", "//evil.test/x", ""]) {
    expect(await rejection(open({ path })), path).toMatchObject({ code: "config_invalid" });
  }
});

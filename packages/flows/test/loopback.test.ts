import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { htmlPage } from "../src/html-page.ts";
import { openLoopback, type LoopbackOptions, type LoopbackReceiver } from "../src/loopback.ts";
import { browse, visit } from "./browser.ts";
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
async function raw(port: number, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => (answer += String(chunk)));
  for (const part of parts) socket.write(part);
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

async function signedIn(): Promise<Response> {
  return htmlPage({ status: 200, title: "You are signed in", paragraphs: [] });
}

async function redirect(location: string): Promise<Response> {
  return new Response(null, { status: 303, headers: { location } });
}

test("4.2-42 F73 B.1-11 B.6-2 only a GET of the one path counts, once, and the right one is still waited for", async () => {
  const { redirectUri, callback, port } = await open();
  const at = (path: string): string => `http://127.0.0.1:${port}${path}`;
  for (const path of ["/", "/favicon.ico", "/callback/", "/callback/x", "/Callback", "//callback", "/x/../favicon"]) {
    expect((await visit(at(`${path}?state=ours`))).status, path).toBe(404);
  }
  for (const method of ["POST", "HEAD", "OPTIONS", "PUT", "TRACE"]) {
    expect(await visit(`${redirectUri}?state=ours`, { method })).toMatchObject({
      status: 405,
      headers: { allow: "GET" },
    });
  }
  const host = `host: 127.0.0.1:${port}\r\n`;
  const body = new Uint8Array(10_000_000);
  const post = `POST /callback?state=ours HTTP/1.1\r\n${host}content-length: ${body.length}\r\n\r\n`;
  expect(await raw(port, post, body)).toMatch(/^HTTP\/1.1 405/);
  const get = `GET /callback?${"x".repeat(64 * 1024)} HTTP/1.1\r\n${host}\r\n`;
  expect(await raw(port, get)).toMatch(/^HTTP\/1.1 431/);

  const page = browse(`${redirectUri}?state=ours&code=1&x=%2B`);
  const { parameters, answer } = await callback;
  expect([...parameters]).toEqual([
    ["state", "ours"],
    ["code", "1"],
    ["x", "+"],
  ]);
  expect((await visit(`${redirectUri}?state=ours&code=2`)).status).toBe(404);
  await answer(signedIn);
  expect(await page).toMatchObject({ status: 200 });
});

test("4.2-36 a missing, wrong or doubled state is refused, and counted", async () => {
  const { redirectUri, refusedCount } = await open({
    isOurs: (parameters) => parameters.getAll("state").join() === "ours",
  });
  for (const query of ["", "?code=1", "?state=", "?state=theirs", "?state=ours&state=ours", "?state=ours&state=x"]) {
    expect((await visit(`${redirectUri}${query}`)).status, query).toBe(400);
  }
  expect(refusedCount()).toBe(6);
});

test("4.2-43 another name for this machine is refused, and so is none", async () => {
  const { redirectUri, callback, port, refusedCount } = await open();
  for (const host of ["evil.test", `evil.test:${port}`, `localhost:${port}`, "127.0.0.1", `[::1]:${port}`]) {
    expect((await visit(`${redirectUri}?state=ours`, { headers: { host } })).status, host).toBe(403);
  }
  const get = (target: string, version = "1.1", headers = ""): Promise<string> =>
    raw(port, `GET ${target} HTTP/${version}\r\n${headers}connection: close\r\n\r\n`);
  const host = `host: 127.0.0.1:${port}\r\n`;
  expect(await get(`http://127.0.0.1:${port}/callback?state=ours`, "1.1", host)).toMatch(/^HTTP\/1.1 403/);
  expect(await get("/callback?state=ours")).toMatch(/^HTTP\/1.1 403/);
  expect(await get("/callback?state=ours", "1.0")).toMatch(/^HTTP\/1.1 403/);
  expect(refusedCount()).toBe(0);

  const page = browse(`${redirectUri}?state=ours`);
  await (await callback).answer(signedIn);
  expect((await page).status).toBe(200);
});

test("4.2-44 only a person's own way here counts: no script, frame or guess of the browser, and nothing is shared with any", async () => {
  const { redirectUri, callback, port } = await open();
  for (const headers of [
    { origin: "https://evil.test" },
    { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" },
    { "sec-fetch-mode": "cors", "sec-fetch-dest": "document" },
    { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
    { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "document" },
    { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
    { "sec-purpose": "prefetch" },
  ]) {
    const page = await visit(`${redirectUri}?state=ours`, { headers });
    expect(page.status, JSON.stringify(headers)).toBe(403);
    expect(Object.keys(page.headers).join()).not.toContain("access-control");
  }
  const preflight = { "access-control-request-method": "GET", "access-control-request-private-network": "true" };
  const page = await visit(redirectUri, { method: "OPTIONS", headers: preflight });
  expect(Object.keys(page.headers).join()).not.toContain("access-control");

  const headers = { "sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site", "sec-fetch-dest": "document" };
  const answered = visit(`${redirectUri}?state=ours`, { headers: { ...headers, origin: "null" } });
  void (await callback).answer(signedIn);
  const { location = "" } = (await answered).headers;
  expect(location).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/done\\?page=`));
  expect((await visit(location, { headers: { ...headers, "sec-fetch-mode": "cors" } })).status).toBe(403);
  expect((await visit(location, { headers })).status).toBe(200);
});

test("4.3-49 every page is kept by nobody, runs nothing and tells nobody where it was", async () => {
  const { redirectUri, callback, port } = await open();
  const pages = [
    await visit(redirectUri),
    await visit(`http://127.0.0.1:${port}/x`),
    await visit(redirectUri, { headers: { host: "x" } }),
  ];
  const answered = visit(`${redirectUri}?state=ours`);
  const done = (await callback).answer(async () =>
    htmlPage({ status: 200, title: "<i>", paragraphs: [`"></p><img onerror=x> & '`] }),
  );
  const sentOn = await answered;
  const page = await visit(sentOn.headers.location ?? "");
  await done;
  for (const { headers } of [...pages, sentOn, page]) {
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; style-src 'no\w+(-[\w-]{36})?'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      ),
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  }
  for (const { headers, text } of [...pages, page]) {
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    const [, nonce = ""] = /<style nonce="([^"]+)">/.exec(text) ?? [];
    expect(headers["content-security-policy"]).toContain(`'nonce-${nonce}'`);
  }
  expect(new Set(pages.map(({ headers }) => headers["content-security-policy"])).size).toBe(3);
  expect(page.text).toContain("<title>&#60;i&#62;</title>");
  expect(page.text).toContain("<p>&#34;&#62;&#60;/p&#62;&#60;img onerror=x&#62; &#38; &#39;</p>");
});

test("4.3-50 a page is shown at an address that has no code and no state, once, to whoever was sent there", async () => {
  const { redirectUri, callback, port } = await open();
  const answered = visit(`${redirectUri}?state=ours&code=secret&redirect_after=https://evil.test`);
  const asked: string[] = [];
  const done = (await callback).answer(async ({ href }) => {
    asked.push(href);
    return await signedIn();
  });
  const { status, headers } = await answered;
  expect(asked).toEqual([redirectUri]);
  expect(status).toBe(303);
  expect(headers.location).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/done\\?page=[0-9a-f-]{36}$`));

  const page = headers.location ?? "";
  expect((await visit(`${redirectUri}?state=ours&code=secret`)).status).toBe(404);
  expect((await visit(`http://127.0.0.1:${port}/done`)).status).toBe(404);
  expect((await visit(`${page}x`)).status).toBe(404);
  expect((await visit(page, { method: "HEAD" })).status).toBe(405);
  const shown = visit(page);
  await done;
  expect(await shown).toMatchObject({ status: 200, text: expect.stringContaining("You are signed in") });
  expect((await visit(page)).status).toBe(404);
});

test("B.2-5 B.2-9 a page may lead to the next here, and only the browser that was sent there gets it", async () => {
  const { redirectUri, callback, port } = await open();
  const asked: string[] = [];
  const pages = new Map([
    ["/callback", () => redirect("first?tab=1#top")],
    ["/first", () => redirect("/second")],
    ["/second", signedIn],
  ]);
  const shown = browse(`${redirectUri}?state=ours`);
  await (
    await callback
  ).answer(async ({ pathname, searchParams }) => {
    asked.push(`${pathname} ${[...searchParams.keys()].join()}`);
    return (await pages.get(pathname)?.()) ?? Response.error();
  });
  expect(asked).toEqual(["/callback ", "/first tab,page", "/second page"]);
  expect(await shown).toMatchObject({
    status: 200,
    address: expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:${port}/second\\?page=`)),
  });
});

test("a page that leads elsewhere is the last, and one that leads on without end is ended", async () => {
  const elsewhere = await open();
  const sent = visit(`${elsewhere.redirectUri}?state=ours`);
  await (await elsewhere.callback).answer(() => redirect("https://example.com/welcome"));
  expect(await sent).toMatchObject({ status: 303, headers: { location: "https://example.com/welcome" } });

  const endless = await open();
  let count = 0;
  const shown = browse(`${endless.redirectUri}?state=ours`);
  await (
    await endless.callback
  ).answer(() => {
    count++;
    return redirect(`/${count}`);
  });
  expect(count).toBe(5);
  expect((await shown).status).toBe(404);
});

test("a browser that does not come for the next page is not waited for without end", async () => {
  const { redirectUri, callback } = await open({ nextPageMs: 20 });
  const sent = visit(`${redirectUri}?state=ours`);
  await (await callback).answer(signedIn);
  expect((await visit((await sent).headers.location ?? "")).status).toBe(404);

  const patient = await open({ nextPageMs: 2 ** 30 });
  const left = visit(`${patient.redirectUri}?state=ours`);
  const done = (await patient.callback).answer(signedIn);
  await left;
  await patient.close();
  await done;
});

test("a page's own headers stand, and what it leaves out is as on our pages", async () => {
  const { redirectUri, callback } = await open();
  const shown = browse(`${redirectUri}?state=ours`);
  const headers = new Headers({ "content-security-policy": "default-src 'self'", "content-length": "3" });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  await (await callback).answer(async () => new Response("four", { status: 201, headers }));
  expect(await shown).toMatchObject({
    status: 201,
    text: "four",
    headers: {
      "content-security-policy": "default-src 'self'",
      "content-length": "4",
      "content-type": "text/plain;charset=UTF-8",
      "cache-control": "no-store",
      "x-frame-options": "DENY",
      "set-cookie": ["a=1", "b=2"],
    },
  });
});

test("4.2-46 the callback is served among 500 idle and unfinished connections, and closing drops all of them", async () => {
  const { redirectUri, callback, close, port } = await open();
  const sockets = await Promise.all(
    Array.from({ length: 500 }, async (_, index) => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      if (index % 2 === 0) socket.write(`GET /callback?state=ours HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx-slow: `);
      return socket;
    }),
  );
  const page = browse(`${redirectUri}?state=ours`);
  await (await callback).answer(signedIn);
  expect((await page).status).toBe(200);
  const dropped = sockets.map(closed);
  await close();
  await Promise.all(dropped);
});

test("closing frees the port, also while a browser waits", async () => {
  const { redirectUri, callback, close, port } = await open();
  const waiting = visit(`${redirectUri}?state=ours`).catch((error: unknown) => error);
  const { answer } = await callback;
  await close();
  expect(await waiting).toBeInstanceOf(Error);
  await answer(signedIn); // Nobody is there to see it, and that is fine.
  await close();
  await takePort("127.0.0.1", port);
});

test("F68 the first free port of the list is taken, and none is an error that names them", async () => {
  const taken = await takePort();
  const free = await takePort();
  free.server.close();
  await once(free.server, "close");
  expect((await open({ ports: [taken.port, free.port] })).redirectUri).toBe(`http://127.0.0.1:${free.port}/callback`);
  const error = await rejection(open({ ports: [taken.port, free.port] }));
  expect(error).toMatchObject({ code: "redirect_unavailable" });
  expect(error.message).toContain(`(${taken.port}, ${free.port})`);
});

test("4.2-45 it listens on the loopback and nowhere else", async () => {
  const { port } = await open();
  await takePort("127.0.0.2", port); // Free, so it was not all addresses that were taken.
  const others = Object.values(networkInterfaces()).flatMap((all = []) => all.filter(({ internal }) => !internal));
  for (const { address, scopeid } of others) {
    if (scopeid === undefined || scopeid === 0) await takePort(address, port);
  }
});

test("F69 localhost is listened for on both its addresses, or not at all", async (context) => {
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
  const headers = { host: `localhost:${port}` };
  const answered = visit(`http://[::1]:${port}/callback?state=ours`, { headers });
  const done = (await callback).answer(signedIn);
  const { pathname, search, hostname } = new URL((await answered).headers.location ?? "");
  expect(hostname).toBe("localhost");
  expect((await visit(`http://127.0.0.1:${port}${pathname}${search}`, { headers })).status).toBe(200);
  await done;

  const { port: taken } = await takePort("::1");
  expect(await rejection(open({ host: "localhost", ports: [taken] }))).toMatchObject({ code: "redirect_unavailable" });
  await takePort("127.0.0.1", taken); // The half that could be had was given back.
});

test("B.6-4 a redirect on the default port is served where that may be had, and is a clear error where not", async () => {
  const receiver = await open({ ports: [80] }).catch((error: unknown) => error);
  if (receiver instanceof Error) {
    expect(receiver).toMatchObject({ code: "redirect_unavailable" });
    return;
  }
  const { redirectUri, callback } = receiver as LoopbackReceiver;
  expect(redirectUri).toBe("http://127.0.0.1:80/callback");
  const headers = { host: "127.0.0.1" };
  const answered = visit("http://127.0.0.1/callback?state=ours", { headers });
  const done = (await callback).answer(signedIn);
  const { location = "" } = (await answered).headers;
  expect(location).toMatch(/^http:\/\/127\.0\.0\.1\/done\?page=/);
  expect((await visit(location, { headers })).status).toBe(200);
  await done;
});

test("a redirect to anywhere else, or to what is not a path, is a mistake in the settings", async () => {
  for (const host of ["0.0.0.0", "id.example.com", "127.0.0.1:80", ""]) {
    expect(await rejection(open({ host })), host).toMatchObject({ code: "config_invalid" });
  }
  for (const path of ["callback", "/a?b", "/a#b", "/a/../b", "/a b", "//evil.test/x", ""]) {
    expect(await rejection(open({ path })), path).toMatchObject({ code: "config_invalid" });
  }
});

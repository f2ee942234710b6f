// Sends and fetches much more than may be held in memory, and says how much memory that took at the most.
import { openAsBlob, truncateSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { pipeline } from "node:stream/promises";
import { Readable, Writable } from "node:stream";
import { authorizedFetch, createClient, replayable } from "@org/auth-client";
import { accessToken, type TokenSource } from "@org/auth-core";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const wholeBytes = 200 * 1024 * 1024;
const chunk = new Uint8Array(64 * 1024).fill(7);

/** What nobody holds any more is given back at once, so that what is left is what somebody holds. */
function* chunks(): Generator<Uint8Array> {
  for (let count = 0; count * chunk.length < wholeBytes; count++) {
    if (count % 64 === 0) collectGarbage();
    yield chunk.slice();
  }
}
const open = (): ReadableStream<Uint8Array> => Readable.toWeb(Readable.from(chunks()));

async function lengthOf(body: IncomingMessage): Promise<number> {
  let length = 0;
  const count = new Writable({
    write: (part: Buffer, _encoding, done) => {
      length += part.length;
      done();
    },
  });
  await pipeline(body, count);
  return length;
}

const server = createServer((request, response) => {
  if (request.method === "GET") void pipeline(Readable.from(chunks()), response);
  else
    void lengthOf(request).then((length) => {
      const isRefused = request.url === "/again" && request.headers.authorization === "Bearer canary-first";
      response.writeHead(isRefused ? 401 : 200, { "content-type": "application/json" }).end(String(length));
    });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const source: TokenSource = {
  getToken: async ({ rejected } = {}) =>
    Promise.resolve(accessToken({ value: rejected === undefined ? "canary-first" : "canary-second" })),
};
const client = createClient({ baseUrl: origin, source, ky: { timeout: false, totalTimeout: false } });
const fetch = authorizedFetch(source, { origins: [origin] });

const works: Readonly<Record<string, () => Promise<unknown>>> = {
  "client sends": () => client.post("a", { body: open() }).json(),
  "client sends again": () => client.post("again", { body: replayable(open) }).json(),
  "client sends a file": async () => await client.post("a", { body: await file() }).json(),
  "client sends a file again": async () => await client.post("again", { body: await file() }).json(),
  "client sends a form with a file": async () => {
    const body = new FormData();
    body.set("file", await file(), "file");
    // What is around the file is some two hundred bytes.
    return Math.floor((await client.post("a", { body }).json<number>()) / 1024) * 1024;
  },
  "client fetches": async () => await received(await client.get("a")),
  "fetch sends": async () => await (await fetch(origin, { method: "POST", body: open(), duplex: "half" })).json(),
  "fetch sends again": async () =>
    await (await fetch(`${origin}/again`, { method: "POST", body: replayable(open), duplex: "half" })).json(),
  "fetch fetches": async () => await received(await fetch(origin)),
};

async function received({ body }: Response): Promise<number> {
  let length = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) length += part.length;
  return length;
}

/** A file that is as large, and is read when it is sent. */
async function file(): Promise<Blob> {
  const path = process.argv[3] ?? "";
  truncateSync(path, wholeBytes);
  setInterval(collectGarbage, 20).unref();
  return await openAsBlob(path);
}

const work = works[process.argv[2] ?? ""];
const length = await work?.();
const { maxRSS } = process.resourceUsage();
server.close();
server.closeAllConnections();
process.stdout.write(JSON.stringify({ length, peakMiB: maxRSS / 1024 }));

// Makes every kind of error that a client has, with secrets in all that is sent and answered: `all` prints each in every
// way there is, and a number makes that one alone, which nobody handles.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { createClient, type ClientOptions } from "@org/auth-client";
import { accessToken, fixed } from "@org/auth-core";

const { token, secret } = JSON.parse(process.argv[2] ?? "") as { readonly token: string; readonly secret: string };

/** An API and a token endpoint that repeat all they are sent. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => void chunks.push(chunk));
  request.on("end", () => {
    const { url = "/", headers } = request;
    answer(response, url, JSON.stringify({ error: headers, error_description: headers, url, body: String(chunks) }));
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function answer(response: ServerResponse, url: string, echo: string): void {
  const { pathname } = new URL(url, origin);
  if (pathname === "/hang") return;
  if (pathname === "/reset") response.socket?.resetAndDestroy();
  else if (pathname === "/half")
    response.writeHead(200, { "content-length": 9999 }).write(echo, () => response.destroy());
  else if (pathname === "/no-http") response.socket?.end(`nonsense ${echo}\r\n\r\n`);
  else if (pathname === "/.well-known/openid-configuration")
    response.end(JSON.stringify({ issuer: origin, token_endpoint: `${origin}/token?${secret}` }));
  else if (pathname === "/loop") response.writeHead(308, { location: url }).end();
  else if (pathname === "/away") response.writeHead(307, { location: `http://localhost:1/?${secret}` }).end();
  else if (pathname === "/text") response.end(`${token} ${echo}`);
  else {
    const challenge = `Bearer error="${pathname.slice(5)}", error_description="${token} ${secret}"`;
    const said = { "content-type": "application/json", "www-authenticate": challenge, "set-cookie": `a=${secret}` };
    response.writeHead(Number(pathname.slice(1, 4)) || 400, said).end(echo);
  }
}

const given: ClientOptions = {
  baseUrl: origin,
  env: {},
  folder: false,
  extraHeaders: { "x-team": secret },
  ky: { retry: 0, timeout: 200 },
};
const client = createClient({ ...given, source: fixed(accessToken({ value: token })) });
const machine = createClient({ ...given, issuer: origin, clientId: "machine", clientSecret: secret });
const site = { ORG_AUTH_ISSUER: origin, ORG_AUTH_CLIENT_ID: "machine" };
const anonymous = createClient({ ...given, auth: "none" });
const sent = { json: { secret }, headers: { "x-api-key": secret, cookie: secret }, searchParams: { secret } };
const { body } = new Response(secret);

const works: (() => Promise<unknown>)[] = [
  ...[
    "400",
    "404",
    "500",
    "401-insufficient_user_authentication",
    "403-insufficient_scope",
    "401",
    "hang",
    "reset",
  ].map((path) => async () => await client.post(path, sent)),
  ...["no-http", "loop", "away"].map((path) => async () => await client.post(path, sent)),
  async () => await client.post("half", sent).json(),
  async () => await client.post("text", sent).json(),
  async () => await (await client.post("text", sent)).json(),
  async () => await client.get(`a?access_token=${secret}`),
  async () => await client.get("a", { headers: { "x-api-key": `${secret}\n${secret}` } }),
  async () => await client.get(`http://[${secret}`),
  async () => await client.get(`http://user:${secret}@127.0.0.1:1/`),
  async () => await client.get("404", { headers: { authorization: `Basic ${secret}` } }),
  async () => await client.post("307", { body, headers: { "x-api-key": secret } }),
  async () => await anonymous.post("401", sent),
  async () => await machine.post("a", sent),
  async () => await createClient({ ...given, accessToken: `${token}\n` }).post("a", sent),
  async () => await createClient({ ...given, baseUrl: "http://127.0.0.1:1", apiKey: token }).post("a", sent),
  async () => await createClient({ ...given, env: { ...site, ORG_AUTH_REFRESH_TOKEN: secret } }).post("a", sent),
  async () => await createClient({ ...given, env: { ORG_AUTH_CLIENT_SECRET: secret } }).post("a", sent),
];

const [, , , which] = process.argv;
if (which === "all") await printAll();
else void works[Number(which)]?.();
server.unref();

async function printAll(): Promise<void> {
  for (const work of works) {
    const error = await work().then(
      () => expectError(),
      (reason: unknown) => reason,
    );
    for (let place: unknown = error; place instanceof Error; place = place.cause) {
      console.log(inspect(place, { depth: 10, showHidden: true }), JSON.stringify(place), place.stack, String(place));
      console.log(Object.assign({}, place), Object.getOwnPropertyNames(place), Reflect.ownKeys(place));
    }
    console.error(error);
  }
  console.log(`all ${String(works.length)} failed`);
}

function expectError(): never {
  throw new Error("it did not fail");
}

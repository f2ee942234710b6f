// A whole story in which every event there is happens: credentials are found, renewed, refused, lost and got anew, by
// servers that repeat every secret they are sent wherever they can. It needs no test runner.
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createClient, openSession, type ClientOptions } from "@org/auth-client";
import { isAuthError, memoryStore, StoreError, tokenSet, type CredentialStore, type OnEvent } from "@org/auth-core";
import { headlessPerson, startAuthServer } from "@org/auth-testing";

/** What is sent and answered, and must be in no event. */
export interface Secrets {
  readonly clientSecret: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Tells what became of each request, in order: its status, or the code of the error. */
export async function eventStory(onEvent: OnEvent, secrets: Secrets): Promise<readonly (number | string)[]> {
  const { clientSecret, accessToken, refreshToken } = secrets;
  let refusals = 0;
  let tokens = 0;
  let tokenAnswer: (body: string) => readonly [status: number, answer: object] = granted;
  let date: string | undefined;

  function granted(): readonly [number, object] {
    const access_token = `${accessToken}.${++tokens}`;
    return [200, { access_token, token_type: "Bearer", expires_in: 3600, refresh_token: refreshToken, scope: "read" }];
  }

  const answer = (url: string, body: string, authorization: string, response: ServerResponse): void => {
    if (date !== undefined) response.setHeader("date", date);
    if (url === "/.well-known/openid-configuration") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ issuer: origin, token_endpoint: `${origin}/token` }));
    } else if (url === "/token") {
      const [status, json] = tokenAnswer(body);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    } else if (url === "/away") response.writeHead(302, { location: `${elsewhereOrigin}/?${accessToken}` }).end();
    else if (refusals-- > 0) {
      const challenge = `Bearer error="${authorization.replace("Bearer ", "")}", error_description="${accessToken}"`;
      response.writeHead(401, { "www-authenticate": `${challenge}, Bearer error="invalid_token"` }).end(authorization);
    } else response.end("an answer");
  };
  const server = createServer((request, response) => {
    const { url = "/", headers } = request;
    void text(request).then((body) => answer(url, body, headers.authorization ?? "", response));
  });
  const elsewhere = createServer((_, response) => response.end("elsewhere"));
  const [origin, elsewhereOrigin] = [await listen(server), await listen(elsewhere)];
  const signInServer = await startAuthServer();

  const given: ClientOptions = {
    baseUrl: origin,
    env: {},
    folder: false,
    issuer: origin,
    ky: { retry: 0 },
    onEvent,
  };
  const results: (number | string)[] = [];
  async function get(client: ReturnType<typeof createClient>, path: string): Promise<void> {
    const result = client.get(path).then(
      ({ status }) => status,
      (error: unknown) => (isAuthError(error) ? error.code : String(error)),
    );
    results.push(await result);
  }

  // A machine's credential is found and gets its first token, from a server with another clock.
  date = new Date(Date.now() + 3_600_000).toUTCString();
  const machine = createClient({ ...given, clientId: "machine", clientSecret });
  await get(machine, "a");
  date = undefined;
  // Its token is refused, and replaced; then the next one is refused as well.
  refusals = 1;
  await get(machine, "a");
  refusals = 2;
  await get(machine, "a");
  await get(machine, "away");

  // A stored login is renewed, and is good for less.
  const key = { issuer: origin, clientId: "app", profile: "default" };
  const [store, set] = [memoryStore(), login(origin, secrets)];
  await store.update(key, () => set);
  await get(createClient({ ...given, clientId: "app", store }), "a");
  // In another one the server cannot be reached while the token still lives; and then it ends the login.
  const ending = memoryStore();
  await ending.update(key, () => login(origin, secrets, 20_000));
  tokenAnswer = (body) => [503, { error: "temporarily_unavailable", error_description: body }];
  const lost = createClient({ ...given, clientId: "app", store: ending });
  await get(lost, "a");
  tokenAnswer = (body) => [400, { error: "invalid_grant", error_description: `${body} ${refreshToken}` }];
  refusals = 1;
  await get(lost, "a");
  // A renewed login cannot be kept.
  tokenAnswer = granted;
  await get(createClient({ ...given, clientId: "app", store: full(login(origin, secrets)) }), "a");

  // A person signs in.
  const show = (url: string): void => void headlessPerson(signInServer.person).signIn(url);
  const { issuer, nativeClientId: clientId } = signInServer;
  const signIn = { flow: "browser", open: () => true, show } as const;
  const session = openSession({ env: {}, folder: false, issuer, clientId, noCache: true, signIn, onEvent });
  await session.getToken();

  for (const one of [server, elsewhere]) {
    one.closeAllConnections();
    one.close();
  }
  await signInServer.close();
  return results;
}

/** A login that lives for so long yet. */
function login(issuer: string, { accessToken, refreshToken }: Secrets, liveMs = 0) {
  const nowMs = Date.now();
  return tokenSet({
    server: { issuer, tokenEndpoint: `${issuer}/token`, issParameterSupported: false },
    clientId: "app",
    accessToken: `${accessToken}.0`,
    refreshToken,
    obtainedAtMs: nowMs - 3_600_000,
    expiresAtMs: nowMs + liveMs,
    scopes: ["read", "write"],
    generation: 0,
    account: { subject: "7", username: "ana" },
    api: { baseUrl: issuer, origins: [issuer] },
  });
}

/** A store that has no room for another login. */
function full(set: ReturnType<typeof login>): CredentialStore {
  const key = { issuer: set.server.issuer, clientId: set.clientId, profile: "default" };
  return {
    read: async () => set,
    list: async () => [key],
    async update(_, change) {
      await change(set);
      throw new StoreError("store_unavailable", "no space left");
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

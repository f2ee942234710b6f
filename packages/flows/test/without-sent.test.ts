import { tokenSet } from "@org/auth-core";
import { expect, test } from "vitest";
import { clientCredentials, passwordGrant, redeemDeveloperToken, refresh } from "../src/index.ts";
import type { HttpOptions } from "../src/index.ts";
import { rejection } from "./rejection.ts";
import { scriptedServer, type Answer, type ScriptedServer, type SeenRequest } from "./scripted-server.ts";

const clientSecret = 'client-canary-1 +/"%ü~(';
const client = { clientId: "app", clientSecret };

/** An error that repeats all that was sent, as it came and as it was meant. */
function echo({ headers, body, form }: SeenRequest): Answer {
  const { authorization = "" } = headers;
  const meant = authorization === "" ? "" : clientSecret;
  const said = [authorization, body, ...form.values(), meant, atob(authorization.split(" ")[1] ?? "")];
  return { status: 400, json: { error: "invalid_request", error_description: `Got ${said.join(" ")}. Sorry!` } };
}

function login({ metadata: server }: ScriptedServer) {
  const secrets = { accessToken: "access-canary-0", refreshToken: "refresh-canary-0/+" };
  return tokenSet({ server, clientId: "app", ...secrets, obtainedAtMs: 0, scopes: [], generation: 0 });
}

const works: readonly (readonly [string, (server: ScriptedServer, http: HttpOptions) => Promise<unknown>])[] = [
  ["a refresh token", (server, http) => refresh(login(server), { clientId: "app" }, http)],
  ["a client's secret", (server, http) => clientCredentials(server.metadata, client, { http })],
  [
    "one in the form",
    (server, http) => clientCredentials(server.metadata, { ...client, authMethod: "post" }, { http }),
  ],
  [
    "a password",
    ({ metadata }, http) =>
      passwordGrant(metadata, client, { username: "ana", password: clientSecret, scopes: [], http }),
  ],
];

test.for(works)(
  "4.4-62 a server that repeats what it was sent gets nothing secret into an error: %s",
  async ([, work]) => {
    for (const jsonTokenRequests of [false, true]) {
      const server = await scriptedServer();
      server.on("/token", echo);
      const error = await rejection(work(server, { jsonTokenRequests }));
      expect(error.message).toMatch(/\(server said: Got .*…/);
      expect(error.message).toContain("grant_type");
    }
  },
);

test("4.4-62 an API that repeats a token gets nothing of it into an error", async () => {
  const server = await scriptedServer();
  server.on("/redeem", ({ headers }) => ({
    status: 403,
    json: { error: "denied", error_description: `${headers.authorization ?? ""} is over` },
  }));
  const work = redeemDeveloperToken({ url: `${server.issuer}/redeem`, developerToken: "developer-canary" });
  expect((await rejection(work)).message).toContain("(server said: Bearer … is over)");
});

test("a refresh token that comes back is kept, and what a server says without a secret stays as it is", async () => {
  const server = await scriptedServer();
  const { refreshToken } = login(server);
  const answer = { access_token: "access-canary-1", token_type: "Bearer", refresh_token: refreshToken };
  server.on("/token", (_, index) =>
    index === 0
      ? { json: { ...answer, error_description: `not an error: ${refreshToken ?? ""}` } }
      : { status: 400, json: { error: "invalid_grant", error_description: "the token is too old" } },
  );
  expect((await refresh(login(server), { clientId: "app" })).refreshToken).toBe(refreshToken);
  expect((await rejection(refresh(login(server), { clientId: "app" }))).message).toContain(": the token is too old)");
});

import { after, test } from "node:test";
import { createClient, openSession } from "@org/auth-client";
import { assertNoSecrets, assertOneRenewal, headlessPerson } from "@org/auth-testing";
import { startAuthServer, startProtectedApi, startRecordingServer } from "@org/auth-testing";

const server = await startAuthServer();
const api = await startProtectedApi({ introspect: server.introspect });
const elsewhere = await startRecordingServer();
after(() => Promise.all([server, api, elsewhere].map((one) => one.close())));

const login = { issuer: server.issuer, clientId: server.nativeClientId, env: {}, noCache: true };
const { signIn } = headlessPerson(server.person);
const session = openSession({
  ...login,
  signIn: { flow: "browser", open: () => false, show: (url) => signIn(url).then(() => undefined) },
});
const client = createClient({ baseUrl: api.baseUrl, source: session });

void test("a hundred calls whose token is refused renew the login once", async () => {
  api.refuse(await session.getAccessToken());
  await Promise.all(Array.from({ length: 100 }, () => client.get("me")));
  assertOneRenewal(server);
});

void test("an API that is busy, or hangs up, is asked again", async () => {
  api.failNext("/v1/me", { status: 503, headers: { "retry-after": "0" } });
  api.failNext("/v1/me", "reset");
  await client.get("me");
});

void test("the token goes nowhere else", async () => {
  await client.get(`${elsewhere.origin}/me`);
  assertNoSecrets({ elsewhere: elsewhere.requests }, { token: await session.getAccessToken() });
});

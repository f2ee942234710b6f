import { readdirSync, writeFileSync } from "node:fs";
import { createClient, openSession } from "@org/auth-client";
import { importCredentials, openStorage, readSettings, resolve, type ResolveOptions } from "@org/auth-client/source";
import { isAuthError, jwtClaims, jwtExpiryMs, memoryStore, NoCredentialError } from "@org/auth-core";
import { authorizationCode } from "@org/auth-flows";
import { descartesLabs } from "./reference-products.ts";
import { startStandIn } from "./stand-in.ts";

const place = await startStandIn({ jsonTokenRequests: true });
const { server } = place;

// The web page of the old system showed a refresh token. Here a person signs in, in another program, and copies theirs.
const { refreshToken } = await authorizationCode(
  server.metadata,
  { clientId: server.nativeClientId },
  {
    scopes: ["openid", "profile", "offline_access"],
    http: { jsonTokenRequests: true },
    show: (url) => place.browser.show?.(url, true),
  },
);

// B.3-1 The variables are the old ones. Those without the prefix are not read, whoever's they are.
const product = place.move(descartesLabs, "production");
const env = { HOME: place.home, DESCARTESLABS_STORE: "file", CLIENT_ID: "another product's" };
const mine = { product, env, folder: false } as const;
const { site, origins } = await readSettings(
  product,
  {},
  { ...mine, env: { ...env, DESCARTESLABS_ENV: "production" } },
);
console.log("The site:", site?.name, "by", origins.site);
const { clientId, clientSecret } = server.confidentialClient;
const fromEnv = { ...env, DESCARTESLABS_CLIENT_ID: server.nativeClientId, DESCARTESLABS_REFRESH_TOKEN: refreshToken };

/** Whom the API takes these options for, or why it was not asked. */
async function told(options: ResolveOptions): Promise<string> {
  try {
    const me = await createClient({ ...mine, ...options })
      .get("me")
      .json<{ readonly clientId: string }>();
    return me.clientId === clientId ? "a machine" : "a person";
  } catch (error) {
    return isAuthError(error) ? `${error.code}, ${error.message}` : "unexpected";
  }
}

// B.3-7 Nothing is set: the error lists each place that was asked.
const failure: unknown = await resolve(mine).catch((error: unknown) => error);
if (failure instanceof NoCredentialError) console.log("Asked in vain:", failure.steps.map((step) => step.place).join());

// B.3-2 Half a credential is not filled up from elsewhere.
console.log("A secret alone:", await told({ env: { ...env, DESCARTESLABS_CLIENT_SECRET: clientSecret } }));

// B.3-2 A whole one: an argument goes before the environment, with all its parts.
console.log("Arguments:", await told({ env: fromEnv, clientId, clientSecret }));

// B.3-2, B.3-9 A refresh token in the environment, exchanged by a JSON request.
console.log("A refresh token in the environment:", await told({ env: fromEnv }));

// B.3-3, B.3-10 The next program makes no request: it finds the token, and the refresh token that has come with it.
const requestsBefore = server.tokenRequests();
console.log("The same, later:", await told({ env: fromEnv }));
console.log("Requests for that:", server.tokenRequests() - requestsBefore);
const kept = (): number => readdirSync(`${place.home}/.local/share/descarteslabs/credentials`).length;
console.log("Kept for it:", kept(), "file");

// B.3-4 The file of the old system is read once, by whoever says so, and kept as a login.
const path = `${place.home}/token_info.json`;
writeFileSync(path, JSON.stringify({ client_id: server.nativeClientId, refresh_token: refreshToken }));
const storage = openStorage(mine);
const { logins } = site
  ? await importCredentials({ ...mine, from: "descarteslabs", path, site, storage })
  : { logins: [] };
console.log("Its file:", logins.map(({ profile, outcome }) => `${profile} ${outcome}`).join());
console.log("Kept now:", kept(), "files");

// B.3-5 Nothing is read from files, nor kept in one.
console.log("No file:", await told({ store: memoryStore() }).then((text) => text.split(",")[0]));

// B.3-6 A token of one's own that has ended is an error which names its variable, not a reason to be somebody else.
const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString("base64url");
const claims = { sub: "ana", exp: 1_600_000_000, groups: ["b-team", "a-team"] };
const ended = [part({ alg: "none" }), part(claims), ""].join(".");
console.log("A token that has ended:", await told({ env: { ...env, DESCARTESLABS_TOKEN: ended } }));

// B.3-12, B.3-13 What a token says of itself: claims, the groups among them.
const groups = jwtClaims(ended)?.get("groups");
console.log("Its payload:", jwtClaims(ended)?.get("sub"), groups);
console.log("Its end:", new Date(jwtExpiryMs(ended) ?? 0).toISOString());

// B.3-8 Shortly before a token's end the server is down. That does not hurt: the old token lives.
const { value: old } = await (await resolve({ ...mine, env: fromEnv })).source.getToken();
const now = (): number => Date.now() + 3_580_000;
const nearItsEnd = await resolve({ ...mine, env: fromEnv, now });
server.failNext("/token", { status: 503 });
const { value } = await nearItsEnd.source.getToken();
console.log("Requests in vain:", server.tokenRequests() - requestsBefore, "and the old token is used:", value === old);

// B.3-11 An API that is busy is asked again.
place.api.failNext("/v1/me", { status: 503, headers: { "retry-after": "0" } });
console.log("Asked again:", await told({ env: fromEnv }));

// B.3-14 One login for all clients that are given it: there is no other that they would share.
const auth = openSession({ ...mine, env: fromEnv });
const clients = [createClient({ ...mine, source: auth }), createClient({ ...mine, source: auth })];
const answers = await Promise.all(clients.map((client) => client.get("me")));
console.log("One login, two clients:", answers.map(({ status }) => status).join(", "));

// B.3-15 What the commands `token`, `payload`, `name` and `groups` print.
console.log("auth token:", (await auth.getAccessToken()) === value);
console.log("auth name:", (await createClient({ ...mine, env: fromEnv }).account()).username);
console.log("auth groups:", Array.isArray(groups) ? groups.map(String).sort().join() : "");

// B.3-16 A token that was copied with its header's scheme is not sent with two of them.
const copied = { ...env, DESCARTESLABS_TOKEN: `Bearer ${value}` };
const token = await (await resolve({ ...mine, env: copied, onWarning: console.log })).source.getToken();
console.log("It is the same:", token.value === value);

await place.close();

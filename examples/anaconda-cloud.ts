import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createClient, defineClient, openSession } from "@org/auth-client";
import { readSettings, search, type ResolveOptions } from "@org/auth-client/source";
import { explain, isAuthError, jwtExpiryMs } from "@org/auth-core";
import { authorizationCode, listApiKeys } from "@org/auth-flows";
import type { Visit } from "@org/auth-testing";
import { anaconda } from "./reference-products.ts";
import { startStandIn } from "./stand-in.ts";

const clientId = anaconda.sites?.["cloud"]?.clientId ?? "";
const place = await startStandIn({
  nativeRedirectUris: ["http://127.0.0.1/auth/oidc"],
  clients: [{ clientId, authMethod: "none" }],
});
const { server, keys, api, home, person } = place;

/** What becomes of something that may fail. What is another in each run is left out. */
async function told(work: Promise<unknown>): Promise<string> {
  const failure: unknown = await work.then(() => undefined).catch((error: unknown) => error);
  if (isAuthError(failure)) {
    const message = failure.message.replaceAll(home, "~").replaceAll(server.issuer, "the server");
    return `${failure.code}: ${message}`;
  }
  return failure instanceof Error ? failure.name : "done";
}

function pathOf(visit: Visit | undefined): string {
  return new URL(visit?.finalUrl ?? "").pathname;
}

/** The places that have something for these options. */
async function places(options: ResolveOptions): Promise<void> {
  for (const { place, outcome, provenance } of (await explain((await search(options)).providers)).steps)
    if (provenance !== undefined) console.log(`${place}: ${outcome}, ${(provenance.name ?? "").replace(home, "~")}`);
}

// B.1-1 The defaults of the old system, and its variables.
const defaults = await readSettings(anaconda, {}, { env: { HOME: home }, folder: false });
console.log("By default:", defaults.site?.clientId, defaults.site?.issuer, defaults.apiUrl);
const theirs = {
  HOME: home,
  ANACONDA_CLOUD_API_DOMAIN: "foo.example.com",
  ANACONDA_CLOUD_AUTH_DOMAIN: "id.foo.example.com",
  ANACONDA_CLOUD_AUTH_CLIENT_ID: "mine",
};
const { site, apiUrl, origins } = await readSettings(anaconda, {}, { env: theirs, folder: false });
console.log("By variables:", site?.clientId, site?.issuer, apiUrl);
console.log("They are:", Object.values(origins).join(", "));

// Here the product has the addresses of a stand-in.
const product = place.move(anaconda, "cloud", {
  clientId,
  redirect: { path: "/auth/oidc" },
  landing: { success: `${api.origin}/local-login-success`, error: `${api.origin}/local-login-error` },
  apiKeysUrls: [`${keys.origin}/gone`, keys.apiKeysUrl],
  allowedOrigins: [keys.origin],
});
const env = {
  HOME: home,
  ANACONDA_CLOUD_STORE: "file",
  ANACONDA_CLOUD_API_EXTRA_HEADERS: '{"X-Team": "blue", "Api-Version": "1999.01.01"}',
};
const mine = { product, env, folder: false } as const;

// B.1-2 Where a credential is looked for, in this order. There is none yet.
const { steps } = await explain((await search(mine)).providers);
for (const { place, outcome } of steps) console.log(`${place}: ${outcome}`);

// B.1-4 A mounted secret is a file that has the variable's name, and the environment goes before it.
mkdirSync(`${home}/secrets`);
writeFileSync(`${home}/secrets/anaconda_cloud_api_key`, "wrong-on-purpose");
await places({ ...mine, env: { ...env, ANACONDA_SECRETS_DIR: `${home}/secrets` } });

// B.1-5, B.1-7 What is wrong with a setting is told with its place.
writeFileSync(`${home}/bad.toml`, "[sites.cloud\n");
console.log(await told(search({ ...mine, env: { ...env, ANACONDA_CLOUD_CONFIG: `${home}/bad.toml` } })));
console.log(await told(search({ ...mine, env: { ...env, ANACONDA_CLOUD_API_DOMAIN: "not a domain" } })));

// B.1-12 Whoever says no to the browser has not signed in.
const refusals: Promise<Visit>[] = [];
const show = (url: string): void => void refusals.push(person.refuse(url));
console.log(await told(openSession({ ...mine, signIn: { flow: "browser", open: () => true, show } }).getToken()));
console.log("The browser ends at", pathOf(await refusals[0]));

// B.1-13 A sign-in that waits can be ended.
const patience = new AbortController();
const waiting = authorizationCode(
  server.metadata,
  { clientId },
  {
    scopes: ["openid"],
    redirect: { path: "/auth/oidc" },
    http: { signal: patience.signal },
    show: () => patience.abort(),
  },
);
console.log("A sign-in that is ended:", await told(waiting));

// B.1-9, B.1-10, B.1-11 The first call signs the person in, by a browser that comes back to /auth/oidc.
const session = openSession({ ...mine, signIn: place.browser });
const key = await session.getAccessToken();
console.log("The browser ends at", pathOf(await place.visits[0]));

// B.1-14 What is kept is an API key that the login has made, at the first of two addresses that is there.
const [made] = await listApiKeys({ apiKeysUrls: [keys.apiKeysUrl] }, await session.getToken());
console.log("The sign-in has left the key of", made?.tags.join(), "for", made?.scopes.join(" "));

// B.1-9, B.1-17 Another program finds it, with no request to anybody.
const requestsBefore = server.requests.length;
const isSame = (await openSession({ ...mine, signIn: place.browser }).getAccessToken()) === key;
console.log("Another program has the same key:", isSame && server.requests.length === requestsBefore);
await places(mine);

// B.1-3 A key in the environment makes the login count for nothing, and `explain` says so.
const withKey = { ...mine, env: { ...env, ANACONDA_CLOUD_API_KEY: "wrong-on-purpose" } };
const { status } = await createClient(withKey).get("me", { throwHttpErrors: false });
console.log("With another key in the environment the API answers", status);
await places(withKey);

// B.1-15 A user name and a password, for servers that still take them.
const { username, password } = server.person;
const byPassword = createClient({ ...mine, username, password, scopes: ["openid", "api:read"] });
console.log("By password:", (await byPassword.get("me")).status);

// B.1-18 A site is named in one way.
console.log(await told(readSettings(product, { site: "cloud", issuer: "https://other.example.com" }, mine)));

// B.1-19 A code on another device, here for a login by another name.
const other = { ...mine, profile: "other" } as const;
await openSession({ ...other, signIn: place.device }).getAccessToken();
await places(other);

// B.1-21, B.1-23 The folder of logins may be copied to another machine, and be elsewhere there.
cpSync(`${home}/.local/share/anaconda`, `${home}/copy/anaconda`, { recursive: true });
const elsewhere = { ...mine, env: { ...env, XDG_DATA_HOME: `${home}/copy` } };
console.log("The copy is as good:", (await openSession(elsewhere).getAccessToken()) === key);

// B.1-25 When a key ends is in it. This one is no JWT, so nobody can read that, and the API decides.
console.log("The key ends:", jwtExpiryMs(key));

// B.1-26, B.1-27, B.1-29, B.1-31, B.1-34 A product's own client of the API, which looks the key up. Extra headers do not
// replace its own.
const anacondaClient = defineClient({ ...mine, userAgent: "my-product/1.0", apiVersion: "2023.01.01" });
const client = anacondaClient();
const { headers } = await client.get("echo").json<{ readonly headers: Readonly<Record<string, string>> }>();
for (const name of ["authorization", "user-agent", "api-version", "x-team"])
  console.log(`${name}: ${headers[name] ?? ""}`);

// B.1-30 An API that wants a newer client says so, and that is passed on.
api.failNext("/v1/me", { status: 200, headers: { "min-api-version": "2024.1.1" }, body: {} });
const onWarning = (warning: string): void => console.log(warning.replace(new URL(api.origin).host, "the API"));
await anacondaClient({ onWarning }).get("me");

// B.1-32 Who is signed in; nobody is asked to.
console.log("Signed in as", (await client.account()).username);

// B.1-33 The name of this machine goes along where that is asked for, and hashed where it is to stay private.
const named = await anacondaClient({ clientHostname: "hashed" }).get("echo").json<{ readonly headers: object }>();
console.log("The machine is named:", "x-client-hostname" in named.headers);

// B.1-37 A site by the host of its API.
const byHost = await readSettings(product, { site: new URL(api.origin).host }, mine);
console.log("The site of that host:", byHost.site?.name);
console.log(await told(readSettings(product, { site: "nowhere" }, mine)));

// B.1-16 Signing out, twice.
await session.destroyTokens();
await session.destroyTokens();

// B.1-27, B.1-28, B.1-38 Whoever calls the API then is told what to do, with no request or, if that is wanted, after one.
for (const auth of ["required", "optional"] as const) {
  const failure: unknown = await createClient({ ...mine, auth })
    .get("me")
    .catch((error: unknown) => error);
  if (isAuthError(failure)) console.log(`${failure.code}: ${failure.hint}`);
}

await place.close();

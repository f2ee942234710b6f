import { createClient, openSession, search } from "@org/auth-client";
import { explain, isAuthError } from "@org/auth-core";
import { listApiKeys } from "@org/auth-flows";
import { anaconda } from "./reference-products.ts";
import { startStandIn } from "./stand-in.ts";

const place = await startStandIn({ nativeRedirectUris: ["http://127.0.0.1/auth/oidc"] });
const { server, keys, api } = place;

// B.1-1 What the product brings along, here with the addresses of a stand-in.
const product = place.move(anaconda, "cloud", {
  redirect: { path: "/auth/oidc" },
  landing: { success: `${api.origin}/local-login-success`, error: `${api.origin}/local-login-error` },
  apiKeysUrls: [`${keys.origin}/gone`, keys.apiKeysUrl],
  allowedOrigins: [keys.origin],
});
const env = {
  HOME: place.home,
  ANACONDA_CLOUD_STORE: "file",
  ANACONDA_CLOUD_EXTRA_HEADERS: '{"X-Team": "blue", "Api-Version": "1999.01.01"}',
};
const mine = { product, env, folder: false } as const;

// B.1-2 Where a credential is looked for, in this order. There is none yet.
const { steps } = await explain((await search(mine)).providers);
for (const { place, outcome } of steps) console.log(`${place}: ${outcome}`);

// B.1-9, B.1-10, B.1-11 The first call signs the person in, by a browser that comes back to /auth/oidc.
const session = openSession({ ...mine, signIn: place.browser });
const key = await session.getAccessToken();
const visit = await place.visits[0];
console.log("The browser ends at", new URL(visit?.finalUrl ?? "").pathname);

// B.1-14 What is kept is an API key that the login has made, at the first of two addresses that is there.
const [made] = await listApiKeys({ apiKeysUrls: [keys.apiKeysUrl] }, await session.getToken());
console.log("The sign-in has left the key of", made?.tags.join());

// B.1-9 Another program finds it, with no request to anybody.
const requestsBefore = server.requests.length;
const isSame = (await openSession({ ...mine, signIn: place.browser }).getAccessToken()) === key;
console.log("Another program has the same key:", isSame && server.requests.length === requestsBefore);

// B.1-26, B.1-27, B.1-29, B.1-31 A client of the API, which looks the key up. Extra headers do not replace its own.
const client = createClient({ ...mine, userAgent: "my-product/1.0", apiVersion: "2023.01.01" });
const { headers } = await client.get("echo").json<{ readonly headers: Readonly<Record<string, string>> }>();
for (const name of ["authorization", "user-agent", "api-version", "x-team"])
  console.log(`${name}: ${headers[name] ?? ""}`);

// B.1-32 Who is signed in; nobody is asked to.
console.log("Signed in as", (await client.account()).username);

// B.1-3 A key in the environment makes the login count for nothing, and `explain` says so.
const withKey = { ...mine, env: { ...env, ANACONDA_CLOUD_API_KEY: "wrong-on-purpose" } };
const { status } = await createClient(withKey).get("me", { throwHttpErrors: false });
console.log("With another key in the environment the API answers", status);
for (const { place, outcome, provenance } of (await explain((await search(withKey)).providers)).steps)
  if (provenance !== undefined) console.log(`${place}: ${outcome}, ${provenance.name ?? ""}`);

// B.1-16 Signing out, twice.
await session.destroyTokens();
await session.destroyTokens();

// B.1-27, B.1-28 Whoever calls the API then is told what to do, with no request or, if that is wanted, after one.
for (const auth of ["required", "optional"] as const) {
  const failure: unknown = await createClient({ ...mine, auth })
    .get("me")
    .catch((error: unknown) => error);
  if (isAuthError(failure)) console.log(`${failure.code}: ${failure.hint}`);
}

await place.close();

import { readFileSync, writeFileSync } from "node:fs";
import { createClient, openSession } from "@org/auth-client";
import { readSettings, resolve, type ResolveOptions } from "@org/auth-client/source";
import { accessToken, fixed, isAuthError } from "@org/auth-core";
import { wallaroo } from "./reference-products.ts";
import { startStandIn } from "./stand-in.ts";

const place = await startStandIn({ clients: [{ clientId: "sdk-client", authMethod: "none" }] });
const { server } = place;
const { username, password, subject } = server.person;

// B.5-1 No kind of sign-in is named: what is given decides. The client of the old system is the same.
const product = place.move(wallaroo, "own", { clientId: "sdk-client" });
const env = { HOME: place.home, WALLAROO_STORE: "file" };
const mine = { product, env, folder: false } as const;

/** The user name and the password of the old system's file. */
function fromFile(path: string): { readonly username: string; readonly password: string } {
  return JSON.parse(readFileSync(path, "utf8")) as { username: string; password: string };
}

/** Calls the API as whoever these options stand for. */
async function call(options: ResolveOptions): Promise<string> {
  try {
    const me = await createClient({ ...mine, ...options })
      .get("me")
      .json<{ readonly subject: string }>();
    return me.subject === subject ? "as ana" : "as somebody else";
  } catch (error) {
    return isAuthError(error) ? `${error.code}: ${error.hint}` : "refused";
  }
}

// B.5-2 One's own installation, by the old variables. An address to sign in at wants the client beside it.
const own = { WALLAROO_URL: "wallaroo.internal.example", WALLAROO_AUTH_URL: "https://keycloak.internal.example/realm" };
const { site, apiUrl } = await readSettings(
  wallaroo,
  {},
  { env: { HOME: place.home, ...own, WALLAROO_CLIENT_ID: "sdk-client" }, folder: false },
);
console.log("Own premises:", apiUrl, site?.issuer);

// B.5-2, B.5-3 A user name and a password in the environment.
const byPassword = {
  env: { ...env, WALLAROO_USER: username, WALLAROO_PASSWORD: password },
  scopes: ["openid", "api:read"],
};
console.log("user_password:", await call(byPassword));

// B.5-3 The same in a file, which the program reads itself: no other setting holds two things.
const WALLAROO_SDK_CREDENTIALS = `${place.home}/credentials.json`;
writeFileSync(WALLAROO_SDK_CREDENTIALS, JSON.stringify({ username, password }), { mode: 0o600 });
console.log("From a file:", await call({ ...fromFile(WALLAROO_SDK_CREDENTIALS), scopes: byPassword.scopes }));

// B.5-4 A token that somebody else has got, until the API refuses it. Nothing renews it.
const { value } = await (await resolve({ ...mine, ...byPassword })).source.getToken();
console.log("token:", await call({ env: { ...env, WALLAROO_ACCESS_TOKEN: value } }));

// B.5-5, B.5-7 A client asks nobody: without a login it says how to get one.
console.log("orch, too early:", await call({}));

// B.5-6 A code on another device, which the person may use when they like. The tokens are kept.
const session = openSession({ ...mine, signIn: place.device });
const token = await session.getAccessToken();
const visit = await place.visits[0];
console.log("Login successful:", visit?.status === 200);

// B.5-8 A second program makes no request.
const requestsBefore = server.requests.length;
const isSame = (await openSession({ ...mine, signIn: place.device }).getAccessToken()) === token;
console.log("Another program has the same token:", isSame && server.requests.length === requestsBefore);

// B.5-5 Now the one that asks nobody can work, in the background too.
console.log("orch:", await call({}));

// B.5-10 Who it is.
const account = await session.getAccount();
console.log("user_id and user_email:", account?.subject === subject, account?.email);

// B.5-12 A token is one person's, by server, client and profile: another profile has none.
console.log("Another profile:", await call({ profile: "night-shift" }));

// B.5-7 The server has ended the login. The person is asked once more, and the program goes on.
server.endSession();
await session.getToken({ rejected: await session.getToken() });
console.log("Sign-ins:", place.visits.length);

// B.5-11 A double for tests, and no sign-in at all.
const double = createClient({ ...mine, source: fixed(accessToken({ value: "test-only" })) });
console.log("test_auth:", (await double.get("me", { throwHttpErrors: false })).status);
const nobody = createClient({ ...mine, auth: "none" });
console.log("none:", (await nobody.get("me", { throwHttpErrors: false })).status);

// B.5-9 Signing out.
await session.destroyTokens();
console.log("After the logout:", await call({}));

await place.close();

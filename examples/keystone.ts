import { readdirSync } from "node:fs";
import { authorizedFetch, openSession } from "@org/auth-client";
import type { AuthEvent } from "@org/auth-core";
import { welcomePage } from "./landing-page.ts";
import { keystone } from "./reference-products.ts";
import { startStandIn } from "./stand-in.ts";

// B.2-8 A person is not needed to try this, and a test can do the same: the stand-in has one who fills in its forms.
const place = await startStandIn();
const { server, api } = place;

// B.2-1, B.2-4 The options of a client: a server by its name, more scopes and the audience they belong to.
const product = place.move(keystone, "staging");
const options = {
  product,
  site: "staging",
  scopes: ["openid", "profile", "offline_access", "api:read", "api:write"],
  audiences: ["https://weather.example.com"],
  env: { HOME: place.home, KEYSTONE_STORE: "file" },
  folder: false,
} as const;

// B.2-2, B.2-5, B.2-9 The default is the browser. Its last page is made by a handler, from a request to an answer as
// routers have them, and in two stages: it asks the API first.
const landingPage = welcomePage(api.baseUrl);
const session = openSession({ ...options, signIn: { ...place.browser, flow: "browser", landingPage } });

// B.2-3 One method, called every time: however many call at once, one person signs in once.
const tokens = await Promise.all([1, 2, 3].map(() => session.getAccessToken()));
const visit = await place.visits[0];
console.log(`${tokens.length} calls, ${new Set(tokens).size} token, ${place.visits.length} sign-in`);
console.log("The browser shows:", visit?.body.replace(server.person.subject, "ana"));

// B.2-4 What the server was asked for, and what was granted.
const asked = new URL(server.requests.find(({ path }) => path === "/auth")?.target ?? "", server.issuer).searchParams;
console.log(`Asked for ${asked.get("scope") ?? ""} at ${asked.get("audience") ?? ""}`);
console.log("Granted:", (await session.getToken()).scopes.join(" "));

// B.2-3 A token that the API refuses is renewed, once, and the request is sent again. The person notices nothing.
const fetch = authorizedFetch(session, { origins: [api.baseUrl] });
api.refuse(await session.getAccessToken());
const answers = await Promise.all([1, 2].map(() => fetch(`${api.baseUrl}/me`)));
console.log(`After ${server.tokenRequests("refresh_token")} renewal:`, answers.map(({ status }) => status).join(", "));

// B.2-7 What happens is told to whatever the host logs with.
const onEvent = ({ type }: AuthEvent): void => console.log("event:", type);
const logged = openSession({ ...options, signIn: place.browser, onEvent });
await logged.getToken({ rejected: await logged.getToken() });

// B.2-6 The tokens of this client are removed from memory and from disk.
const folder = `${place.home}/.local/share/keystone/credentials`;
console.log("Logins on disk:", readdirSync(folder).length);
await session.destroyTokens();
console.log("Logins on disk:", readdirSync(folder).length);

// B.2-2, B.2-6 A code on another device, and nothing on disk at all.
const forgetful = openSession({ ...options, signIn: place.device, noCache: true });
await forgetful.getAccessToken();
console.log("Signed in as", (await forgetful.getAccount())?.username);
console.log("Logins on disk:", readdirSync(folder).length);

await place.close();

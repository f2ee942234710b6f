import { inspect } from "node:util";
import { createClient, openSession } from "@org/auth-client";
import { resolve, type ResolveOptions } from "@org/auth-client/source";
import { isAuthError, jwtExpiryMs, memoryStore } from "@org/auth-core";
import { authorizationCode, revoke } from "@org/auth-flows";
import { pancloud } from "./reference-products.ts";
import { startStandIn } from "./stand-in.ts";

const place = await startStandIn({ jsonTokenRequests: true });
const { server, keys, api } = place;

// B.4-1 The variables are the old ones; where a developer token is redeemed is a matter of the product.
const product = place.move(pancloud, "us", { developerTokenUrl: keys.developerToken.url });
const { clientId, clientSecret } = server.confidentialClient;
const inEnv = { PAN_CLIENT_ID: clientId, PAN_CLIENT_SECRET: clientSecret };

// B.4-3, B.4-4 Logins are kept by name, in a store that is passed as an object: a file, a database, or memory as here.
const store = memoryStore();
const mine = { product, env: {}, folder: false, store } as const;
const work = { issuer: server.issuer, clientId: server.nativeClientId, profile: "work" };

/** Where the credential for these options was found, of what kind it is and what it is called there. */
async function found(options: ResolveOptions): Promise<string> {
  const { credential, provenance } = (await resolve({ ...mine, ...options })).found;
  return `${credential.kind} of the ${provenance.place}, ${provenance.name ?? ""}`;
}

// B.4-5 A sign-in whose tokens stay in memory.
await openSession({ product, env: {}, folder: false, noCache: true, signIn: place.browser }).getToken();
console.log("Kept:", (await store.list()).length);

// B.4-6, B.4-7 The address with a new state, the code, and the tokens for it: one call, which compares the state itself.
const tokens = await authorizationCode(
  server.metadata,
  { clientId: work.clientId },
  {
    scopes: ["openid", "offline_access"],
    extraParameters: { instance_id: "1234", region: "us" },
    http: { jsonTokenRequests: true },
    show: (url) => place.browser.show?.(url, true),
  },
);
await store.update(work, () => tokens);
const { searchParams } = new URL(server.requests.findLast(({ path }) => path === "/auth")?.target ?? "", server.issuer);
for (const name of ["response_type", "instance_id", "region"]) console.log(`${name}: ${searchParams.get(name) ?? ""}`);

// B.4-2 In strict order, each place whole: arguments, the environment, a profile of the store.
console.log("All three:", await found({ env: inEnv, accessToken: "test-only", profile: "work" }));
console.log("Two of them:", await found({ env: inEnv, profile: "work" }));
console.log("The profile alone:", await found({ profile: "work" }));

// B.4-8, B.4-10 A token that the API refuses is renewed and the request sent again. Of two that were refused the same
// one, the second adopts what the first one got.
const client = createClient({ ...mine, profile: "work" });
api.refuse(tokens.accessToken);
await Promise.all([client.get("me"), client.get("me")]);
const kept = await store.read(work);
console.log("Renewals:", server.tokenRequests("refresh_token"));
console.log("The store has the new one:", kept?.kind === "token-set" && kept.accessToken !== tokens.accessToken);

// B.4-10 An answer of 400 or more throws, or does not, as one likes.
const { status } = await client.get("nowhere", { throwHttpErrors: false });
console.log("Not found:", status);

// B.4-8, B.4-9 A developer token is redeemed at its provider. It needs neither client nor refresh token.
const developer = { ...mine, env: { PAN_DEVELOPER_TOKEN: keys.developerToken.developerToken } };
console.log("A developer:", await found(developer));
const me = await createClient(developer).get("me").json<{ readonly subject: string }>();
console.log("The API takes it for:", me.subject);

// B.4-11 When a token ends by its own word. This one is no JWT, so it has none.
console.log("Its own end:", jwtExpiryMs(tokens.accessToken));

// B.4-13 Nothing secret prints.
console.log("Secrets in print:", inspect(tokens, { showHidden: true, depth: 9 }).includes(tokens.accessToken));

// B.4-14 What a client says of itself, and an API that cannot be reached.
const { headers } = await client.get("echo").json<{ readonly headers: Readonly<Record<string, string>> }>();
for (const name of ["accept", "user-agent"]) console.log(`${name}: ${headers[name] ?? ""}`);
api.failNext("/v1/me", "reset");
const failure: unknown = await createClient({ ...mine, profile: "work", ky: { retry: 0 } })
  .get("me")
  .catch((error: unknown) => error);
console.log("Hung up:", isAuthError(failure) && failure.code);

// B.4-12 Revoke, and then forget the one profile.
if (kept?.kind === "token-set" && kept.refreshToken !== undefined)
  await revoke(kept.server, { clientId: work.clientId }, kept.refreshToken, { http: { jsonTokenRequests: true } });
console.log("The server knows it:", kept?.kind === "token-set" && (await server.introspect(kept.accessToken)).active);

// B.4-15 A profile is removed, and whether there was one is known.
async function remove(): Promise<boolean> {
  let wasThere = false;
  await store.update(work, (login) => {
    wasThere = login !== undefined;
    return undefined;
  });
  return wasThere;
}
console.log("Found:", await remove(), await remove());
console.log("Profiles left:", (await store.list()).filter(({ profile }) => profile === "work").length);

await place.close();

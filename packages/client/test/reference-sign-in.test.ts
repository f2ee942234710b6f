import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { watch } from "node:fs/promises";
import { join } from "node:path";
import { headlessPerson, type AuthServer } from "@org/auth-testing";
import { expect, test } from "vitest";
import { defineProduct, openSession, type SessionOptions } from "../src/index.ts";
import { authServer, rejection, tempFolder } from "./surroundings.ts";

/** Where a session is opened: at a server, by its native client, with a home of its own. */
function place({ issuer, nativeClientId }: AuthServer): SessionOptions & { readonly env: { readonly HOME: string } } {
  const env = { HOME: tempFolder(), ORG_AUTH_STORE: "file" };
  return { issuer, clientId: nativeClientId, env, folder: false };
}

/** The browser of a person who signs in whenever they are asked to. */
function browser(server: AuthServer, seen: URL[] = []): SessionOptions["signIn"] {
  const show = (url: string): void => {
    seen.push(new URL(url));
    void headlessPerson(server.person).signIn(url);
  };
  return { flow: "browser", open: () => true, show };
}

test("B.1-10 the server is asked what it is by a named program, and the browser brings what RFC 6749 and PKCE want", async () => {
  const server = await authServer();
  const agents: (string | null)[] = [];
  const seen: URL[] = [];
  const session = openSession({
    ...place(server),
    signIn: browser(server, seen),
    fetch: (input, init) => {
      agents.push(new Headers(init?.headers).get("user-agent"));
      return fetch(input, init);
    },
  });
  await session.getAccessToken();
  expect(server.requests[0]?.path).toBe("/.well-known/openid-configuration");
  expect(new Set(agents)).toEqual(new Set(["org-auth"]));
  expect(seen).toHaveLength(1);
  const { scope = "", ...asked } = Object.fromEntries(seen[0]?.searchParams ?? []);
  expect(scope.split(" ").sort()).toEqual(["email", "offline_access", "openid", "profile"]);
  const drawn = expect.stringMatching(/^[\w-]{43}$/) as string;
  expect(asked).toEqual({
    client_id: server.nativeClientId,
    response_type: "code",
    redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
    state: drawn,
    nonce: drawn,
    code_challenge: drawn,
    code_challenge_method: "S256",
  });
});

test("B.2-1 one object says client, server, scopes, audiences, flow and whether anything is kept; a product names its servers", async () => {
  const [production, staging] = [await authServer(), await authServer()];
  const site = ({ issuer, nativeClientId }: AuthServer) => ({ issuer, clientId: nativeClientId });
  const sites = { production: site(production), staging: site(staging) };
  const product = defineProduct({ name: "acme", envPrefix: "ACME_", sites, defaultSite: "production" });
  const open = async (server: AuthServer, more: SessionOptions): Promise<URLSearchParams | undefined> => {
    const seen: URL[] = [];
    const options = { product, env: { HOME: tempFolder() }, folder: false, noCache: true } as const;
    const token = await openSession({ ...options, signIn: browser(server, seen), ...more }).getAccessToken();
    expect(await server.introspect(token)).toMatchObject({ active: true });
    return seen[0]?.searchParams;
  };
  expect((await open(production, {}))?.get("scope")).toBe("openid profile email offline_access");
  const asked = await open(staging, {
    site: "staging",
    scopes: ["openid", "api:read"],
    audiences: ["wells", "seismic"],
  });
  expect(asked?.get("scope")).toBe("openid api:read");
  expect(asked?.getAll("audience")).toEqual(["wells", "seismic"]);
});

test.skipIf(process.platform === "win32")(
  "B.2-2 a person signs in through a browser where nothing else is said, by a code where that is said, and sees the caller's page",
  async () => {
    const server = await authServer();
    const folder = tempFolder();
    // A browser is any program that is given the address.
    const program = join(folder, "browser");
    writeFileSync(program, `#!/bin/sh\nprintf %s "$1" > '${folder}/part' && mv '${folder}/part' '${folder}/address'\n`);
    chmodSync(program, 0o700);
    const at = place(server);
    const env = { ...at.env, ORG_AUTH_BROWSER: program, PATH: process.env["PATH"] };
    const opened = firstChange(folder, "address");
    const token = openSession({ ...at, env }).getAccessToken();
    await opened;
    await headlessPerson(server.person).signIn(readFileSync(join(folder, "address"), "utf8"));
    expect(await server.introspect(await token)).toMatchObject({ active: true });

    const device = openSession({
      ...place(server),
      signIn: {
        flow: "device",
        show: async ({ userCode, verificationUri }) => {
          await headlessPerson(server.person).approveDevice({ userCode, verificationUri });
        },
      },
    });
    expect(await server.introspect(await device.getAccessToken())).toMatchObject({ active: true });

    const pages: string[] = [];
    const { promise: shown, resolve } = Promise.withResolvers<undefined>();
    const own = openSession({
      ...place(server),
      signIn: {
        flow: "browser",
        open: () => true,
        show: async (url) => {
          pages.push((await headlessPerson(server.person).signIn(url)).body);
          resolve(undefined);
        },
        landingPage: (_request, { outcome }) => new Response(`the caller's own page: ${outcome.kind}`),
      },
    });
    await Promise.all([own.getAccessToken(), shown]);
    expect(pages).toEqual(["the caller's own page: signed-in"]);
  },
);

test("B.6-12 no account, client or server gets the token of another, in one home", async () => {
  const [server, other] = [await authServer(), await authServer()];
  const at = place(server);
  const open = (where: AuthServer, profile: string) =>
    openSession({ ...at, issuer: where.issuer, profile, signIn: browser(where) });
  const tokens = [
    await open(server, "default").getAccessToken(),
    await open(server, "work").getAccessToken(),
    await open(other, "default").getAccessToken(),
  ];
  expect(new Set(tokens).size).toBe(3);
  // The next process finds the same ones, and a client that nobody has signed in with finds none.
  const nobody = { flow: "browser", open: () => false } as const;
  for (const [where, profile, token] of [
    [server, "default", tokens[0]],
    [server, "work", tokens[1]],
    [other, "default", tokens[2]],
  ] as const) {
    const again = openSession({ ...at, issuer: where.issuer, profile, signIn: nobody });
    expect(await again.getAccessToken()).toBe(token);
    expect(await where.introspect(token ?? "")).toMatchObject({ active: true });
  }
  const stranger = openSession({ ...at, clientId: "another", signIn: nobody });
  expect(await rejection(stranger.getAccessToken())).toMatchObject({ code: "login_required" });
});

test("B.6-12 an account without an e-mail address is one all the same", async () => {
  const server = await authServer();
  const session = openSession({ ...place(server), scopes: ["openid"], signIn: browser(server) });
  const token = await session.getToken();
  expect(await server.introspect(token.value)).toMatchObject({ active: true, subject: server.person.subject });
});

/** Resolves once a file of that name is in the folder. */
async function firstChange(folder: string, name: string): Promise<void> {
  for await (const { filename } of watch(folder, { signal: AbortSignal.timeout(20_000) }))
    if (filename === name) return;
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { changedTokenSet, formatKey, type CredentialKey, type TokenSet } from "@org/auth-core";
import { authorizationCode } from "@org/auth-flows";
import { dataFolder, fileStore } from "@org/auth-storage-file";
import { expect, test } from "vitest";
import { setUp } from "./org-auth.ts";

for (const [dpop, requests, how] of [
  [true, 1, "one request"],
  ["nonce-required", 2, "one request, and one more for the nonce"],
] as const) {
  test(`a login that is bound to a key is renewed in a new process by ${how}, and opens the API`, async () => {
    const { server, api, person, env, orgAuth } = await setUp({ dpop, pushedAuthorizationRequests: true });
    const login = await authorizationCode(
      server.metadata,
      { clientId: server.nativeClientId },
      {
        scopes: ["openid", "offline_access", "api:read"],
        dpop: true,
        show: async (url) => {
          await person.signIn(url);
        },
      },
    );
    const key: CredentialKey = { issuer: server.issuer, clientId: server.nativeClientId, profile: "default" };
    const store = fileStore({ folder: dataFolder({ appName: "org-auth", env }) });
    const target = { baseUrl: api.baseUrl, origins: [api.origin] };
    await store.update(key, () => changedTokenSet(login, { api: target, expiresAtMs: Date.now() }));

    const before = server.requests.length;
    api.dpopNonce = "nonce-1";
    const first = await orgAuth("curl", "/echo", "-d", "text");
    expect(JSON.parse(first.stdout)).toMatchObject({ headers: { authorization: "DPoP" }, body: "text" });
    expect(server.requests.length - before).toBe(requests);
    expect(api.requests).toHaveLength(2); // The first one learns the nonce.

    // It is kept, with the key, so that the next process makes no request to the server.
    const kept = (await store.read(key)) as TokenSet;
    expect(kept).toMatchObject({ tokenType: "DPoP", generation: 1 });
    expect(kept.dpopKey).toBe(login.dpopKey);
    expect((await orgAuth("token")).stdout).toBe(`${kept.accessToken}\n`);
    expect((await orgAuth("curl", "/me")).status).toBe(0);
    expect(server.requests.length - before).toBe(requests);

    // The key is in the file, and in nothing that is printed.
    const { d = "" } = JSON.parse(kept.dpopKey ?? "") as Readonly<Record<string, string>>;
    const file = join(dataFolder({ appName: "org-auth", env }), "credentials", `${formatKey(key)}.json`);
    expect(readFileSync(file, "utf8")).toContain(d);
    const stolen = await fetch(`${api.baseUrl}/me`, { headers: { authorization: `DPoP ${kept.accessToken}` } });
    expect(stolen.status).toBe(401);
    const printed = [
      first,
      await orgAuth("status", "--json"),
      await orgAuth("token", "--json"),
      await orgAuth("curl", "-i", "/me"),
    ];
    for (const { status, stdout, stderr } of printed) {
      expect(status).toBe(0);
      expect(stdout + stderr).not.toContain(d);
    }
    expect(JSON.parse(printed[2]?.stdout ?? "")).toMatchObject({ token_type: "DPoP" });
  });
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { createClient, defineProduct } from "@org/auth-client";
import { resolve } from "@org/auth-client/source";
import { transport } from "@org/auth-client/source";
import { accessToken, fixed, isAuthError, memoryStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { run, setUp, startProgram, tempHome, type Ended } from "../e2e/org-auth.ts";
import { certificateAuthority } from "./certificate-authority.ts";
import { connectProxy, type ProxyManner } from "./connect-proxy.ts";
import { tlsServer } from "./tls-server.ts";

const hasOpenssl = hasSystemPackage("openssl");
// Nobody but the proxy knows where these are.
const [issuer, api] = ["https://id.example.test", "https://api.example.test"];

test.skipIf(!hasOpenssl).for(["HTTPS_PROXY", "https_proxy"])(
  "F53 4.4-61 sign-in, renewal and calls go through the proxy that %s names, with its user name and password",
  async (variable) => {
    const authority = await certificateAuthority();
    const server = await tlsServer(await authority.issue(["DNS:*.example.test"]));
    const proxy = await connectProxy(server.port);
    const env = { [variable]: proxy.url, NODE_EXTRA_CA_CERTS: authority.file };
    expect(await orgAuth(env, "token")).toMatchObject({ status: 0, stdout: "over-tls\n", stderr: "" });
    const call = await orgAuth(env, "curl", "-d", "sent whole", "/x");
    expect(call).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(call.stdout)).toEqual({ body: "sent whole", authorization: "Bearer over-tls" });
    expect(new Set(proxy.asked)).toEqual(new Set(["id.example.test:443", "api.example.test:443"]));
    expect(proxy.knewAll()).toBe(true);
    expect(new Set(server.asked.map((url) => new URL(url).origin))).toEqual(new Set([issuer, api]));
  },
);

const manners: readonly (readonly [what: string, manner: ProxyManner, said: RegExp])[] = [
  ["wants another password", 407, /: it wants a user name and a password \(407\) \[network\]$/m],
  ["refuses", 403, /: it refuses \(403\) \[network\]$/m],
  [
    "says that it has connected, and sends a page of its own",
    "web-page",
    /\(ERR_SSL_\w+\), through .*\[tls_untrusted\]$/m,
  ],
  ["hangs up", "resets", /cannot be reached \(\w+\), through .* \[network\]$/m],
];

test.for(manners)(
  "F53 4.4-61 a proxy that %s is named, with the variable and without its password",
  async ([, manner, said]) => {
    const proxy = await connectProxy(0, manner);
    for (const args of [["token"], ["curl", "--no-auth", `${api}/x`]]) {
      const ended = await orgAuth({ HTTPS_PROXY: proxy.url }, ...args);
      expect(ended).toMatchObject({ status: 3, stdout: "" });
      expect(ended.stderr).toContain(`the proxy ${proxy.origin} that HTTPS_PROXY names`);
      expect(ended.stderr).toMatch(said);
      expect(ended.stderr).not.toMatch(/proxy-user|nary/);
    }
  },
);

test("F53 a proxy that is not there is named, with the variable and what to do", async () => {
  for (const [address, reason] of [
    ["http://127.0.0.1:1", "ECONNREFUSED"],
    ["http://proxy.invalid:3128", "(ENOTFOUND|EAI_AGAIN)"],
  ] as const) {
    const ended = await orgAuth({ https_proxy: address.replace("//", "//proxy-user:c%40nary@") }, "token");
    expect(ended).toMatchObject({ status: 3, stdout: "" });
    expect(ended.stderr).toMatch(
      new RegExp(`id\\.example\\.test cannot be reached \\(${reason}\\), through the proxy`),
    );
    expect(ended.stderr).toContain(`the proxy ${address} that https_proxy names [network]`);
    expect(ended.stderr).toContain("fix: check https_proxy; hosts to be reached without a proxy stand in NO_PROXY");
    expect(ended.stderr).not.toMatch(/proxy-user|nary/);
  }
});

test("F53 an address that is none, or is for another kind of proxy, is status 2, and not shown", async () => {
  for (const address of [
    "socks5://proxy.example:1080",
    "http://canary canary",
    "http://a:%c@proxy.example",
    "ftp://x",
  ]) {
    const ended = await orgAuth({ HTTPS_PROXY: address }, "token");
    expect(ended, address).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toMatch(/^error: the proxy that HTTPS_PROXY names .*\[config_invalid\]$/m);
    expect(ended.stderr).not.toContain(address);
  }
});

test("F53 a host in NO_PROXY is reached without, and so is this machine itself", async () => {
  const proxy = await connectProxy(0);
  const variables = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
  const direct = await orgAuth({ ...variables, NO_PROXY: "example.test" }, "token");
  expect(direct).toMatchObject({ status: 3 });
  expect(direct.stderr).toMatch(/id\.example\.test cannot be reached \(\w+\) \[network\]$/m);

  const { env, signIn } = await setUp();
  Object.assign(env, variables);
  expect(await signIn()).toMatchObject({ status: 0 });
  expect(await run(["curl", "/me"], { env })).toMatchObject({ status: 0, stderr: "" });
  expect(proxy.asked).toEqual([]);
});

test.skipIf(!hasOpenssl)("F53 a site's own proxy and authority are used", async () => {
  const authority = await certificateAuthority();
  const server = await tlsServer(await authority.issue(["DNS:id.example.test"]));
  const [proxy, other] = [await connectProxy(server.port), await connectProxy(server.port)];
  const fetch = transport({ env: { HTTPS_PROXY: other.url }, proxy: proxy.url, caFile: authority.file });
  const form = new FormData();
  form.set("name", "value");
  for (const [input, init, body] of [
    [`${issuer}/a`, undefined, ""],
    [new URL(`${issuer}/a`), { method: "POST", body: "text" }, "text"],
    [new Request(`${issuer}/a`, { method: "POST", body: "in a Request" }), undefined, "in a Request"],
    [`${issuer}/a`, { method: "POST", body: form }, 'name="name"\r\n\r\nvalue'],
  ] as const) {
    const response = await fetch(input, init);
    expect(response).toBeInstanceOf(Response);
    expect(((await response.json()) as { body: string }).body).toContain(body);
  }
  expect(new Set(proxy.asked)).toEqual(new Set(["id.example.test:443"]));
  expect(other.asked).toEqual([]);

  const distrusting = transport({ env: {}, proxy: proxy.url });
  const error = await distrusting(issuer).then(String, (reason: unknown) => reason);
  expect(error).toMatchObject({ name: "TypeError", cause: { code: "tls_untrusted" } });
  expect((error as Error).cause).toMatchObject({ message: expect.stringContaining("that the site's `proxy` names") });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/proxy-user|nary/);
});

test.skipIf(!hasOpenssl)(
  "F53 a site's own authority is one more, and the process's other requests stay as they were",
  async () => {
    const [extra, own] = [await certificateAuthority(), await certificateAuthority()];
    const ports = [];
    for (const authority of [extra, own]) ports.push((await tlsServer(await authority.issue(["IP:127.0.0.1"]))).port);
    const proxy = await connectProxy(0, 403);
    const given = { env: { HTTPS_PROXY: proxy.url }, caFile: own.file, ports };
    const program = [process.execPath, "--conditions=@org/source", join(import.meta.dirname, "transport-program.ts")];
    const env = { NODE_EXTRA_CA_CERTS: extra.file, NODE_NO_WARNINGS: "1" };
    const ended = await startProgram([...program, JSON.stringify(given)], { env }).ended;
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toEqual({ statuses: [200, 200], behindProxy: "network", ownDispatcher: true });
  },
);

test.skipIf(!hasOpenssl)(
  "F53 4.4-61 a product's client goes through the site's proxy and trusts its authority",
  async () => {
    const authority = await certificateAuthority();
    const server = await tlsServer(await authority.issue(["DNS:*.example.test"]));
    const [proxy, other] = [await connectProxy(server.port), await connectProxy(server.port)];
    const site = { issuer, clientId: "app", apiUrl: api, proxy: proxy.url, caFile: authority.file };
    const product = defineProduct({ name: "acme", envPrefix: "ACME_", sites: { own: site } });
    const env = { HOME: tempHome(), HTTPS_PROXY: other.url, ACME_API_KEY: "canary-key" };
    const client = createClient({ product, env, folder: false });
    expect(await client.post("x", { json: 1 }).json()).toEqual({ body: "1", authorization: "Bearer canary-key" });
    expect([proxy.asked, other.asked]).toEqual([["api.example.test:443"], []]);

    const anywhere = createClient({ baseUrl: api, source: fixed(accessToken({ value: "canary-token" })), env });
    await anywhere.get("x").catch(() => undefined);
    expect(other.asked).toContain("api.example.test:443");
  },
);

test.skipIf(!hasOpenssl)(
  "F53 4.4-61 a CI service is asked who runs here through the same proxy, and with the same trust, as the site",
  async () => {
    const authority = await certificateAuthority();
    const server = await tlsServer(await authority.issue(["DNS:*.example.test"]));
    const token = async (proxy: string | undefined, variables: Readonly<Record<string, string>>): Promise<string> => {
      const site = { issuer, clientId: "app", workloadGrant: "token-exchange", proxy, caFile: authority.file } as const;
      const product = defineProduct({ name: "acme", envPrefix: "ACME_", sites: { own: site } });
      const job = {
        ACTIONS_ID_TOKEN_REQUEST_URL: "https://ci.example.test/identity",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: "test-only",
      };
      const env = { HOME: tempHome(), ...job, ...variables };
      const { source } = await resolve({ product, env, folder: false, store: memoryStore() });
      return (await source.getToken()).value;
    };
    for (const isOwn of [true, false]) {
      const [own, other] = [await connectProxy(server.port), await connectProxy(server.port)];
      const variables = { HTTPS_PROXY: isOwn ? other.url : own.url };
      expect(await token(isOwn ? own.url : undefined, variables)).toBe("over-tls");
      expect(new Set(own.asked)).toEqual(new Set(["id.example.test:443", "ci.example.test:443"]));
      expect(other.asked).toEqual([]);
    }
    const proxy = await connectProxy(server.port);
    const direct = token(undefined, { HTTPS_PROXY: proxy.url, NO_PROXY: "ci.example.test" });
    await expect(direct).rejects.toMatchObject({
      code: "network",
      message: expect.stringContaining("asking for the identity token at https://ci.example.test"),
    });
    expect(new Set(proxy.asked)).toEqual(new Set(["id.example.test:443"]));
  },
);

test.for(manners)(
  "F53 4.4-61 a proxy that %s is named by a client's error, without its password",
  async ([, manner]) => {
    const proxy = await connectProxy(0, manner);
    const env = { HOME: tempHome(), HTTPS_PROXY: proxy.url, ORG_AUTH_API_KEY: "canary-key" };
    for (const source of [undefined, fixed(accessToken({ value: "canary-token" }))]) {
      const client = createClient({ baseUrl: api, env, folder: false, source, ky: { retry: 0 } });
      const error = await client.get("x?canary").then(String, (reason: unknown) => reason);
      expect(error).toMatchObject({
        message: expect.stringContaining(`the proxy ${proxy.origin} that HTTPS_PROXY names`),
      });
      expect(isAuthError(error)).toBe(true);
      expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/proxy-user|nary/);
    }
  },
);

test("F53 a file of certificates that cannot be used is named", async () => {
  const folder = tempHome();
  const [empty, broken] = [join(folder, "empty.pem"), join(folder, "broken.pem")];
  writeFileSync(empty, "");
  writeFileSync(broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  for (const [caFile, why] of [
    [join(folder, "none.pem"), "cannot be read (ENOENT)"],
    [empty, "has no certificate in it"],
    [broken, "has no certificate in it"],
  ] as const) {
    const error = await transport({ env: {}, caFile })(issuer).then(String, (reason: unknown) => reason);
    expect(isAuthError(error)).toBe(true);
    expect(error).toMatchObject({ code: "config_invalid", message: `the file of certificates ${caFile} ${why}` });
  }
});

test("F53 what is plain http: goes to the proxy that HTTP_PROXY names, as proxies expect it", async () => {
  const proxy = await connectProxy(0);
  const fetch = transport({ env: { HTTP_PROXY: proxy.url } });
  expect(await (await fetch("http://plain.example.test/a?b")).text()).toBe("by the proxy");
  expect(proxy.asked).toEqual(["http://plain.example.test/a?b"]);
  expect(proxy.knewAll()).toBe(true);
});

test("where neither a proxy nor an authority is named fetch is what it was", () => {
  expect(transport({ env: {} })).toBe(globalThis.fetch);
  expect(transport({ env: { HTTPS_PROXY: " ", NO_PROXY: "*" } })).toBe(globalThis.fetch);
});

/** Runs a command of a machine whose issuer and API are behind the proxy. */
function orgAuth(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  const machine = { ORG_AUTH_CLIENT_ID: "machine", ORG_AUTH_CLIENT_SECRET: "not-a-secret" };
  return run(args, { env: { HOME: tempHome(), ORG_AUTH_ISSUER: issuer, ORG_AUTH_API_URL: api, ...machine, ...env } });
}

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessToken, apiKey, fixed, memoryStore } from "@org/auth-core";
import { expect, test } from "vitest";
import { apiErrorOf, authorizedFetch, createClient, defineProduct, type ClientOptions } from "../src/index.ts";
import { resolve } from "../src/source.ts";
import { login, rejection, scriptedServer, tempFolder, type ScriptedServer } from "./surroundings.ts";

/** An API that refuses whatever it is sent, in this way. */
function refusing(status = 401, challenge = "Bearer"): Promise<ScriptedServer> {
  return scriptedServer((_request, response) => response.writeHead(status, { "www-authenticate": challenge }).end());
}

const wanting = 'Bearer error="insufficient_scope", scope="api:read api:write"';
const acme = defineProduct({ name: "acme", envPrefix: "ACME_" });
const issuer = "https://id.example.com";

/** What helps a client with these options, as its error says it. */
async function hintOf(api: ScriptedServer, options: ClientOptions): Promise<string> {
  const { hint } = await rejection(
    createClient({ baseUrl: api.origin, env: {}, folder: false, product: acme, ky: { retry: 0 }, ...options }).get("a"),
  );
  return hint;
}

const anew = "to use the login give --ignore-env (in a program: ignoreEnv)";

test("a credential of the environment that is refused is named, for a sign-in would not be heard", async () => {
  const env = { ACME_API_KEY: "canary-key" };
  expect(await hintOf(await refusing(), { env })).toBe(`put another one into ACME_API_KEY, or take that away; ${anew}`);
  expect(await hintOf(await refusing(403, wanting), { env })).toBe(
    `put another one that is good for api:read api:write into ACME_API_KEY, or take that away; ${anew}`,
  );
  expect(await hintOf(await refusing(401, 'Bearer error="insufficient_user_authentication"'), { env })).toContain(
    "ACME_API_KEY",
  );
});

test("so is a file that holds one, and a mounted secret", async () => {
  const folder = tempFolder();
  const path = join(folder, "acme_access_token");
  writeFileSync(path, "canary-token", { mode: 0o600 });
  const api = await refusing();
  expect(await hintOf(api, { env: { ACME_ACCESS_TOKEN_FILE: path } })).toContain("into ACME_ACCESS_TOKEN_FILE, or");
  expect(await hintOf(api, { env: { ACME_SECRETS_DIR: folder } })).toContain(`into ${path}, or`);

  const project = tempFolder();
  mkdirSync(join(project, "sub"));
  writeFileSync(join(project, ".env"), `ACME_API_KEY=canary-key\nACME_API_URL=${api.origin}\n`, { mode: 0o600 });
  // A base of the program's own would pass over a file that nobody trusts.
  const hint = await hintOf(api, { folder: project, baseUrl: undefined });
  expect(hint).toContain("ACME_API_KEY");
  expect(hint).toContain(anew);
});

test("an argument that is refused is named, and no environment is blamed", async () => {
  expect(await hintOf(await refusing(), { apiKey: "canary-key" })).toBe("pass another apiKey");
  expect(await hintOf(await refusing(403, wanting), { accessToken: "canary-token" })).toBe(
    "pass another accessToken that is good for api:read api:write",
  );
});

test("a source of the program's own is not mended by any command", async () => {
  const source = fixed(accessToken({ value: "canary-token" }));
  const api = await refusing();
  const scoped = await refusing(403, wanting);
  const stepping = await refusing(401, 'Bearer error="insufficient_user_authentication"');
  // With no base of the program's own, settings are read.
  const configured = { baseUrl: undefined, env: { ACME_API_URL: api.origin } };
  expect([
    await hintOf(api, { source }),
    await hintOf(api, { source, ...configured }),
    await hintOf(stepping, { source }),
    await hintOf(scoped, { source }),
    await hintOf(api, { source, auth: "none" }),
    await hintOf(api, { source, auth: "none", ...configured }),
  ]).toEqual([
    "give the program another credential",
    "give the program another credential",
    "give the program another credential",
    "give the program another credential that is good for api:read api:write",
    "sign in, or give the program a credential",
    "sign in, or give the program a credential",
  ]);
});

test("a login that is refused is made anew, at its own site and profile, though nobody has named the site", async () => {
  const HOME = tempFolder();
  const folder = join(HOME, ".config", "acme");
  mkdirSync(folder, { recursive: true });
  const api = await refusing();
  const site = `[sites.staging]\nissuer = "${issuer}"\nclient_id = "app"\napi_url = "${api.origin}"\n`;
  const other = `[sites.other]\nissuer = "https://other.example.com"\nclient_id = "app"\n`;
  writeFileSync(join(folder, "config.toml"), site + other, { mode: 0o600 });
  const store = memoryStore();
  const key = { issuer, clientId: "app", profile: "work" };
  await store.update(key, () => apiKey({ apiKey: "canary-key", api: { baseUrl: api.origin, origins: [api.origin] } }));
  const options = { env: { HOME }, store, profile: "work" };
  const command = "acme login --site staging --profile work --force";
  expect(await hintOf(api, options)).toBe(`run \`${command}\``);
  expect(await hintOf(api, { ...options, baseUrl: undefined })).toBe(`run \`${command}\``);

  const scoped = await scriptedServer((_request, response) =>
    response.writeHead(403, { "www-authenticate": wanting }).end(),
  );
  const given = { baseUrl: scoped.origin, origins: [scoped.origin] };
  await store.update(key, () => login({ scopes: ["openid", "offline_access", "api:read"], api: given }));
  const error = await rejection(
    createClient({ ...options, product: acme, baseUrl: scoped.origin, folder: false, ky: { retry: 0 } }).get("a"),
  );
  expect(error).toMatchObject({
    code: "insufficient_scope",
    message: `GET ${scoped.origin}/a was answered with 403: the token lacks the scope api:write`,
    scopes: ["api:read", "api:write"],
    hint: `run \`${command} --scope "openid offline_access api:read api:write"\``,
  });
  const ended = await refusing();
  await store.update(key, () => login({ api: { baseUrl: ended.origin, origins: [ended.origin] } }));
  expect(await hintOf(ended, options)).toBe("run `acme login --site staging --profile work`");
  const { loginCommand } = await resolve({ ...options, product: acme, folder: false });
  expect(`${loginCommand} --force`).toBe(command);
});

const scopes: readonly (readonly [challenge: string, wanted: readonly string[] | undefined, how: string])[] = [
  [
    'Bearer error="insufficient_scope", scope="api:write openid"',
    ["api:write", "openid"],
    'run `acme login --force --scope "openid profile email offline_access api:write"`',
  ],
  ['Bearer error="insufficient_scope"', undefined, "by `acme login --force --scope`"],
  ['Bearer error="insufficient_scope", scope="$(touch x)"', ["$(touch", "x)"], "by `acme login --force --scope`"],
  ['Bearer error="insufficient_scope", scope="a`b"', ["a`b"], "by `acme login --force --scope`"],
  ['Bearer error="insufficient_scope", scope="a;b"', ["a;b"], "by `acme login --force --scope`"],
];

test.for(scopes)("a scope that the token lacks is named, and how to get it: %s", ([challenge, wanted, how]) => {
  const response = new Response(null, { status: 403, headers: { "www-authenticate": challenge } });
  const url = new URL("https://api.example.com/a?canary");
  const error = apiErrorOf({ method: "GET", url, response, loginCommand: "acme login" });
  expect(error).toMatchObject({ name: "ApiError", code: "insufficient_scope", scopes: wanted });
  expect(error.hint).toContain(how);
  const lacks = wanted === undefined ? "" : `: the token lacks the scope ${wanted.join(" ")}`;
  expect(error.message).toBe(`GET https://api.example.com/a was answered with 403${lacks}`);
});

test("an Authorization of the request's own that is refused is the caller's to mend", async () => {
  const api = await refusing();
  const client = createClient({ baseUrl: api.origin, env: {}, folder: false, product: acme, ky: { retry: 0 } });
  const error = await rejection(client.get("a", { headers: { authorization: "Basic canary" } }));
  expect(error).toMatchObject({ name: "ApiError", status: 401, code: "login_required" });
  expect(error.message).toContain("the Authorization that the request brought along is refused");
  expect(error.hint).toBe("give the request another Authorization, or none of its own");
});

test("4.4-52 a 401 of a place that got no credential does not say that one is refused", async () => {
  const elsewhere = await refusing(401, 'Bearer error="insufficient_user_authentication"');
  const api = await scriptedServer((_request, response) =>
    response.writeHead(302, { location: `${elsewhere.origin}/b` }).end(),
  );
  const source = fixed(accessToken({ value: "canary-token" }));
  const client = createClient({ baseUrl: api.origin, source, ky: { retry: 0 } });
  const anonymous = createClient({ baseUrl: api.origin, source, auth: "none", ky: { retry: 0 } });
  for (const [work, from] of [
    [() => client.get("a"), `${api.origin}/a`],
    [() => client.get("a", { headers: { authorization: "Basic canary" } }), `${api.origin}/a`],
    [() => anonymous.get("a"), `${api.origin}/a`],
    [() => client.get(`${elsewhere.origin}/b`), `${elsewhere.origin}/b`],
  ] as const) {
    const error = await rejection(work());
    expect(error).toMatchObject({
      name: "ApiError",
      code: "host_not_allowed",
      message: `GET ${from} was answered with 401: ${elsewhere.origin} wants a credential, and none was sent there`,
    });
    expect(error.hint).toContain(`if ${elsewhere.origin} belongs to the API`);
  }
  const own = await rejection(client.get(`${elsewhere.origin}/b`, { headers: { authorization: "Basic canary" } }));
  expect(own.code).toBe("step_up_required");

  const scoped = await refusing(403, wanting);
  expect(await rejection(client.get(`${scoped.origin}/b`))).toMatchObject({ code: "access_denied", scopes: undefined });
});

test("an answer says by itself what was sent for it, to whoever makes an error of it", async () => {
  const api = await refusing();
  const { source } = await resolve({ apiKey: "canary-key", env: {}, folder: false });
  const url = new URL(api.origin);
  const answers = [
    await authorizedFetch(source, { origins: [api.origin] })(url),
    await authorizedFetch(source, { origins: [api.origin], auth: "none" })(url),
  ];
  const [refused, anonymous] = answers.map((response) => apiErrorOf({ method: "GET", url, response }));
  expect(refused).toMatchObject({ name: "ApiError", hint: "pass another apiKey" });
  expect(anonymous).toMatchObject({ name: "LoginRequiredError", hint: "sign in, or give the program a credential" });
  expect(answers.map((answer) => Object.keys(answer))).toEqual([[], []]);
});

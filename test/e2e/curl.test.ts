import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProtectedApi, startRecordingServer } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { binary, run, setUp } from "./org-auth.ts";

async function signedIn() {
  const all = await setUp();
  await all.signIn();
  const curl = (...args: string[]) => all.orgAuth("curl", ...args);
  return { ...all, curl };
}

interface Echo {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

test("sends method, headers and body as told, and the body's answer to standard output as it is", async () => {
  const { curl, env } = await signedIn();
  const echo = async (...args: string[]): Promise<Echo> => JSON.parse((await curl("/echo/x", ...args)).stdout) as Echo;
  expect(await echo()).toMatchObject({ method: "GET", path: "/v1/echo/x", headers: { authorization: "Bearer" } });
  expect(await echo("-d", '{"a":1}')).toMatchObject({
    method: "POST",
    body: '{"a":1}',
    headers: { "content-type": "application/json" },
  });
  expect(await echo("-X", "put", "-d", "a=1", "-H", "Content-Type: text/plain", "-H", "X-A: b")).toMatchObject({
    method: "PUT",
    body: "a=1",
    headers: { "content-type": "text/plain", "x-a": "b" },
  });

  const file = join(env.HOME, "body");
  writeFileSync(file, "from a file");
  expect((await echo("-d", `@${file}`)).body).toBe("from a file");
  const fromInput = await run(["curl", "/echo", "-d", "@-"], { env, input: "from standard input" });
  expect((JSON.parse(fromInput.stdout) as Echo).body).toBe("from standard input");
  expect((await curl("/echo", "-d", "@/nonexistent")).status).toBe(2);
});

test("an address that is not the API's gets nothing, whatever way it is written", async () => {
  const { curl, api } = await signedIn();
  const sink = await startRecordingServer();
  onTestFinished(() => sink.close());
  const { host } = new URL(sink.origin);
  for (const address of [`${sink.origin}/x`, `HTTP://${host}/x`, `http://localhost:${new URL(sink.origin).port}/`]) {
    const ended = await curl(address);
    expect(ended, address).toMatchObject({ status: 5, stdout: "" });
    expect(ended.stderr).toContain("[host_not_allowed]");
  }
  expect((await curl("http://api.example.com/x")).stderr).toContain("[insecure_endpoint]");
  expect((await curl(`http://ana@${new URL(api.origin).host}/v1/me`)).stderr).toContain("[insecure_endpoint]");
  for (const path of [`//${host}/x`, `/\\${host}/x`, `\\\\${host}/x`]) await curl(path);
  expect(sink.requests).toEqual([]);

  expect((await curl("--no-auth", `${sink.origin}/x`)).status).toBe(0);
  expect(sink.requests).toHaveLength(1);
  expect(sink.requests[0]?.hasAuthorization).toBe(false);
});

test("a redirect to another origin is followed without the token", async () => {
  const { curl, api } = await signedIn();
  const sink = await startRecordingServer();
  onTestFinished(() => sink.close());
  const to = encodeURIComponent(`${sink.origin}/x`);
  expect((await curl(`${api.origin}/redirect?to=${to}&status=302`, "-H", "X-Api-Key: CANARY")).status).toBe(0);
  expect(sink.requests).toHaveLength(1);
  expect(sink.requests[0]?.raw).not.toMatch(/CANARY|bearer/i);

  const post = await curl(`${api.origin}/redirect?to=${to}&status=307`, "-d", "CANARY");
  expect(post).toMatchObject({ status: 5, stdout: "" });
  expect(post.stderr).toContain("[redirect_refused]");
  expect(sink.requests).toHaveLength(1);
});

test("a status of 400 or more is exit status 22 with the body, or 0 with --no-fail", async () => {
  const { curl, api } = await signedIn();
  const missing = await curl(`${api.origin}/none`);
  expect(missing).toMatchObject({ status: 22, stderr: "" });
  expect(JSON.parse(missing.stdout)).toEqual({ error: "not_found" });
  expect((await curl(`${api.origin}/none`, "--no-fail")).status).toBe(0);
  expect((await curl("-i", `${api.origin}/none`)).stdout).toMatch(/^HTTP 404 Not Found\n(\S+: .*\n)+\n\{"error"/);
});

test("F63 a token the API refuses is renewed and the request sent again; refused twice is status 4", async () => {
  const { curl, api, server } = await signedIn();
  api.refuseNext(1);
  expect(await curl("/echo", "-d", "body")).toMatchObject({ status: 0, stderr: "" });
  expect(server.tokenRequests("refresh_token")).toBe(1);
  expect(api.requests.map(({ body }) => body)).toEqual(["body", "body"]);

  api.refuseNext(2);
  const twice = await curl("/echo");
  expect(twice.status).toBe(4);
  expect(twice.stderr).toContain("[login_required]");
  expect(twice.stderr).toContain("fix: run `org-auth login --force`\n");
});

/** What stands between the backticks of a hint, as a shell reads it. */
function hinted(stderr: string): readonly string[] {
  const [, command = ""] = /^ {2}fix: run `org-auth (.+)`$/m.exec(stderr) ?? [];
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

test("4.6-73 the command that gets a missing scope gets it, in its own profile, and loses none", async () => {
  const { env, server, signIn } = await setUp();
  const api = createServer((request, response) => {
    void server.introspect(request.headers.authorization?.slice("Bearer ".length) ?? "").then((holder) => {
      const granted = holder.active ? holder.scopes : [];
      const challenge = 'Bearer error="insufficient_scope", scope="api:write openid"';
      if (granted.includes("api:write")) response.end(JSON.stringify(granted));
      else response.writeHead(403, { "www-authenticate": challenge }).end();
    });
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  onTestFinished(() => void api.close());
  env.ORG_AUTH_API_URL = `http://127.0.0.1:${String((api.address() as AddressInfo).port)}`;

  await signIn("--profile", "work", "--scope", "openid email offline_access api:read");
  const curl = () => run(["curl", "/", "--profile", "work"], { env });
  const denied = await curl();
  expect(denied).toMatchObject({ status: 5, stdout: "" });
  expect(denied.stderr).toContain("was answered with 403: the token lacks the scope api:write [insufficient_scope]\n");
  const [command, ...args] = hinted(denied.stderr);
  const wanted = "openid email api:read offline_access api:write";
  expect([command, ...args]).toEqual(["login", "--profile", "work", "--force", "--scope", wanted]);

  await signIn(...args);
  const granted = await curl();
  expect(granted.status).toBe(0);
  expect(JSON.parse(granted.stdout)).toEqual(expect.arrayContaining(["openid", "email", "api:read", "api:write"]));
});

test("the command that mends a login whose tokens are refused makes a new one", async () => {
  const { curl, api, server, signIn } = await signedIn();
  api.refuseNext(2);
  const [, ...args] = hinted((await curl("/me")).stderr);
  const before = server.tokenRequests("authorization_code");
  expect((await signIn(...args)).status).toBe(0);
  expect(server.tokenRequests("authorization_code")).toBe(before + 1);
});

test("where the environment's credential is refused no login is advised, but what holds it is named", async () => {
  const { api, env } = await signedIn();
  const refused = await run(["curl", "/me"], { env: { ...env, ORG_AUTH_API_KEY: "canary-key" } });
  expect(refused.status).toBe(4);
  expect(refused.stderr).toContain("fix: put another one into ORG_AUTH_API_KEY, or take that away; to use the login");
  expect(refused.stderr).not.toMatch(/canary|org-auth login/);
  const login = await run(["curl", "/me", "--ignore-env"], { env: { ...env, ORG_AUTH_API_KEY: "canary-key" } });
  expect(login.status).toBe(0);
  expect(api.requests).toHaveLength(2);
});

test("4.4-52 a 401 of where a redirect has led does not blame the login, which did not go there", async () => {
  const elsewhere = await startProtectedApi({ introspect: async () => Promise.resolve({ active: false }) });
  onTestFinished(() => elsewhere.close());
  const { curl, api } = await signedIn();
  const ended = await curl(`${api.origin}/redirect?to=${encodeURIComponent(`${elsewhere.baseUrl}/me`)}`);
  expect(ended.status).toBe(5);
  expect(ended.stderr).toContain(
    `: ${elsewhere.origin} wants a credential, and none was sent there [host_not_allowed]`,
  );
  expect(ended.stderr).not.toContain("org-auth login");
});

test("4.1-35 whatever an API says of how to sign in is bounded, is told, and is not followed", async () => {
  const lure = await startRecordingServer();
  const challenges = [
    `Bearer error="insufficient_user_authentication", resource_metadata="${lure.origin}/canary"`,
    ...Array.from({ length: 250 }, (_, index) => `Odd-${String(index)} realm="x, scope=`),
  ];
  const api = createServer((_request, response) => {
    response.writeHead(401, { "www-authenticate": challenges }).end();
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  onTestFinished(async () => {
    api.close();
    await lure.close();
  });
  const { curl } = await signedIn();
  const origin = `http://127.0.0.1:${String((api.address() as AddressInfo).port)}`;
  const ended = await curl(`${origin}/`, "--api-url", origin);
  expect(ended).toMatchObject({ status: 4, stdout: "" });
  expect(ended.stderr).toContain(" wants a stronger or more recent sign-in [step_up_required]");
  expect(ended.stderr).not.toContain("canary");
  expect(lure.requests).toEqual([]);
});

test("an Authorization header of one's own and the token exclude one another", async () => {
  const { curl, api } = await signedIn();
  const ended = await curl("/me", "-H", "Authorization: Bearer CANARY");
  expect(ended).toMatchObject({ status: 2, stdout: "" });
  expect(ended.stderr).not.toContain("CANARY");
  expect(api.requests).toEqual([]);
  for (const header of ["no colon CANARY", ": CANARY", "X-A: CANARY\r\nX-B: c"]) {
    const bad = await curl("/me", "-H", header);
    expect(bad.status, header).toBe(2);
  }
});

test("--dry-run shows the request without the token and sends nothing", async () => {
  const { curl, api, server } = await signedIn();
  const ended = await curl("/echo", "--dry-run", "-d", "{}");
  expect(ended.stdout).toBe(`POST ${api.baseUrl}/echo\ncontent-type: application/json\nauthorization: Bearer ***\n`);
  expect(api.requests).toEqual([]);
  expect(server.tokenRequests("refresh_token")).toBe(0);
});

test("a large answer comes whole through a pipe, byte for byte, and a reader that goes away is no crash", async () => {
  const bytes = Buffer.alloc(1024 * 1024, "\u0000\u001b[31m\u00ff", "latin1");
  const big = createServer((_request, response) => response.end(bytes)).listen(0, "127.0.0.1");
  await once(big, "listening");
  onTestFinished(() => void big.close());
  const origin = `http://127.0.0.1:${String((big.address() as AddressInfo).port)}`;
  const { env } = await signedIn();

  const args = [binary, "curl", `${origin}/`, "--api-url", origin];
  const whole = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  for await (const chunk of whole.stdout) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);

  const cut = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  cut.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  cut.stdout.once("data", () => cut.stdout.destroy());
  const [status] = (await once(cut, "close")) as [number];
  expect({ status, stderr }).toEqual({ status: 141, stderr: "" });
});

test("an API that never answers is a timeout, and one that is not there is told by name", async () => {
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const origin = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
  const { curl } = await signedIn();
  const timeout = await curl(`${origin}/`, "--api-url", origin, "--max-time", "1");
  expect(timeout).toMatchObject({ status: 3, stdout: "" });
  expect(timeout.stderr).toContain("[timeout]");

  silent.closeAllConnections();
  silent.close();
  const gone = await curl(`${origin}/`, "--api-url", origin);
  expect(gone).toMatchObject({ status: 3, stdout: "" });
  expect(gone.stderr).toContain("ECONNREFUSED");
});

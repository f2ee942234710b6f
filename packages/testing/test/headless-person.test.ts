import { expect, onTestFinished, test } from "vitest";
import { headlessPerson } from "../src/index.ts";
import { startLoopbackServer } from "../src/loopback-server.ts";
import { authorizationRequest, authServer, recordingServer } from "./by-hand.ts";

const credentials = { username: "ana", password: "fake-password" };

/** A site whose pages are these, and the bodies of what is sent to it. */
async function site(pages: Record<string, string>): Promise<{ readonly origin: string; readonly sent: string[] }> {
  const sent: string[] = [];
  const server = await startLoopbackServer(() => (request, response, body) => {
    if (request.method === "POST") sent.push(body.toString());
    const page = pages[request.url ?? ""] ?? "";
    if (page === "never") return;
    if (page.startsWith("/")) response.writeHead(302, { location: page }).end();
    else response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  });
  onTestFinished(() => server.close());
  return { origin: server.origin, sent };
}

test("refuses where access is asked for, and the application is told", async () => {
  const server = await authServer();
  const application = await recordingServer();
  const { url } = authorizationRequest(server, `${application.origin}/callback`);
  const { finalUrl } = await headlessPerson(server.person).refuse(url);
  expect(Object.fromEntries(new URL(finalUrl).searchParams)).toMatchObject({
    error: "access_denied",
    state: "fake-state",
    iss: server.issuer,
  });
  expect(application.requests).toHaveLength(1);
});

test("gives up when the password is not taken, and does not say it", async () => {
  const server = await authServer();
  const { url } = authorizationRequest(server, "http://127.0.0.1/callback");
  const error = await headlessPerson(credentials)
    .signIn(url)
    .catch((error: unknown) => error);
  expect(String(error)).toContain("did not take the user name");
  expect(String(error)).not.toContain(credentials.password);
});

test("gives up when a device's code is not taken", async () => {
  const server = await authServer();
  const person = headlessPerson(server.person);
  const verificationUri = `${server.issuer}/device`;
  const wrong = { verificationUri, userCode: "XXXX-XXXX" };
  await expect(person.approveDevice(wrong)).rejects.toThrow("did not take the code");
  await expect(person.approveDevice(`${verificationUri}?user_code=XXXX-XXXX`)).rejects.toThrow("did not take the code");
});

test("is the same person with no memory: visits at once do not meet", async () => {
  const server = await authServer();
  const application = await recordingServer();
  const person = headlessPerson(server.person);
  const visits = await Promise.all(
    ["a", "b", "c"].map((state) =>
      person.signIn(authorizationRequest(server, `${application.origin}/callback`, { state }).url),
    ),
  );
  expect(visits.map(({ finalUrl }) => new URL(finalUrl).searchParams.get("state"))).toEqual(["a", "b", "c"]);
});

test("types its password on no other origin than the first", async () => {
  const form = '<form method="post"><input type="password" name="password"><button>Sign in</button></form>';
  const foreign = await site({ "/": form });
  const away = await site({ "/": `<form method="post" action="${foreign.origin}/"><button>Go</button></form>` });
  const person = headlessPerson(credentials);
  await expect(person.signIn(`${away.origin}/`)).rejects.toThrow(foreign.origin);

  const redirecting = await startLoopbackServer(() => (_request, response) => {
    response.writeHead(302, { location: `${foreign.origin}/` }).end();
  });
  onTestFinished(() => redirecting.close());
  expect(await person.signIn(redirecting.origin)).toEqual({ finalUrl: `${foreign.origin}/`, status: 200, body: form });
  expect(foreign.sent).toEqual([]);
});

test("gives up on what it does not know", async () => {
  const { origin, sent } = await site({
    "/field": '<form method="post"><input type="text" name="pin"><button>Go</button></form>',
    "/get": '<form><input type="password" name="password"><button>Go</button></form>',
    "/mute": '<form method="post"></form>',
    "/loop": "/loop",
  });
  const person = headlessPerson(credentials);
  await expect(person.signIn(`${origin}/field`)).rejects.toThrow("pin");
  await expect(person.signIn(`${origin}/get`)).rejects.toThrow("POST");
  await expect(person.signIn(`${origin}/mute`)).rejects.toThrow("button");
  await expect(person.signIn(`${origin}/loop`)).rejects.toThrow("without end");
  await expect(person.signIn("no address")).rejects.toThrow(TypeError);
  expect(sent).toEqual([]);
});

test("a visit ends at its deadline, or when its signal says so", async () => {
  const { origin } = await site({ "/": "never" });
  await expect(headlessPerson(credentials, { timeoutMs: 50 }).signIn(origin)).rejects.toThrow("timeout");

  const controller = new AbortController();
  const visit = headlessPerson(credentials).signIn(origin, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(visit).rejects.toThrow("enough");
});

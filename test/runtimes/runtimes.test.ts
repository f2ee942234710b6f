import { changedTokenSet } from "@org/auth-core";
import { credentialToJson } from "@org/auth-core/storage";
import { authorizationCode } from "@org/auth-flows";
import { headlessPerson, startAuthServer, startProtectedApi } from "@org/auth-testing";
import { expect, onTestFinished, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { openPage } from "../e2e/open-page.ts";
import { bundleForBrowser } from "./bundle.ts";
import { startCorsServer, startServer } from "./cors-server.ts";
import type { Input, Report } from "./program.ts";
import { startWorker } from "./workerd.ts";

// Core, flows and `authorizedFetch` where there is no Node, as they have been built: `pnpm test` builds first.

test.for(["@org/auth-core", "@org/auth-core/store-contract", "@org/auth-flows", "@org/auth-client/authorized-fetch"])(
  "a bundle of %s for browsers takes no module of Node's",
  async (entry) => {
    expect(await bundleForBrowser(`export * from "${entry}";`)).toContain("export {");
  },
);

test("what does take one is not bundled", async () => {
  await expect(bundleForBrowser(`export * from "@org/auth-storage-file";`)).rejects.toThrow(
    'Could not resolve "node:fs"',
  );
});

test.skipIf(!hasSystemPackage("chromium"))("core, flows and authorizedFetch work in a browser", async () => {
  const code = await bundleForBrowser(`export { run } from "./program.ts";`);
  const pageOrigin = await startServer((request, response) => {
    const isProgram = request.url === "/program.js";
    response.setHeader("content-type", isProgram ? "text/javascript" : "text/html");
    response.end(isProgram ? code : "<!doctype html><title>test</title>");
  });
  const { input, expected } = await setUp((target) => startCorsServer(target, pageOrigin));
  const page = await openPage();
  await page.goto(pageOrigin);
  const script = `import("/program.js").then(({ run }) => run(${JSON.stringify(input)}))`;
  expect(await page.evaluate<Report>(script)).toEqual(expected);
});

test.for([
  ["without Node's modules", "2024-01-01", false],
  ["with some of Node's modules", "2026-10-01", true],
] as const)("core, flows and authorizedFetch work in a worker %s", async ([, day, hasNode]) => {
  const code = await bundleForBrowser(`
    import { run } from "./program.ts";
    export default {
      fetch: async (request: Request) =>
        await run(await request.json()).then(Response.json, (error) => new Response(error.stack, { status: 500 })),
    };`);
  const { input, expected } = await setUp();
  const answer = await fetch(await startWorker(code, day), { method: "POST", body: JSON.stringify(input) });
  const text = await answer.text();
  expect({ status: answer.status, text }).toEqual({ status: 200, text: expect.any(String) });
  expect(JSON.parse(text)).toEqual({ ...expected, hasNode });
});

/** A server, an API that will refuse one token, and a person who has signed in. `at` gives addresses to call them at. */
async function setUp(at: (target: string) => Promise<string> | string = (target) => target): Promise<{
  readonly input: Input;
  readonly expected: Report;
}> {
  const server = await startAuthServer();
  const api = await startProtectedApi({ introspect: server.introspect });
  onTestFinished(async () => {
    await Promise.all([api.close(), server.close()]);
  });
  const person = headlessPerson(server.person);
  const client = { clientId: server.nativeClientId };
  const scopes = ["openid", "api:read"];
  const signedIn = await authorizationCode(server.metadata, client, {
    scopes,
    show: (url) => void person.signIn(url),
  });
  const tokenEndpoint = new URL(new URL(server.metadata.tokenEndpoint).pathname, await at(server.origin)).href;
  const login = changedTokenSet(signedIn, { server: { ...server.metadata, tokenEndpoint } });
  api.refuse(login.accessToken);
  return {
    input: {
      issuer: server.issuer,
      tokenEndpoint,
      apiUrl: `${await at(api.origin)}/v1`,
      machine: server.confidentialClient,
      login: credentialToJson(login),
    },
    expected: {
      hasNode: false,
      brokenPromises: [],
      person: { subject: server.person.subject, clientId: server.nativeClientId, scopes: expect.any(Array) },
      renewals: 1,
      posted: "é",
      machine: expect.objectContaining({ clientId: server.confidentialClient.clientId }),
      withoutNode: ["redirect_unavailable", "config_invalid"],
    },
  };
}

import { authorizationCode } from "@org/auth-flows";
import { headlessPerson, type Visit } from "@org/auth-testing";
import { expect, test } from "vitest";
import { welcomePage } from "../examples/landing-page.ts";
import { setUp } from "./e2e/org-auth.ts";

// That docs/landing-page.md shows the example as it is is checked with the README's, in readme.test.ts.

test("B.2-5 the example of a landing page greets whoever signed in, and shows our page to whoever did not", async () => {
  const { server, api } = await setUp();
  const person = headlessPerson(server.person);

  async function land(act: (url: string) => Promise<Visit>): Promise<Visit> {
    const { promise: visit, resolve } = Promise.withResolvers<Visit>();
    const login = authorizationCode(
      server.metadata,
      { clientId: server.nativeClientId },
      {
        scopes: ["openid", "api:read"],
        landingPage: welcomePage(api.baseUrl),
        show: async (url) => {
          resolve(await act(url));
        },
      },
    );
    await login.catch(() => undefined);
    return await visit;
  }

  const welcome = await land((url) => person.signIn(url));
  expect(welcome.body).toBe(`Welcome, ${server.person.subject}. You can close this tab.`);
  expect(api.requests).toMatchObject([{ path: "/v1/me", hasAuthorization: true }]);
  expect((await land((url) => person.refuse(url))).body).toContain("You are not signed in");
});

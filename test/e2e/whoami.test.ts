import { expect, test } from "vitest";
import { run, setUp } from "./org-auth.ts";

test("B.1-35 whoami says in one line who is signed in, and asks no server", async () => {
  const { orgAuth, server, signIn } = await setUp();
  const nobody = await orgAuth("whoami");
  expect(nobody).toMatchObject({ status: 4, stdout: "" });
  expect(nobody.stderr).toContain("[no_credential]");
  expect(nobody.stderr).toContain("run `org-auth login`");

  await signIn();
  const requests = server.requests.length;
  expect(await orgAuth("whoami")).toEqual({
    status: 0,
    signal: null,
    stdout: `ana at ${server.issuer}\n`,
    stderr: "",
  });
  const json = await orgAuth("whoami", "--json");
  const { accounts } = JSON.parse((await orgAuth("status", "--json")).stdout) as {
    accounts: [Record<string, unknown>];
  };
  const { store: _store, expires_in: _left, ...account } = accounts[0];
  expect(JSON.parse(json.stdout)).toMatchObject(account);
  expect(account).toMatchObject({ username: "ana", state: "valid", chosen: true });
  expect(server.requests.length).toBe(requests);
});

test("B.1-35 whoami tells of the credential that requests would use, and of a login that is over by its status", async () => {
  const { api, env, orgAuth, server, signIn } = await setUp();
  await signIn();
  const byKey = await run(["whoami"], { env: { ...env, ORG_AUTH_API_KEY: "CANARY-key" } });
  expect(byKey).toMatchObject({ status: 0, stdout: "api-key [ORG_AUTH_API_KEY]\n" });
  expect(byKey.stderr).toContain("--ignore-env");

  api.refuse((await orgAuth("token")).stdout.trim());
  server.endSession();
  expect((await orgAuth("curl", "/me")).status).toBe(4);
  expect(await orgAuth("whoami")).toMatchObject({ status: 4, stdout: `ana at ${server.issuer}\n` });
});

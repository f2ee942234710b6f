import { expect, test } from "vitest";
import { setUp } from "./org-auth.ts";

test("B.2-1 a login's tokens that are not what the command line asks for are not given as if they were", async () => {
  const [wells, seismic] = ["https://wells.example.com/", "https://seismic.example.com/"];
  const { api, orgAuth, server, signIn } = await setUp({ resources: [wells, seismic] });
  await signIn("--scope", "openid offline_access api:read", "--resource", wells);
  const requests = server.requests.length;

  // What it has may be named.
  expect((await orgAuth("token", "--scope", "openid profile api:read", "--resource", wells)).status).toBe(0);

  const asked = ["--scope", "api:write", "--resource", seismic];
  for (const args of [
    ["token", ...asked],
    ["curl", "/me", ...asked],
    ["api-key", "list", ...asked],
  ]) {
    const ended = await orgAuth(...args);
    expect(ended).toMatchObject({ status: 4, stdout: "" });
    expect(ended.stderr).toContain(
      `error: the login "default" is not for --scope api:write, --resource ${seismic}: it has ` +
        `--scope api:read, --resource ${wells} [login_required]`,
    );
    expect(ended.stderr).toContain(
      "fix: `org-auth login --scope 'openid offline_access api:read api:write' " +
        `--resource '${seismic}'\` signs in with that`,
    );
  }
  const { stderr } = await orgAuth("token", "--audience", "maps");
  expect(stderr).toContain("not for --audience maps: it has --audience none");
  expect(stderr).toContain("fix: `org-auth login --audience 'maps'`");
  expect(server.requests).toHaveLength(requests);
  expect(api.requests).toEqual([]);

  // The hint helps.
  await signIn("--scope", "openid offline_access api:read api:write", "--resource", seismic);
  expect((await orgAuth("token", ...asked)).status).toBe(0);
});

import { lstatSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { run, setUp, start } from "../e2e/org-auth.ts";

for (const umask of ["000", "077"]) {
  test.skipIf(process.platform === "win32")(
    `F31 with umask ${umask} all that any command makes is for its owner alone`,
    async () => {
      const { api, env, home, person, server } = await setUp();
      const options = { env, under: ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"] };
      const login = start(["login", "--no-browser"], options);
      await person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
      expect(await login.ended).toMatchObject({ status: 0 });
      expect(await run(["login", "--device", "--no-wait", "--force"], options)).toMatchObject({ status: 8 });
      expectPrivate(home);

      api.refuseNext(1);
      expect(await run(["curl", "/me"], options)).toMatchObject({ status: 0, stderr: "" });
      expect(server.tokenRequests("refresh_token")).toBe(1);
      expectPrivate(home);

      const sealed = { ...env, ORG_AUTH_STORE: undefined, ORG_AUTH_STORE_PASSPHRASE: "test-only" };
      const move = await run(["storage", "move", "--to", "passphrase"], { ...options, env: sealed });
      expect(move.status, move.stderr).toBe(0);
      expectPrivate(home);
    },
  );
}

function expectPrivate(home: string): void {
  const paths = readdirSync(home, { recursive: true, encoding: "utf8" }).map((name) => join(home, name));
  expect(paths.length).toBeGreaterThan(5);
  for (const path of paths) {
    const stats = lstatSync(path);
    const mode = (stats.mode & 0o777).toString(8);
    expect(`${relative(home, path)} ${mode}`).toBe(`${relative(home, path)} ${stats.isDirectory() ? "700" : "600"}`);
  }
}

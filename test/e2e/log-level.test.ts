import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expiringLogin } from "../storm/expiring-login.ts";
import { run } from "./org-auth.ts";

test("ORG_AUTH_LOG_LEVEL says how much is told besides the answer, and never a token", async () => {
  const { env, expire } = await expiringLogin();
  const told = async (level: string): Promise<string> => {
    const secrets = await expire();
    const { status, stdout, stderr } = await run(["token"], { env: { ...env, ORG_AUTH_LOG_LEVEL: level } });
    expect(status).toBe(0);
    expect(stderr).not.toContain(stdout.trim());
    expect(stderr).not.toContain(secrets.accessToken);
    return stderr;
  };
  expect(await told("warn")).toBe("");
  expect(await told("info")).toMatch(/^info: renewal of \S+: saved\n$/);
  const debug = (await told("DEBUG")).split("\n").filter((line) => line.startsWith("debug: "));
  const events = debug.map((line) => (JSON.parse(line.slice("debug: ".length)) as { readonly type: string }).type);
  expect(events).toEqual(["credential-found", "renewal-started", "renewal-ended"]);
});

test("a .env file may choose the log level and the output; a level that is none is left out, and an error in a trusted one", async () => {
  const { env } = await expiringLogin();
  const folder = env.HOME;
  const file = join(folder, ".env");
  writeFileSync(file, "ORG_AUTH_OUTPUT=json\n");
  const { stdout } = await run(["status"], { env, folder });
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1 });

  writeFileSync(file, "ORG_AUTH_LOG_LEVEL=canary\n");
  const said = `ORG_AUTH_LOG_LEVEL in ${file} is none of error, warn, info, debug`;
  for (const args of [["token"], ["status"]]) {
    const { status, stderr } = await run(args, { env, folder });
    expect(status).toBe(0);
    expect(stderr).toContain(`warning: ${said}; nobody trusts that file, so it is ignored\n`);
    expect(stderr).not.toContain("canary");
  }
  expect((await run(["trust"], { env, folder })).status).toBe(0);
  const wrong = await run(["status"], { env, folder });
  expect(wrong).toMatchObject({ status: 2, stdout: "" });
  expect(wrong.stderr).toContain(said);
  expect(wrong.stderr).not.toContain("canary");
});

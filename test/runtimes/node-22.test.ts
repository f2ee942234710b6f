import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { binary, setUp, startProgram } from "../e2e/org-auth.ts";

const node22 = join(import.meta.dirname, "../../tools/node-22/node_modules/.bin/node");

test.skipIf(!existsSync(node22))(
  "on Node 22 the lock's database says nothing of its being experimental, and other warnings are heard",
  async () => {
    const { env, signIn } = await setUp();
    await signIn();
    const bare = await startProgram([node22, "-e", 'require("node:sqlite")'], { env }).ended;
    expect(bare.stderr).toContain("SQLite is an experimental feature");

    const hook = "data:text/javascript,process.emitWarning('heard')";
    const logout = await startProgram([node22, "--import", hook, binary, "logout"], { env }).ended;
    expect(logout.status).toBe(0);
    expect(logout.stderr).toContain("Warning: heard");
    expect(logout.stderr).not.toMatch(/experimental/i);
  },
);

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { assertNoSecrets } from "@org/auth-testing";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "canary-program.ts");

test.for([0, 3, 6, 7, 11, 13, 18, 19])(
  "4.4-58 4.4-62 no error of a client shows a secret, however it is printed, nor one that nobody handles: the %s.",
  async (unhandled) => {
    const secrets = { token: `canary-token-${crypto.randomUUID()}`, secret: `canary-secret-${crypto.randomUUID()}` };
    const args = ["--conditions=@org/source", program, JSON.stringify(secrets), String(unhandled)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    assertNoSecrets({ stdout, stderr }, secrets);
    expect(stdout).toContain("all failed");
    expect(stderr).toMatch(/^Node\.js v/m);
    expect(status).toBe(1);
  },
);

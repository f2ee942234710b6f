import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { assertNoSecrets } from "@org/auth-testing";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "canary-program.ts");

test("4.4-58 4.4-62 no error of a client shows a secret, however it is printed, nor one that nobody handles", async () => {
  const { stdout, status } = await run("all");
  expect(status).toBe(0);
  // The steps of errors are among what was printed.
  expect(stdout).toContain('"outcome":"chosen"');
  expect(stdout).toContain('"reason":"partial_credential"');

  const count = Number(/^all (\d+) failed$/m.exec(stdout)?.[1]);
  expect(count).toBeGreaterThan(25);
  const numbers = Array.from({ length: count }, (_, number) => number).values();
  const endAll = async (): Promise<void> => {
    for (const number of numbers) {
      const { stderr, status } = await run(String(number));
      expect(stderr, String(number)).toMatch(/^Node\.js v/m);
      expect(status).toBe(1);
    }
  };
  await Promise.all([endAll(), endAll(), endAll()]);
}, 60_000);

async function run(which: string) {
  const secrets = { token: `canary-token-${crypto.randomUUID()}`, secret: `canary-secret-${crypto.randomUUID()}` };
  const args = ["--conditions=@org/source", program, JSON.stringify(secrets), which];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  assertNoSecrets({ stdout, stderr }, secrets);
  return { stdout, stderr, status };
}

import { expect, test } from "vitest";
import { runProgram } from "./run-program.ts";
import { hasSecretService, testSession } from "./secret-service.ts";

test.skipIf(!hasSecretService())(
  "the README's program keeps a key in a real keyring, and does not print it",
  async () => {
    const session = await testSession();
    await session.startKeyring("unlocked");
    const { stdout, stderr, status } = await runProgram("kept-in-keyring.ts", [], {
      ...session.env,
      ACME_KEY: "CANARY-key",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("issuer: 'https://api.example.com'");
    expect(stdout).toContain("kind: 'api-key'");
    expect(stdout).not.toContain("CANARY");
  },
);

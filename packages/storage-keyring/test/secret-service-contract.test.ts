import { sealContract } from "@org/auth-core/seal-contract";
import { storeContract } from "@org/auth-core/store-contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canary } from "./a-login.ts";
import { ask } from "./ask.ts";
import { hasSecretService, startSession, testSession, type Session } from "./secret-service.ts";
import { runProgram } from "./run-program.ts";

const cases = [...storeContract, ...sealContract];

test.skipIf(!hasSecretService())(
  "on Linux keytar's entries and the system keyring's are not one another's",
  async () => {
    const session = await testSession();
    await session.startKeyring("unlocked");
    for (const [writer, reader] of [
      ["child", "keytar"],
      ["keytar", "child"],
    ] as const) {
      const entry = ["org-auth-test", `by-${writer}`];
      await ask(session.env, writer, ["setPassword", ...entry, canary]);
      expect(await ask(session.env, writer, ["getPassword", ...entry])).toMatchObject({ value: canary });
      expect(await ask(session.env, reader, ["getPassword", ...entry])).toMatchObject({ value: null });
    }
  },
);

describe.skipIf(!hasSecretService())("on a real Secret Service", () => {
  describe.each(["direct", "child", "keytar"])("through %s", (backend) => {
    let session: Session | undefined;
    let outcomes: Readonly<Record<string, string>> = {};

    beforeAll(async () => {
      session = await startSession();
      await session.startKeyring("unlocked");
      const { stdout, status } = await runProgram("contract-program.ts", [backend], session.env);
      outcomes = JSON.parse(stdout) as typeof outcomes;
      expect(status).toBe(0); // It ended by itself: no keyring keeps a process that has nothing more to do.
    });
    afterAll(() => session?.end());

    for (const { name } of cases) test(name, () => expect(outcomes[name]).toBe("kept"));
  });
});

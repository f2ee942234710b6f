import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { run } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { underStrace } from "./under-strace.ts";

// A kill at any moment is for the storms; these are the moments that matter, each of them hit every time.

const hasStrace = hasSystemPackage("strace");

test.skipIf(!hasStrace)(
  "B.3-10 B.6-12 F29 what is saved is on the disk before it has its name, and its name before anyone sees it",
  async () => {
    const { credentials, env, expire, fileName } = await expiringLogin();
    await expire();
    const { under, calls } = underStrace();
    expect(await run(["token"], { env, under })).toMatchObject({ status: 0, stderr: "" });

    const [file, temporary] = [join(credentials, fileName), join(credentials, `.tmp-${fileName}`)];
    const inOrder = [
      `openat(AT_FDCWD, "${temporary}", O_WRONLY|O_CREAT|O_EXCL|O_TRUNC|O_CLOEXEC, 0600) = `,
      "fsync(",
      `rename("${temporary}", "${file}") = 0`,
      `openat(AT_FDCWD, "${credentials}", O_RDONLY|O_CLOEXEC) = `,
      "fsync(",
    ];
    const relevant = calls().filter((call) => inOrder.some((start) => call.startsWith(start)));
    expect(relevant).toEqual(inOrder.map((start) => expect.stringMatching(escaped(start)) as string));
    const [opened, synced, , folderOpened, folderSynced] = relevant.map(
      (call) => /(?:^fsync\(|\) += )(\d+)/.exec(call)?.[1],
    );
    expect([synced, folderSynced]).toEqual([opened, folderOpened]);
  },
);

for (const [moment, inject, isSaved] of [
  ["F02 before its text is on the disk", "fsync:signal=SIGKILL:when=1", false],
  ["F02 before it has its name", "rename:signal=SIGKILL:when=1", false],
  ["F03 before its name is on the disk", "fsync:signal=SIGKILL:when=2", true],
] as const) {
  test.skipIf(!hasStrace)(
    `${moment}, a renewal is killed: there is one login, whole, and the next process goes on`,
    async () => {
      const login = await expiringLogin({ rotateRefreshTokens: false });
      const { credentials, env, fileName, server } = login;
      const before = await login.expire();
      expect((await run(["token"], { env, under: underStrace(inject).under })).stdout).toBe("");

      const requests = server.tokenRequests("refresh_token");
      expect(requests).toBe(1);
      const left = await login.kept();
      expect(left.generation - before.generation).toBe(isSaved ? 1 : 0);

      // It meets no lock, asks once where the answer is lost, and sweeps up.
      const next = await run(["token"], { env });
      expect(next).toMatchObject({ status: 0, stderr: "" });
      expect(await server.introspect(next.stdout.trim())).toMatchObject({ active: true });
      expect(server.tokenRequests("refresh_token")).toBe(isSaved ? 1 : 2);
      expect(readdirSync(credentials)).toEqual([fileName]);
    },
  );
}

test.skipIf(!hasStrace)(
  "F01 F04 killed between answer and save, at a server that takes each refresh token once: that login has ended, and no other",
  async () => {
    const login = await expiringLogin({ rotateRefreshTokens: true });
    const { credentials, env, fileName, kept, orgAuth, server, signIn } = login;
    expect(await signIn("--profile", "work")).toMatchObject({ status: 0 });
    const work = await orgAuth("token", "--profile", "work");
    await login.expire();
    const text = readFileSync(join(credentials, fileName), "utf8");

    const { under } = underStrace("fsync:signal=SIGKILL:when=1");
    expect(await run(["token"], { env, under })).toMatchObject({ stdout: "" });
    expect(readFileSync(join(credentials, fileName), "utf8")).toBe(text);
    expect(server.tokenRequests("refresh_token")).toBe(1);

    // The old refresh token is tried once, and then no more.
    for (let time = 1; time <= 2; time++) {
      const next = await orgAuth("token");
      expect(next).toMatchObject({ status: 4, stdout: "" });
      expect(next.stderr).toMatch(/has ended \(invalid_grant\) \[login_required\]\n {2}fix: run `org-auth login`\n$/);
      expect(server.tokenRequests("refresh_token")).toBe(2);
    }
    expect(await kept()).toMatchObject({ generation: 0, ended: { reason: "invalid_grant" } });
    expect(await orgAuth("token", "--profile", "work")).toMatchObject({ status: 0, stdout: work.stdout });
  },
);

function escaped(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
}

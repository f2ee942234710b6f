import { readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { start } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { underStrace } from "./under-strace.ts";

test.skipIf(!hasSystemPackage("strace"))(
  "F13 F14 B.6-12 what cannot be read has its new name on the disk before anything is written in its place",
  async () => {
    const { credentials, env, fileName, person } = await expiringLogin();
    const file = join(credentials, fileName);
    truncateSync(file, 10);
    const text = readFileSync(file, "utf8");
    const { under, calls } = underStrace();
    const login = start(["login", "--no-browser"], { env, under });
    await person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
    const { stderr } = await login.ended;
    const aside = /put aside as (\S+\.corrupt-\w+)/.exec(stderr)?.[1] ?? "";
    expect(readFileSync(aside, "utf8"), stderr).toBe(text);

    const all = calls();
    const renamed = all.findIndex((call) => call.startsWith(`rename("${file}", "${aside}") = 0`));
    const [opened, synced] = all
      .slice(renamed + 1)
      .filter((call) => call.startsWith("fsync(") || call.includes(`"${credentials}`));
    const handle = /\) += (\d+)$/.exec(opened ?? "")?.[1];
    expect(opened).toMatch(`openat(AT_FDCWD, "${credentials}", O_RDONLY|O_CLOEXEC) = `);
    expect(synced).toMatch(`fsync(${String(handle)})`);
    expect(renamed).toBeGreaterThan(-1);
  },
);

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { hasSystemPackage } from "../../tools/system-packages/has-system-package.ts";
import { run, start } from "../e2e/org-auth.ts";
import { expiringLogin } from "../storm/expiring-login.ts";
import { canMount, mountNamespace } from "./mount-namespace.ts";
import { underStrace } from "./under-strace.ts";

type Login = Awaited<ReturnType<typeof expiringLogin>>;

const faults = {
  "F05 no space": ["size=64k", 'cat /dev/zero > "$1/filler" || true', "ENOSPC"],
  "F06 no room for another file": ["nr_inodes=30", 'i=0; while touch "$1/filler$i"; do i=$((i+1)); done', "ENOSPC"],
} as const;

for (const [title, [options, fill, code]] of Object.entries(faults)) {
  test.skipIf(!canMount)(
    `${title} on the disk: the token is given with a warning, and the old login stays whole`,
    async () => {
      const login = await expiringLogin();
      const { under, pathOf } = await onDisk(login, options, fill);
      const before = filesOf(login, pathOf);
      expectUnsaved(await run(["token"], { env: login.env, under }), code);
      expect(filesOf(login, pathOf)).toEqual(before);

      // It asks nobody to open a browser for a login that could not be kept.
      const requests = login.server.requests.length;
      const again = await run(["login", "--no-browser", "--force"], { env: login.env, under });
      expect(again).toMatchObject({ status: 6, stdout: "" });
      expect(again.stderr).toMatch(new RegExp(`^error: cannot \\S+ .*${code}.* \\[store_unavailable\\]$`, "m"));
      expect(again.stderr).not.toContain("Open this address");
      expect(login.server.requests.slice(requests).every(({ path }) => path.startsWith("/.well-known/"))).toBe(true);
      expect(filesOf(login, pathOf)).toEqual(before);
    },
  );
}

test.skipIf(!canMount)(
  "F05 a disk that fills up while the person is at the server: the browser says so too, and the old login stays",
  async () => {
    const login = await expiringLogin();
    const { env, person, server } = login;
    const [options, fill, code] = faults["F05 no space"];
    const namespace = await onDisk(login, options, ":");
    const before = filesOf(login, namespace.pathOf);
    const again = start(["login", "--no-browser", "--force"], { env, under: namespace.under });
    const address = await again.said(/^ +(http\S+\/auth\?\S+)$/m);
    await namespace.script(fill, dataOf(login));

    const page = await person.signIn(address);
    expect(page.status).toBe(400);
    expect(page.body).toContain("The credential store cannot be used.");
    const { status, stderr } = await again.ended;
    expect({ status, stderr }).toMatchObject({ status: 6 });
    expect(stderr).toMatch(new RegExp(`^error: cannot write .*${code}.* \\[store_unavailable\\]$`, "m"));
    // What is of the same person may be of the same grant.
    expect(server.count(server.metadata.revocationEndpoint ?? "")).toBe(0);
    expect(filesOf(login, namespace.pathOf)).toEqual(before);
  },
);

test.skipIf(process.platform !== "linux")(
  "F07 files that may not grow: the token is given with a warning, and the old login stays whole",
  async () => {
    const login = await expiringLogin();
    await login.expire();
    const before = filesOf(login);
    expectUnsaved(await run(["token"], { env: login.env, under: ["prlimit", "--fsize=10"] }), "EFBIG");
    expect(filesOf(login)).toEqual(before);
  },
);

for (const code of ["EDQUOT", "EIO"]) {
  test.skipIf(!hasSystemPackage("strace"))(`F08 ${code}: the same`, async () => {
    const login = await expiringLogin();
    await login.expire();
    const before = filesOf(login);
    const { under } = underStrace(`fsync:error=${code}:when=1`);
    expectUnsaved(await run(["token"], { env: login.env, under }), code);
    expect(filesOf(login)).toEqual(before);
  });
}

test.skipIf(!canMount)(
  "F09 a read-only home: a token is read, and renewed with a warning; nobody is asked to sign in",
  async () => {
    const login = await expiringLogin();
    const { accessToken } = await login.kept();
    const namespace = await mountNamespace();
    const { env, server } = login;
    const options = { env, under: namespace.under };
    await namespace.script('mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"', env.HOME);
    expect(await run(["token"], options)).toMatchObject({ status: 0, stdout: `${accessToken}\n`, stderr: "" });

    await login.expire(); // The home is writable for everyone else.
    expectUnsaved(await run(["token"], options), "EROFS");
    const requests = server.requests.length;
    const again = await run(["login", "--no-browser", "--force"], options);
    expect(again).toMatchObject({ status: 6, stdout: "" });
    expect(again.stderr).toMatch(/^error: cannot \S+ .*read-only.* \[store_unavailable\]$/m);
    expect(again.stderr).not.toContain("Open this address");
    expect(server.requests.slice(requests).every(({ path }) => path.startsWith("/.well-known/"))).toBe(true);
  },
);

test.skipIf(!canMount)(
  "F28 a full disk at a server that takes each refresh token once: the next run needs a login",
  async () => {
    const login = await expiringLogin({ rotateRefreshTokens: true });
    const { env, server } = login;
    const [options, fill, code] = faults["F05 no space"];
    const namespace = await onDisk(login, options, fill);
    const { under } = namespace;
    expectUnsaved(await run(["token"], { env, under }), code);

    for (const isFull of [true, false]) {
      if (!isFull) await namespace.script('rm "$1/filler"', dataOf(login));
      const next = await run(["token"], { env, under });
      expect(next).toMatchObject({ status: 4, stdout: "" });
      expect(next.stderr).toContain("has ended (invalid_grant) [login_required]");
      expect(next.stderr).toContain("run `org-auth login`");
    }
    // Now that it could be noted down, nobody asks any more.
    const requests = server.requests.length;
    expect(await run(["token"], { env, under })).toMatchObject({ status: 4 });
    expect(server.requests.length).toBe(requests);
  },
);

/** Moves the login, expired, to a disk of its own and fills that up. */
async function onDisk(login: Login, options: string, fill: string) {
  await login.expire();
  const namespace = await mountNamespace();
  await namespace.script(
    `cp -a "$1" "$1.copy"; mount -t tmpfs -o mode=700,${options} none "$1"; cp -a "$1.copy/." "$1"; { ${fill}; } 2> /dev/null`,
    dataOf(login),
  );
  return namespace;
}

function dataOf({ credentials }: Login): string {
  return dirname(credentials);
}

/** All that is in the folder of the credentials. */
function filesOf({ credentials }: Login, pathOf = (path: string): string => path): Record<string, string> {
  const folder = pathOf(credentials);
  expect(existsSync(folder)).toBe(true);
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

function expectUnsaved({ status, stdout, stderr }: Awaited<ReturnType<typeof run>>, code: string): void {
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout).toMatch(/^\S{20,}\n$/);
  expect(stderr).toMatch(
    new RegExp(
      `^warning: the renewed login could not be saved: cannot write .* \\(${code}\\) \\[store_unavailable\\]\\n`,
    ),
  );
  expect(stderr).toContain("may need `org-auth login`");
}

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

// What importing a package brings along with it, as it has been built: `pnpm test` builds first. What it costs is
// measured by `pnpm bench`. All else is loaded where it is needed: no server of a team's loads a keyring's native module.

const root = join(import.meta.dirname, "..");

test.for([
  ["@org/auth-core", []],
  ["@org/auth-flows", ["@org/auth-core", "oauth4webapi"]],
  ["@org/auth-client/authorized-fetch", ["@org/auth-core"]],
  [
    "@org/auth-client/source",
    ["@org/auth-core", "@org/auth-core/storage", "node:buffer", "node:fs", "node:path", "node:util"],
  ],
  ["@org/auth-client", ["@org/auth-core", "ky"]],
] as const)("importing %s brings along %j", ([entry, expected]) => {
  const script = `
    import { registerHooks } from "node:module";
    const named = new Set();
    registerHooks({
      resolve(specifier, context, next) {
        if (context.parentURL !== import.meta.url && !specifier.startsWith(".")) named.add(specifier);
        return next(specifier, context);
      },
    });
    await import(${JSON.stringify(entry)});
    process.stdout.write(JSON.stringify([...named].sort()));`;
  const stdout = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: root,
    env: {},
    encoding: "utf8",
    timeout: 30_000,
  });
  expect(JSON.parse(stdout)).toEqual([...expected].sort());
});

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shellQuoted } from "@org/auth-core";
import { expect, test } from "vitest";
import { resolve } from "../src/source.ts";
import { rejection, tempFolder } from "./surroundings.ts";

const hostile = ["plain", "a b", "it's", "'; echo canary; '", "$(echo canary)", "`echo canary`", "a\nb", "\\'", ""];

test.for(hostile)("2.3 a shell takes a quoted text as one word and runs nothing of it: %j", (text) => {
  const [word, rest] = [shellQuoted(text), shellQuoted("end")];
  expect(execFileSync("/bin/sh", ["-c", `printf '<%s>' ${word} ${rest}`], { encoding: "utf8" })).toBe(`<${text}><end>`);
});

test("2.3-T1 the commands of hints run nothing that a .env file, or the name of its folder, has in it", async () => {
  const folder = join(tempFolder(), "it's; touch it");
  mkdirSync(folder);
  writeFileSync(join(folder, ".env"), "ORG_AUTH_PROFILE='x; touch it'\nORG_AUTH_API_URL=https://evil.test\n");
  const env = { HOME: tempFolder(), ORG_AUTH_STORE: "file" };
  const { hint } = await rejection(resolve({ env, folder }));
  expect(hint).toBe("run `org-auth login --profile 'x; touch it'`");
  const refused = await rejection(resolve({ env: { ...env, ORG_AUTH_API_KEY: "key" }, folder }));
  expect(refused.hint).toContain(`org-auth trust ${shellQuoted(join(folder, ".env"))}`);
});

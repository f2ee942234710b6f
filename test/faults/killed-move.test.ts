import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasSecretService, testSession } from "../../packages/storage-keyring/test/secret-service.ts";
import { run, setUp, startProgram } from "../e2e/org-auth.ts";

const program = join(import.meta.dirname, "move-program.ts");
const folders = { file: "credentials", passphrase: "passphrase", keyring: "keyring" } as const;
type Kind = keyof typeof folders;

/** A login in one store is moved to another by a process that is killed, and then by one that is not. */
async function moveTwice(from: Kind, to: Kind, moment: string, more: Readonly<Record<string, string | undefined>>) {
  const { server, env: given, signIn } = await setUp();
  await signIn();
  const env = { ...given, ...more, ORG_AUTH_STORE: undefined, ORG_AUTH_STORE_PASSPHRASE: "CANARY-words" };
  const orgAuth = (...args: string[]) => run(args, { env });
  const count = (kind: Kind): number => readdirSync(join(env.HOME, ".local/share/org-auth", folders[kind])).length;
  if (from !== "file") expect(await orgAuth("storage", "move", "--to", from)).toMatchObject({ status: 0 });
  const { stdout: token } = await orgAuth("token");

  const args = [process.execPath, "--conditions=@org/source", program, to, moment];
  const killed = await startProgram(args, { env }).ended;
  expect(killed, killed.stderr).toMatchObject({ signal: "SIGKILL" });
  // It is whole in both, and whoever looks in one place only finds it there.
  expect([count(from), count(to)]).toEqual([1, 1]);
  for (const where of [[], ["--store", from], ["--store", to]])
    expect(await orgAuth("token", ...where)).toMatchObject({ status: 0, stdout: token, stderr: "" });

  expect(await orgAuth("storage", "move", "--to", to)).toMatchObject({ status: 0 });
  expect([count(from), count(to)]).toEqual([0, 1]);
  expect(await orgAuth("token")).toMatchObject({ status: 0, stdout: token, stderr: "" });
  expect(await server.introspect(token.trim())).toMatchObject({ active: true });
}

const moments = ["once the new one is there", "before the old one goes"];
const ways = (other: Kind): readonly (readonly [Kind, Kind, string])[] =>
  moments.flatMap((moment) => [["file", other, moment] as const, [other, "file", moment] as const]);

test.for(ways("passphrase"))("F86 a move from %s to %s is killed %s", async ([from, to, moment]) => {
  await moveTwice(from, to, moment, {});
});

test.skipIf(!hasSecretService()).for(ways("keyring"))(
  "F86 a move from %s to %s, with a real keyring, is killed %s",
  async ([from, to, moment]) => {
    const session = await testSession();
    await session.startKeyring("unlocked");
    const address = session.env["DBUS_SESSION_BUS_ADDRESS"];
    await moveTwice(from, to, moment, { DBUS_SESSION_BUS_ADDRESS: address });
  },
);

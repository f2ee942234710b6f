import { expect, test } from "vitest";
import { boundedKeyring, type KeytarLike } from "../src/index.ts";
import { canary } from "./a-login.ts";
import { memoryKeyring } from "./memory-keyring.ts";
import { rejection } from "./rejection.ts";

const entry = ["service", "account"] as const;

function neverEnds(): Promise<never> {
  return new Promise(() => undefined);
}

/** What the bindings were heard to say, and what some of them are known to say elsewhere. */
const heard: readonly (readonly [said: string, code: string])[] = [
  ["Platform failure: DBus error: Using X11 for dbus-daemon autolaunch was disabled", "keyring_missing"],
  ["Platform failure: DBus error: Failed to connect to socket /run/bus: No such file or directory", "keyring_missing"],
  ["Platform failure: DBus error: Failed to connect to socket /run/bus: Permission denied", "keyring_denied"],
  ["Platform failure: DBus error: Address does not contain a colon", "keyring_missing"],
  ["zbus error: org.freedesktop.DBus.Error.ServiceUnknown: The name is not activatable", "keyring_missing"],
  ["The name org.freedesktop.secrets was not provided by any .service files", "keyring_missing"],
  ["Couldn't access platform storage: Secret Service: no result found", "keyring_missing"],
  ["Cannot autolaunch D-Bus without X11 $DISPLAY", "keyring_missing"],
  ["no secret service provider or dbus session found", "keyring_missing"],
  ["Couldn't access platform storage: Secret Service: unlock prompt was dismissed", "keyring_locked"],
  ["zbus error: org.freedesktop.Secret.Error.IsLocked: Cannot get secret of a locked object", "keyring_locked"],
  ["Cannot create an item in a locked collection", "keyring_locked"],
  ["Platform failure: User interaction is not allowed.", "keyring_locked"],
  ["Platform failure: DBus error: Did not receive a reply. Possible causes include: …", "keyring_hung"],
  ['GDBus.Error:org.freedesktop.DBus.Error.AccessDenied: Rejected send message, comm="--unlock"', "keyring_denied"],
  ["Platform failure: The user name or passphrase you entered is not correct.", "keyring_denied"],
  ["Attribute 'password' is longer than platform limit of 2560 chars", "store_too_large"],
  ["Password data is not valid UTF-8", "store_corrupt"],
  ["Entry is matched by 2 credentials: [Entry { inner: … }]", "store_corrupt"],
  ["something that nobody has heard before", "store_unavailable"],
];

test.each(heard)("what a keyring says is told by its code and not repeated: %s", async (said, code) => {
  const keyring = boundedKeyring(failing(() => new Error(`${said} ${canary}`)));
  const error = await rejection(keyring.setPassword(...entry, canary));
  expect(error).toMatchObject({ name: "StoreError", code });
  expect(error.cause).toBeUndefined();
  expect(error.message).toContain("cannot write the entry account of service in the keyring: ");
});

test("of an error that nobody knows the system's name or number for it is told", async () => {
  const keyring = boundedKeyring(failing(() => new Error(`zbus error: org.freedesktop.DBus.Error.Odd: ${canary}`)));
  expect((await rejection(keyring.getPassword(...entry))).message).toContain("(org.freedesktop.DBus.Error.Odd)");
});

test("a call that never ends is given up, and whoever can end it is told", async () => {
  const hung: string[] = [];
  const silent = { ...memoryKeyring(), getPassword: neverEnds };
  const keyring = boundedKeyring(silent, { timeoutMs: 20, onHung: () => hung.push("hung") });
  expect((await rejection(keyring.getPassword(...entry))).code).toBe("keyring_hung");
  expect(hung).toEqual(["hung"]);
});

test("F81 who waits for a keyring is told once for how long it may take, when a second is over", async () => {
  const told: number[] = [];
  let answers = 0;
  const slow = { ...memoryKeyring(), getPassword: () => (++answers === 1 ? Promise.resolve(null) : neverEnds()) };
  const keyring = boundedKeyring(slow, { timeoutMs: 1_200, onWait: (timeoutMs) => told.push(timeoutMs) });
  await keyring.getPassword(...entry);
  expect(told).toEqual([]);
  for (let call = 1; call <= 2; call++) {
    const both = [keyring.getPassword(...entry), keyring.getPassword(...entry)].map(rejection);
    for (const { code } of await Promise.all(both)) expect(code).toBe("keyring_hung");
    expect(told).toEqual([1_200]);
  }
});

test("F82 a call during which the service died is made once more, and not twice", async () => {
  for (const said of [
    "Message recipient disconnected from message bus without replying",
    "zbus error: org.freedesktop.DBus.Error.NoReply: Message recipient disconnected from message bus without replying",
    "SS error: connection closed before prompt completed",
  ]) {
    let deaths = 1;
    const memory = memoryKeyring({
      before() {
        if (deaths-- > 0) throw new Error(said);
      },
    });
    const keyring = boundedKeyring(memory);
    await keyring.setPassword(...entry, "fake");
    expect(await keyring.getPassword(...entry)).toBe("fake");
    deaths = 2;
    expect((await rejection(keyring.getPassword(...entry))).code).toBe("keyring_missing");
    expect(memory.calls).toEqual(["set account", "set account", "get account", "get account", "get account"]);
  }
});

test("one that is bounded already stays as it is, unless it is given another time", () => {
  const keyring = boundedKeyring(memoryKeyring(), { timeoutMs: 60_000 });
  expect(boundedKeyring(keyring)).toBe(keyring);
  expect(boundedKeyring(keyring, { timeoutMs: 10 }).timeoutMs).toBe(10);
});

function failing(error: () => Error): KeytarLike {
  return memoryKeyring({
    before() {
      throw error();
    },
  });
}

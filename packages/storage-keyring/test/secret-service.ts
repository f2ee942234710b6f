import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { hasSystemPackage } from "../../../tools/system-packages/has-system-package.ts";

const run = promisify(execFile);

/** Whether the tests may count on a real Secret Service. */
export function hasSecretService(): boolean {
  return ["dbus", "gnome-keyring", "libsecret-tools"].every(hasSystemPackage);
}

export interface Session {
  /** What a program needs to be in this session, and no more. */
  readonly env: NodeJS.ProcessEnv;
  /** Starts gnome-keyring with a keyring of its own, which is kept from one start to the next in this session. */
  startKeyring(state: "locked" | "unlocked"): Promise<Daemon>;
  /** Resolves when someone asks the Secret Service something. */
  nextCall(): Promise<{ readonly arrived: Promise<unknown> }>;
  /** How many programs ask the Secret Service something while `work` goes on. */
  askersDuring(work: () => Promise<unknown>): Promise<number>;
  end(): Promise<void>;
}

export interface Daemon {
  readonly pid: number;
  end(): Promise<void>;
}

export interface SessionOptions {
  /** Starts an unlocked keyring when someone asks for one and none is there. Default: nobody does. */
  readonly isActivated?: boolean;
  /** The prompt for the password is never answered, or cannot be shown. Default: there is nothing to show it. */
  readonly prompter?: "fails" | "silent";
  /** The bus lets nobody talk to the Secret Service. Default: it does. */
  readonly isDenied?: boolean;
}

/** {@link startSession}, ended when the test does. */
export async function testSession(options?: SessionOptions): Promise<Session> {
  const session = await startSession(options);
  onTestFinished(() => session.end());
  return session;
}

/** A D-Bus session of its own with a home of its own. */
export async function startSession(options: SessionOptions = {}): Promise<Session> {
  const home = mkdtempSync(join(tmpdir(), "org-auth-keyring-"));
  writeServices(home, options);
  const bus = spawn("dbus-daemon", ["--nofork", "--print-address", `--config-file=${join(home, "bus.conf")}`], {
    env: { ...env(home), NO_AT_BRIDGE: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [address] = (await once(createInterface(bus.stdout), "line")) as [string];
  const sessionEnv = { ...env(home), DBUS_SESSION_BUS_ADDRESS: address };
  const daemons: Daemon[] = [];

  async function startKeyring(state: "locked" | "unlocked"): Promise<Daemon> {
    const args = ["--foreground", "--components=secrets", ...(state === "unlocked" ? ["--unlock"] : [])];
    const child = spawn("gnome-keyring-daemon", args, { env: sessionEnv, stdio: ["pipe", "ignore", "ignore"] });
    child.stdin.end("fake-password");
    await owner(sessionEnv);
    const daemon = { pid: child.pid ?? 0, end: () => end(child) };
    daemons.push(daemon);
    return daemon;
  }

  return {
    env: sessionEnv,
    startKeyring,

    async nextCall() {
      const monitor = spawn(
        "dbus-monitor",
        ["--session", "type='method_call',interface='org.freedesktop.Secret.Service'"],
        {
          env: sessionEnv,
          stdio: ["ignore", "pipe", "ignore"],
        },
      );
      const lines = createInterface(monitor.stdout);
      // Its first words are its own: that it has begun.
      await once(lines, "line");
      const arrived = new Promise((resolve) => {
        lines.on("line", (line) => line.includes("interface=org.freedesktop.Secret.Service") && resolve(line));
      }).finally(() => end(monitor));
      return { arrived };
    },

    async askersDuring(work) {
      const rules = [
        "type='method_call',interface='org.freedesktop.Secret.Service'",
        "type='method_call',member='GetId'",
      ];
      const monitor = spawn("dbus-monitor", ["--session", ...rules], {
        env: sessionEnv,
        stdio: ["ignore", "pipe", "ignore"],
      });
      const lines = createInterface(monitor.stdout);
      await once(lines, "line");
      const askers = new Set<string | undefined>();
      const isOver = new Promise((resolve) => {
        lines.on("line", (line) => {
          if (line.includes("member=GetId")) resolve(line);
          if (line.includes("interface=org.freedesktop.Secret.Service")) askers.add(/sender=(\S+)/.exec(line)?.[1]);
        });
      });
      try {
        await work();
        const bus = ["--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.GetId"];
        await run("dbus-send", ["--session", "--print-reply", ...bus], { env: sessionEnv });
        await isOver;
      } finally {
        await end(monitor);
      }
      return askers.size;
    },

    async end() {
      const activated = await owner(sessionEnv, 0).catch(() => undefined);
      for (const daemon of daemons) await daemon.end();
      for (const pid of [activated, ...promptersOf(home)]) if (pid !== undefined) endPid(pid);
      await end(bus);
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function env(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: home,
    XDG_RUNTIME_DIR: home,
    XDG_DATA_HOME: join(home, "data"),
    LC_ALL: "C",
  };
}

function writeServices(home: string, options: SessionOptions): void {
  const { isActivated = false, prompter, isDenied = false } = options;
  const services = join(home, "services");
  mkdirSync(services);
  mkdirSync(join(home, "data"));
  const service = (name: string, command: string): void => {
    writeFileSync(join(services, `${name}.service`), `[D-BUS Service]\nName=${name}\nExec=/bin/sh -c "${command}"\n`);
  };
  const daemon = "exec gnome-keyring-daemon --foreground --components=secrets --unlock";
  if (isActivated) service("org.freedesktop.secrets", `printf fake-password | ${daemon}`);
  const showing = prompter === "silent" ? `echo $$ >> ${join(home, "prompters")}; exec sleep 20` : "sleep 0.05; exit 1";
  if (prompter !== undefined) service("org.gnome.keyring.SystemPrompter", showing);
  writeFileSync(
    join(home, "bus.conf"),
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
      "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
    <busconfig>
      <type>session</type>
      <listen>unix:tmpdir=${home}</listen>
      <auth>EXTERNAL</auth>
      <servicedir>${services}</servicedir>
      <policy context="default">
        <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
        ${isDenied ? '<deny send_destination="org.freedesktop.secrets"/>' : ""}
      </policy>
    </busconfig>`,
  );
}

/** The process of the Secret Service; waits for one for so long. */
async function owner(sessionEnv: NodeJS.ProcessEnv, timeoutMs = 10_000): Promise<number> {
  const deadlineMs = performance.now() + timeoutMs;
  const ask = "org.freedesktop.DBus.GetConnectionUnixProcessID";
  const args = ["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", ask];
  for (;;) {
    try {
      const { stdout } = await run("dbus-send", [...args, "string:org.freedesktop.secrets"], { env: sessionEnv });
      return Number(/\d+\s*$/.exec(stdout)?.[0]);
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
  }
}

function promptersOf(home: string): readonly number[] {
  try {
    return readFileSync(join(home, "prompters"), "utf8").trim().split("\n").map(Number);
  } catch {
    return []; // None was started.
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function endPid(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { headlessPerson, startAuthServer, startProtectedApi, type AuthServerOptions } from "@org/auth-testing";
import { onTestFinished } from "vitest";

/** The built binary. */
export const binary: string = join(import.meta.dirname, "../../packages/cli/dist/bin.cjs");

/** How a command ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What the first match of `pattern` in standard error captures; rejects with all that was said if it never comes. */
  said(pattern: RegExp): Promise<string>;
}

export interface StartOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory. Default: that of the tests. */
  readonly folder?: string;
  /** What standard input holds. Default: nothing; it ends at once. */
  readonly input?: string;
  /** A program, with its arguments, that runs the command: `["prlimit", "--nofile=24"]`. Default: none. */
  readonly under?: readonly string[];
}

/** Starts the real binary as a process of its own, with exactly the given environment. */
export function start(args: readonly string[], options: StartOptions): Running {
  return startProgram([process.execPath, binary, ...args], options);
}

/** The same for any program. */
export function startProgram(
  program: readonly string[],
  { env, folder, input = "", under = [] }: StartOptions,
): Running {
  const [command = "", ...args] = [...under, ...program];
  const child = spawn(command, args, { env: { ...env }, cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  child.stdin.on("error", () => undefined); // It may end without reading.
  child.stdin.end(input);
  const ended = once(child, "close").then(([status, signal]): Ended => ({
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout: stdout.text,
    stderr: stderr.text,
  }));

  async function said(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(stderr.text);
      if (match !== null) return match[1] ?? match[0];
      const event = await Promise.race([once(child.stderr, "data"), ended]);
      if (!Array.isArray(event))
        throw new Error(`it never said ${String(pattern)} but: ${event.stdout}${event.stderr}`);
    }
  }
  return { child, ended, said };
}

/** Runs the real binary to its end. */
export function run(args: readonly string[], options: StartOptions): Promise<Ended> {
  return start(args, options).ended;
}

/** A home folder that is gone when the test ends. */
export function tempHome(): string {
  const home = mkdtempSync(join(tmpdir(), "org-auth-e2e-"));
  onTestFinished(() => {
    rmSync(home, { recursive: true, force: true });
  });
  return home;
}

/** A server, an API, a person, and a command line that knows where they are. */
export async function setUp(options: AuthServerOptions = {}) {
  const server = await startAuthServer(options);
  const api = await startProtectedApi({ introspect: server.introspect });
  onTestFinished(async () => {
    await Promise.all([server.close(), api.close()]);
  });
  const person = headlessPerson(server.person);
  const home = tempHome();
  const env = {
    HOME: home,
    PATH: process.env["PATH"],
    ORG_AUTH_ISSUER: server.issuer,
    ORG_AUTH_CLIENT_ID: server.nativeClientId,
    ORG_AUTH_API_URL: api.baseUrl,
    ORG_AUTH_STORE: "file",
  };
  const orgAuth = (...args: string[]): Promise<Ended> => run(args, { env });

  /** Signs in through the browser flow, with the headless person for a browser. */
  async function signIn(...args: string[]): Promise<Ended> {
    const login = start(["login", "--no-browser", ...args], { env });
    await person.signIn(await login.said(/^ +(http\S+\/auth\?\S+)$/m));
    return await login.ended;
  }
  return { server, api, person, home, env, orgAuth, signIn };
}

function collect(stream: NodeJS.ReadableStream): { readonly text: string } {
  const collected = { text: "" };
  stream.setEncoding("utf8");
  stream.on("data", (data: string) => (collected.text += data));
  return collected;
}

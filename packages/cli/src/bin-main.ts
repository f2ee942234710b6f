import { readFileSync } from "node:fs";
import type { ReadLineOptions } from "node:readline";
import {
  defaultProduct,
  openBrowser,
  readPreferences,
  variable,
  type LogLevel,
  type Product,
} from "@org/auth-client/source";
import type { AuthEvent } from "@org/auth-core";
import type { Context, Output } from "./context.ts";
import { diary } from "./diary.ts";
import { exitCodes } from "./exit-codes.ts";
import { Interrupted } from "./interrupted.ts";
import { main } from "./main.ts";
import { reportError } from "./report-error.ts";

/** How long a signal waits for a renewal that is under way: its answer may be the only copy of a refresh token. */
const graceMs = 2000;

/**
 * Runs one command line with the real world for a context, and sets the exit status. Default: the tool as it comes, of
 * this package's release.
 */
export async function runProcess(
  args: readonly string[],
  product: Product = defaultProduct,
  version: string = ownVersion(),
): Promise<void> {
  const controller = new AbortController();
  let renewalsUnderWay = 0;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // Once: a second one ends the process at once.
    process.once(name, () => {
      controller.abort(new Interrupted(name));
      const exit = (): never => process.exit(exitCodes[name === "SIGINT" ? "interrupted" : "terminated"].status);
      setTimeout(() => renewalsUnderWay === 0 && exit(), graceMs / 4).unref();
      setTimeout(exit, graceMs).unref();
    });
  }

  const { env, platform } = process;
  const notes = diary(product, output(process.stderr, controller.signal), logLevel);
  const context: Context = {
    product,
    version,
    env,
    folder: process.cwd(),
    platform,
    stdout: output(process.stdout, controller.signal),
    stderr: notes.stderr,
    stdin: { isTty: process.stdin.isTTY, readAll, readLine, readHidden },
    signal: controller.signal,
    now: Date.now,
    fetch: globalThis.fetch,
    openBrowser: (url) => openBrowser(url, { env, platform, browser: variable(product, env, "BROWSER") }),
    onEvent: (event: AuthEvent) => {
      if (event.type === "renewal-started") renewalsUnderWay++;
      if (event.type === "renewal-ended") renewalsUnderWay--;
      notes.onEvent(event);
    },
    onWarning: (warning) => notes.onWarning(warning),
  };
  async function logLevel(): Promise<LogLevel> {
    // What is wrong with the variable is the command's own error to tell.
    const preferences = readPreferences(product, { env, folder: context.folder });
    return await preferences.then(({ logLevel }) => logLevel).catch(() => "warn" as const);
  }
  // Setting the status and letting the process end by itself lets every byte out first.
  process.exitCode = await main(args, context);
  await notes.written();
  endCutOff();
}

/** Says why a command line failed that was not run, and sets the exit status. */
export async function failProcess(error: unknown): Promise<void> {
  process.exitCode = await reportError(error, false, {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
  });
  endCutOff();
}

/** A keyring call that was given up may never end, and would keep the process; it stands by to be cut off. */
function endCutOff(): void {
  if (process.listenerCount("exit") > 0) process.exit();
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

function output(stream: NodeJS.WriteStream, signal?: AbortSignal): Output {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A closed terminal sends a signal as well, and that waits for a renewal.
    if (signal?.aborted === true) return;
    // Whoever read it has gone, as `head` does: end as programs end by SIGPIPE, without a word.
    if (error.code === "EPIPE") process.exit(exitCodes.closedPipe.status);
    throw error;
  });
  return {
    isTty: stream.isTTY,
    write: (data) =>
      new Promise((resolve) => {
        stream.write(data, () => {
          resolve();
        });
      }),
  };
}

async function readAll(signal: AbortSignal, limit = Infinity): Promise<Uint8Array> {
  const { addAbortSignal } = await import("node:stream");
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const data of addAbortSignal(signal, process.stdin)) {
      const chunk = data as Uint8Array;
      chunks.push(chunk);
      length += chunk.length;
      if (length > limit) break;
    }
  } catch (error) {
    signal.throwIfAborted(); // With its own reason.
    throw error;
  }
  return Buffer.concat(chunks);
}

async function readLine(signal: AbortSignal): Promise<string | undefined> {
  return await readTyped({}, signal);
}

/** The terminal is told not to echo; what readline would show instead goes nowhere. */
async function readHidden(prompt: string, signal: AbortSignal): Promise<string | undefined> {
  const { Writable } = await import("node:stream");
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = await readTyped({ output, terminal: true }, signal, prompt);
  process.stderr.write("\n");
  return line;
}

async function readTyped(
  options: Pick<ReadLineOptions, "output" | "terminal">,
  signal: AbortSignal,
  prompt = "",
): Promise<string | undefined> {
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: process.stdin, signal, ...options });
  process.stderr.write(prompt); // Not before: some type as soon as they are asked.
  // In raw mode Ctrl-C is a character like any other.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    // A closed input never gives a line, and readline says nothing of its own accord.
    return await new Promise((resolve) => {
      lines.once("line", resolve).once("close", () => {
        resolve(undefined);
      });
    });
  } finally {
    lines.close();
  }
}

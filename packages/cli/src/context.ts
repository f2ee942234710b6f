import type { AuthEvent } from "@org/auth-core";
import type { Environment, Product, Surroundings } from "@org/auth-client/source";

/** Everything a command touches of the world outside: the one seam, which tests fill in. */
export interface Context {
  readonly product: Product;
  readonly version: string;
  readonly env: Environment;
  /** The working directory, whose `.env` file and profile count. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
  /** The answer, and nothing else. */
  readonly stdout: Output;
  /** All else. */
  readonly stderr: Output;
  readonly stdin: Input;
  /** Aborts when the process is asked to end, with an {@link Interrupted} as the reason. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly fetch: typeof globalThis.fetch;
  /** Opens an address in a browser; `false`: there is none to be found. That it opened is not said by this. */
  readonly openBrowser: (url: string) => boolean;
  readonly onEvent: (event: AuthEvent) => void;
  /** Told what was found and is not used. */
  readonly onWarning: (warning: string) => void;
}

export interface Output {
  readonly isTty: boolean;
  /** Resolves when the text or bytes have left the process. */
  write(data: string | Uint8Array): Promise<void>;
}

export interface Input {
  readonly isTty: boolean;
  /** All there is to read, until it ends or is more than `limit` bytes. Rejects when `signal` aborts. */
  readAll(signal: AbortSignal, limit?: number): Promise<Uint8Array>;
  /** The next line that a person types; `undefined` when there is none any more, or `signal` aborts. */
  readLine(signal: AbortSignal): Promise<string | undefined>;
  /** The same without showing it, once `prompt` is shown: only at a terminal. */
  readHidden(prompt: string, signal: AbortSignal): Promise<string | undefined>;
}

/** What settings are read from. */
export function surroundingsOf({ env, folder, onWarning }: Context): Surroundings {
  return { env, folder, onWarning };
}

/** Writes one line for people. */
export async function say({ stderr }: Pick<Context, "stderr">, line: string): Promise<void> {
  await stderr.write(`${line}\n`);
}

/** Writes one JSON document, which is the whole answer. */
export async function answerJson({ stdout }: Pick<Context, "stdout">, document: object): Promise<void> {
  await stdout.write(`${JSON.stringify({ schemaVersion: 1, ...document })}\n`);
}

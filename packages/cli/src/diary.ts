import type { LogLevel, Product } from "@org/auth-client/source";
import { describeClockSkew, formatKey, printable, type AuthEvent } from "@org/auth-core";
import type { Output } from "./context.ts";

/** What a command says besides its answer, as much as `<PREFIX>LOG_LEVEL` asks for. */
export interface Diary {
  readonly onEvent: (event: AuthEvent) => void;
  readonly onWarning: (warning: string) => void;
  /** Resolves when all that was told so far is written. */
  readonly written: () => Promise<void>;
  /** Standard error for all else, which comes after what was told before it. */
  readonly stderr: Output;
}

/**
 * Writes what happens to standard error: of what did not go well each thing once; with `info` each renewal too; with
 * `debug` every event, as JSON. No event carries a secret. `error` says nothing.
 */
export function diary(product: Product, stderr: Output, logLevel: () => Promise<LogLevel>): Diary {
  const told = new Set<string>();
  let written = Promise.resolve();

  function write(level: LogLevel, lines: readonly string[]): void {
    written = written.then(async () => {
      const wanted = await logLevel();
      if (levels.indexOf(level) <= levels.indexOf(wanted)) await stderr.write(`${lines.join("\n")}\n`);
    });
  }
  function warn([warning, advice]: readonly string[]): void {
    if (warning === undefined || told.has(warning)) return;
    told.add(warning);
    write("warn", [`warning: ${warning}`, ...(advice === undefined ? [] : [`  ${advice}`])]);
  }

  return {
    written: () => written,
    stderr: { isTty: stderr.isTty, write: (data) => written.then(() => stderr.write(data)) },
    onWarning: (warning) => warn([printable(warning, 1000)]),
    onEvent: (event) => {
      warn(wordsFor(event, product));
      if (event.type === "renewal-ended") write("info", [`info: ${renewed(event)}`]);
      write("debug", [`debug: ${JSON.stringify(event)}`]);
    },
  };
}

const levels: readonly LogLevel[] = ["error", "warn", "info", "debug"];

function renewed({ key, outcome, error }: Extract<AuthEvent, { readonly type: "renewal-ended" }>): string {
  return `renewal of ${formatKey(key)}: ${outcome}${error === undefined ? "" : ` [${error.code}]`}`;
}

/** A warning, and what it means to whoever reads it. Nothing: it is of no concern to them. */
function wordsFor(event: AuthEvent, { name, envPrefix }: Product): readonly string[] {
  if (event.type === "clock-skewed") {
    return [`your clock is ${describeClockSkew(event.aheadMs)}, going by that of ${printable(event.issuer)}`];
  }
  if (event.type === "scopes-narrowed") {
    const lost = printable(event.lost.join(" "), 1000);
    return [`the server has taken scopes from this login: ${lost}`, `\`${name} login\` asks for them again`];
  }
  if (event.type !== "renewal-ended" || event.outcome !== "unsaved") return [];
  const why = event.error === undefined ? "" : `: ${printable(event.error.message)} [${event.error.code}]`;
  // What is not a login was got with a credential that somebody has given.
  if (event.key.fingerprint !== undefined) {
    return [
      `the renewed token could not be saved${why}`,
      `this command goes on; the next one asks anew, unless ${envPrefix}STORE names a store that works, such as file`,
    ];
  }
  return [
    `the renewed login could not be saved${why}`,
    `this command goes on; the next one may need \`${name} login\``,
  ];
}

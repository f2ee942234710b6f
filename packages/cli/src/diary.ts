import type { LogLevel } from "@org/auth-client/source";
import { describeClockSkew, formatKey, printable, type AuthEvent } from "@org/auth-core";
import { say, type Context } from "./context.ts";

/** What a command says besides its answer, as much as `<PREFIX>LOG_LEVEL` asks for. */
export interface Diary {
  readonly onEvent: (event: AuthEvent) => void;
  readonly onWarning: (warning: string) => void;
}

/**
 * Writes what happens to standard error: of what did not go well each thing once; with `info` each renewal too; with
 * `debug` every event, as JSON. No event carries a secret. `error` says nothing.
 */
export function diary(context: () => Context, logLevel: () => Promise<LogLevel>): Diary {
  const told = new Set<string>();

  async function write(level: LogLevel, lines: readonly string[]): Promise<void> {
    const wanted = await logLevel();
    if (levels.indexOf(level) > levels.indexOf(wanted)) return;
    for (const line of lines) await say(context(), line);
  }
  function warn([warning, advice]: readonly string[]): void {
    if (warning === undefined || told.has(warning)) return;
    told.add(warning);
    void write("warn", [`warning: ${warning}`, ...(advice === undefined ? [] : [`  ${advice}`])]);
  }

  return {
    onWarning: (warning) => warn([printable(warning, 1000)]),
    onEvent: (event) => {
      warn(wordsFor(event, context()));
      if (event.type === "renewal-ended") void write("info", [`info: ${renewed(event)}`]);
      void write("debug", [`debug: ${JSON.stringify(event)}`]);
    },
  };
}

const levels: readonly LogLevel[] = ["error", "warn", "info", "debug"];

function renewed({ key, outcome, error }: Extract<AuthEvent, { readonly type: "renewal-ended" }>): string {
  return `renewal of ${formatKey(key)}: ${outcome}${error === undefined ? "" : ` [${error.code}]`}`;
}

/** A warning, and what it means to whoever reads it. Nothing: it is of no concern to them. */
function wordsFor(event: AuthEvent, { product: { name } }: Context): readonly string[] {
  if (event.type === "clock-skewed") {
    return [`your clock is ${describeClockSkew(event.aheadMs)}, going by that of ${printable(event.issuer)}`];
  }
  if (event.type === "scopes-narrowed") {
    const lost = printable(event.lost.join(" "), 1000);
    return [`the server has taken scopes from this login: ${lost}`, `\`${name} login\` asks for them again`];
  }
  if (event.type !== "renewal-ended" || event.outcome !== "unsaved") return [];
  const why = event.error === undefined ? "" : `: ${printable(event.error.message)} [${event.error.code}]`;
  return [
    `the renewed login could not be saved${why}`,
    `this command goes on; the next one may need \`${name} login\``,
  ];
}

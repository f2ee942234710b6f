import { AuthError } from "@org/auth-core";
import type { Command } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";

/** Help for one topic, a command or `exit-codes`, or for the whole. Throws a usage error for any other topic. */
export function helpText(program: string, commands: readonly Command[], topic: string | undefined): string {
  if (topic === undefined) return overview(program, commands);
  if (topic === "exit-codes") return exitCodeList();
  const command = commands.find(({ name }) => name === topic);
  if (command !== undefined) return commandHelp(program, command);
  throw new AuthError("usage", `there is no help on ${JSON.stringify(topic)}`, { hint: `see \`${program} help\`` });
}

function overview(program: string, commands: readonly Command[]): string {
  return [
    `Usage: ${program} COMMAND [options]`,
    "",
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    ...columns([
      ["help", `this, or help on a command or on exit-codes: ${program} help login`],
      ["version", "the release"],
    ]),
    "",
  ].join("\n");
}

function commandHelp(program: string, { name, summary, operands, options }: Command): string {
  const rows = Object.entries(options).map(([option, { short, value, help }]) => {
    const names = `${short === undefined ? "" : `-${short}, `}--${option}`;
    return [value === undefined ? names : `${names} ${value}`, help] as const;
  });
  const usage = ["Usage:", program, name, "[options]", operands].filter((word) => word !== "").join(" ");
  return [usage, "", `${sentence(summary)}.`, "", ...columns(rows), ""].join("\n");
}

function exitCodeList(): string {
  return [...columns(Object.values(exitCodes).map(({ status, meaning }) => [String(status), meaning])), ""].join("\n");
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

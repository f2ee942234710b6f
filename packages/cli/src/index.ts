export { commands, main } from "./main.ts";
export type { Command, OptionSpec, OptionSpecs } from "./command.ts";
export type { Context, Input, Output } from "./context.ts";
export { exitCodes, type ExitName } from "./exit-codes.ts";
export { run, type RunOptions } from "./run.ts";
export { Interrupted } from "./interrupted.ts";

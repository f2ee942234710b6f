import { parseArgs } from "node:util";
import { AuthError, printable } from "@org/auth-core";
import type { Context } from "./context.ts";

/** One option of a command, as it is parsed and as help shows it. */
export interface OptionSpec {
  readonly type: "boolean" | "string";
  readonly short?: string;
  readonly multiple?: boolean;
  /** What stands for the value in help. */
  readonly value?: string;
  readonly help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What the options were set to. */
export type Values<Options extends OptionSpecs> = {
  readonly [Name in keyof Options]?: Options[Name] extends { readonly type: "boolean" }
    ? boolean
    : Options[Name] extends { readonly multiple: true }
      ? string[]
      : string;
};

/** A command: one row of the table that parsing and help are made from. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows the name in help, beside the options. */
  readonly operands: string;
  readonly options: OptionSpecs;
  /** Parses the rest of the command line and does the work. Resolves with the exit status. */
  readonly run: (args: readonly string[], context: Context) => Promise<number>;
}

export interface CommandDefinition<Options extends OptionSpecs> {
  readonly name: string;
  readonly summary: string;
  readonly operands?: string;
  readonly options: Options;
  readonly run: (values: Values<Options>, operands: readonly string[], context: Context) => Promise<number>;
}

/** Makes a {@link Command} whose work gets its options by their types. */
export function defineCommand<const Options extends OptionSpecs>(definition: CommandDefinition<Options>): Command {
  const { name, summary, operands = "", options, run } = definition;
  return {
    name,
    summary,
    operands,
    options,
    run: async (args, context) => {
      const hint = `see \`${context.product.name} help ${name}\``;
      const { values, positionals } = parse(args, options, hint);
      if (operands === "" && positionals.length > 0) {
        throw new AuthError("usage", `${name} takes no operand, but got ${String(positionals.length)}`, { hint });
      }
      return await run(values, positionals, context);
    },
  };
}

function parse(args: readonly string[], options: OptionSpecs, hint: string): { values: object; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    const [what] = (error instanceof Error ? error.message : "").split(/[.\n]/);
    throw new AuthError("usage", printable(what ?? "the command line cannot be read", 200), { hint });
  }
}

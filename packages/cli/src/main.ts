import { AuthError, printable } from "@org/auth-core";
import type { Command } from "./command.ts";
import { curl } from "./commands/curl.ts";
import { login } from "./commands/login.ts";
import { logout } from "./commands/logout.ts";
import { status } from "./commands/status.ts";
import { storage } from "./commands/storage.ts";
import { token } from "./commands/token.ts";
import type { Context } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { helpText } from "./help.ts";
import { reportError } from "./report-error.ts";

/** Every command there is, in the order in which help lists them. */
export const commands: readonly Command[] = [login, status, token, curl, logout, storage];

/** Runs one command line, without the program's own name. Resolves with the exit status; it never rejects. */
export async function main(args: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(args, context);
  } catch (error) {
    return await reportError(error, args.includes("--json"), context);
  }
}

async function dispatch([name, ...rest]: readonly string[], context: Context): Promise<number> {
  const { product, stdout, version } = context;
  if (name === "--version" || name === "version") {
    await stdout.write(`${version}\n`);
    return exitCodes.done.status;
  }
  const asksForHelp = name === undefined || name === "help" || name === "--help" || name === "-h";
  const topic = asksForHelp ? rest[0] : name;
  if (asksForHelp || rest.includes("--help") || rest.includes("-h")) {
    await stdout.write(helpText(product.name, commands, topic));
    return exitCodes.done.status;
  }

  const command = commands.find((command) => command.name === name);
  if (command === undefined) {
    throw new AuthError("usage", `there is no command ${printable(JSON.stringify(name), 100)}`, {
      hint: `see \`${product.name} help\``,
    });
  }
  return await command.run(rest, context);
}

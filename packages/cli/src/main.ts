import { readPreferences } from "@org/auth-client/source";
import { AuthError, printable } from "@org/auth-core";
import type { Command } from "./command.ts";
import { apiKey } from "./commands/api-key.ts";
import { curl } from "./commands/curl.ts";
import { explain } from "./commands/explain.ts";
import { importLogins } from "./commands/import.ts";
import { login } from "./commands/login.ts";
import { logout } from "./commands/logout.ts";
import { sites } from "./commands/sites.ts";
import { status } from "./commands/status.ts";
import { storage } from "./commands/storage.ts";
import { switchProfile } from "./commands/switch.ts";
import { token } from "./commands/token.ts";
import { trust, untrust } from "./commands/trust.ts";
import { whoami } from "./commands/whoami.ts";
import { surroundingsOf, type Context } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { helpText } from "./help.ts";
import { reportError } from "./report-error.ts";

/** Every command there is, in the order in which help lists them. */
export const commands: readonly Command[] = [
  login,
  status,
  whoami,
  explain,
  token,
  curl,
  logout,
  switchProfile,
  apiKey,
  sites,
  storage,
  importLogins,
  trust,
  untrust,
];

/** Runs one command line, without the program's own name. Resolves with the exit status; it never rejects. */
export async function main(args: readonly string[], context: Context): Promise<number> {
  let isJson = args.includes("--json");
  try {
    // What of them cannot be used is for `explain` to tell: it may be asked what would be without it.
    const { output } = await readPreferences(context.product, surroundingsOf(context)).catch((error: unknown) => {
      if (args[0] === "explain") return { output: undefined };
      throw error;
    });
    isJson ||= output === "json";
    return await dispatch(args, isJson, context);
  } catch (error) {
    return await reportError(error, isJson, context);
  }
}

async function dispatch([name, ...rest]: readonly string[], isJson: boolean, context: Context): Promise<number> {
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
  const asksForJson = isJson && "json" in command.options && !rest.includes("--json");
  return await command.run(asksForJson ? ["--json", ...rest] : rest, context);
}

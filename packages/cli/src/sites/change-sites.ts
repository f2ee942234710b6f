import {
  changeConfig,
  planConfigChange,
  shownConfig,
  type ConfigChange,
  type ConfigPlan,
  type WrittenConfig,
} from "@org/auth-client/source";
import { AuthError, printable } from "@org/auth-core";
import { answerJson, say, type Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { typingTimeoutMs, withinTime } from "../login/within-time.ts";
import { unifiedDiff } from "./unified-diff.ts";

export interface ChangeOptions {
  /** Show the change and write nothing. */
  readonly isDry: boolean;
  /** Write it without asking. */
  readonly isSure: boolean;
  readonly isJson: boolean;
}

/** Shows what a change makes of the configuration and writes it: at once, or when the person at the terminal says yes. */
export async function changeSites(change: ConfigChange, options: ChangeOptions, context: Context): Promise<number> {
  const { isDry, isSure, isJson } = options;
  const { product, env } = context;
  if (isDry && isSure) throw new AuthError("usage", "--yes and --dry-run exclude one another");
  if (isSure) {
    const written = await changeConfig(product, env, change);
    if (!isJson) await showDiff(written, context);
    return await told(written, isJson, context);
  }

  const plan = await planConfigChange(product, env, change);
  const isChange = plan.after !== plan.before;
  if (!isJson) await showDiff(plan, context);
  if (isDry || !isChange) return await told({ ...plan, isWritten: false }, isJson, context);
  if (isJson || !context.stdin.isTty || !context.stderr.isTty) throw nobodyToAsk();
  if (await isAgreed(plan, context)) return await told(await changeConfig(product, env, change, plan), isJson, context);
  await say(context, "Nothing was written.");
  return exitCodes.denied.status;
}

function nobodyToAsk(): AuthError {
  return new AuthError("usage", "nothing was written, for there is nobody to ask", {
    hint: "--yes writes it without asking, --dry-run only shows it",
  });
}

async function isAgreed({ path }: ConfigPlan, context: Context): Promise<boolean> {
  await context.stderr.write(`Write this to ${printable(path)} (y/N)? `);
  return await withinTime(typingTimeoutMs, context, async (signal) => {
    const answer = await context.stdin.readLine(signal);
    signal.throwIfAborted();
    return answer?.trim().toLowerCase() === "y";
  });
}

async function told(written: WrittenConfig, isJson: boolean, context: Context): Promise<number> {
  const { path, backup, before, after, isWritten } = written;
  if (isJson) await answerJson(context, { config: path, written: isWritten, backup, diff: await diffOf(written) });
  else if (before === after) await say(context, `${printable(path)} says so already.`);
  else if (!isWritten) await say(context, "Nothing was written.");
  else
    await say(
      context,
      `Wrote ${printable(path)}${backup === undefined ? "" : `; what it was is in ${printable(backup)}`}.`,
    );
  return exitCodes.done.status;
}

async function showDiff(plan: ConfigPlan, { stdout }: Context): Promise<void> {
  await stdout.write(await diffOf(plan));
}

/** The file may have a secret in it that somebody has written by hand, such as a proxy's password. */
async function diffOf({ path, before, after }: ConfigPlan): Promise<string> {
  return unifiedDiff(path, await shownConfig(before), await shownConfig(after));
}

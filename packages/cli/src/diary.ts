import { printable, type AuthEvent } from "@org/auth-core";
import { say, type Context } from "./context.ts";

/** Tells a person of what did not go well though their command did. */
export async function warnOf(event: AuthEvent, context: Context): Promise<void> {
  if (event.type !== "renewal-ended" || event.outcome !== "unsaved") return;
  const why = event.error === undefined ? "" : `: ${printable(event.error.message)} [${event.error.code}]`;
  await say(context, `warning: the renewed login could not be saved${why}`);
  await say(context, `  this command goes on; the next one may need \`${context.product.name} login\``);
}

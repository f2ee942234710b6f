import { printable } from "@org/auth-core";
import type { Context } from "../context.ts";

/** Prints an answer to standard output, with its status and headers before it when they are wanted. */
export async function printResponse(response: Response, isHeadWanted: boolean, context: Context): Promise<void> {
  if (isHeadWanted) await context.stdout.write(headOf(response));
  await printBody(response, context);
}

function headOf({ status, statusText, headers }: Response): string {
  const lines = [...headers].map(([name, value]) => `${name}: ${printable(value, 10_000)}`);
  return `${[`HTTP ${String(status)} ${printable(statusText)}`.trimEnd(), ...lines, ""].join("\n")}\n`;
}

/** Bytes as they are for a program; for a terminal nothing that it would obey, and a line of its own for the prompt. */
async function printBody({ body }: Response, { stdout }: Context): Promise<void> {
  const decoder = new TextDecoder();
  let last = "\n";
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    const data = stdout.isTty ? harmless(decoder.decode(chunk, { stream: true })) : chunk;
    await stdout.write(data);
    if (typeof data === "string" && data !== "") last = data.slice(-1);
  }
  if (stdout.isTty && last !== "\n") await stdout.write("\n");
}

function harmless(text: string): string {
  return text.replace(/[^\n\t]+/g, (run) => printable(run, Infinity));
}

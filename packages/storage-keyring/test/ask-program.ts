/**
 * Asks a keyring one thing, prints what came of it as one line of JSON and exits, with 6 when it failed:
 * `ask-program.ts BACKEND TIMEOUT_MS METHOD ARGUMENTS…`
 */
import { inspect } from "node:util";
import { isAuthError } from "@org/auth-core";
import { boundedKeyring, type KeytarLike } from "../src/index.ts";
import { backend } from "./backend.ts";

const [name, timeoutMs, method, ...args] = process.argv.slice(2);
const keyring = boundedKeyring(backend(name, Number(timeoutMs)), { timeoutMs: Number(timeoutMs) });
const call = keyring[method as keyof KeytarLike] as (...args: readonly string[]) => Promise<unknown>;
let status = 0;
try {
  console.log(JSON.stringify({ value: await call(...args) }));
} catch (error) {
  status = 6;
  const printed = inspect(error, { depth: 10, showHidden: true });
  console.log(JSON.stringify({ code: isAuthError(error) ? error.code : "none", message: String(error), printed }));
}
// eslint-disable-next-line no-restricted-properties -- It is a program.
process.exit(status);

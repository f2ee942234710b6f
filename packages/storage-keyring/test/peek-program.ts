/**
 * Prints the key that it peeks at, and whether something stands by to let it end, as one line of JSON and exits:
 * `peek-program.ts FOLDER SERVICE TIMEOUT_MS`, or `… asked TIMEOUT_MS` to be asked for it.
 */
import { isAuthError } from "@org/auth-core";
import { peekSealKey } from "../src/index.ts";

const [folder = "", service = "", ...times] = process.argv.slice(2);
const ms = Number(times.at(-1));
const answer = await peekSealKey({ folder, service, timeoutMs: times[0] === "asked" ? () => ms : ms }).then(
  (key) => ({ key: key && Buffer.from(key).toString("base64") }),
  (error: unknown) => ({ code: isAuthError(error) ? error.code : "none", message: String(error) }),
);
process.stdout.write(JSON.stringify({ ...answer, standsBy: process.listenerCount("exit") > 0 }));
// eslint-disable-next-line no-restricted-properties -- It is a program.
process.exit();

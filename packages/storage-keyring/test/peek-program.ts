/**
 * Prints the key that it peeks at, and whether something stands by to let it end, as one line of JSON and exits:
 * `peek-program.ts FOLDER SERVICE TIMEOUT_MS`
 */
import { peekSealKey } from "../src/index.ts";

const [folder = "", service = "", timeoutMs] = process.argv.slice(2);
const key = await peekSealKey({ folder, service, timeoutMs: Number(timeoutMs) }).catch(() => "rejected");
const text = typeof key === "object" ? Buffer.from(key).toString("base64") : key;
process.stdout.write(JSON.stringify({ key: text, standsBy: process.listenerCount("exit") > 0 }));
// eslint-disable-next-line no-restricted-properties -- It is a program.
process.exit();

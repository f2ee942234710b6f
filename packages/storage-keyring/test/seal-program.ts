/** Seals something and prints it, or opens what others have sealed: `seal-program.ts SERVICE LOCKS [SEALED…]` */
import { keyringSeal, systemKeyring } from "../src/index.ts";
import { folderMutex } from "./folder-mutex.ts";

const [service = "", locks = "", ...sealed] = process.argv.slice(2);
const keyring = systemKeyring({ inChildProcess: false, timeoutMs: 10_000 });
const seal = keyringSeal({ service, keyring, mutex: folderMutex(locks) });
if (sealed.length === 0) {
  process.stdout.write(Buffer.from(await seal.seal(Buffer.from("fake"), "context")).toString("base64"));
} else {
  const opened = sealed.map(async (one) => Buffer.from(await seal.open(Buffer.from(one, "base64"), "context")));
  process.stdout.write((await Promise.all(opened)).join(" "));
}

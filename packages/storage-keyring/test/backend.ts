import keytar from "@github/keytar";
import { systemKeyring, type KeytarLike } from "../src/index.ts";

/** The keyring that a test names, for the programs it starts. */
export function backend(name: string | undefined, timeoutMs: number): KeytarLike {
  if (name === "keytar") return keytar;
  return systemKeyring({ timeoutMs, inChildProcess: name === "child" });
}

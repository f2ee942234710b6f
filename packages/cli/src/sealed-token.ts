import { writeSync } from "node:fs";
import { isAtTerminal, keyringWaitMs, keyringWaitWords } from "@org/auth-client/source";
import { openSealed, peekToken, type PeekedToken } from "@org/auth-storage-file";
import { peekSealKey } from "@org/auth-storage-keyring";

/**
 * The access token of a login that is sealed with the product's key in the keyring. `undefined`, or a rejection, is no
 * answer, as of `peekToken` and `peekSealKey`; but a rejection with `keyring_hung` is what the whole program would say.
 */
export async function sealedToken(folder: string, stem: string, service: string): Promise<PeekedToken | undefined> {
  const asked = peekSealKey({ service, folder: import.meta.dirname, timeoutMs: wait });
  process.getBuiltinModule("node:crypto"); // While the keyring looks for the key: it takes four milliseconds to load.
  const key = await asked;
  return key && peekToken(folder, stem, (sealed) => openSealed(sealed, stem, key));
}

/** How long the keyring may take. A person, if there is one, is told. */
function wait(): number {
  const isTold = isAtTerminal();
  const timeoutMs = keyringWaitMs(isTold);
  if (isTold) writeSync(2, `${keyringWaitWords(timeoutMs)}\n`);
  return timeoutMs;
}

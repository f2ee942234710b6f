import { openSealed, peekToken, type PeekedToken } from "@org/auth-storage-file";
import { peekSealKey } from "@org/auth-storage-keyring";

/**
 * The access token of a login that is sealed with the product's key in the keyring. `undefined`, or a rejection, is no
 * answer, as of `peekToken` and `peekSealKey`.
 */
export async function sealedToken(folder: string, stem: string, service: string): Promise<PeekedToken | undefined> {
  const asked = peekSealKey({ service, folder: import.meta.dirname });
  process.getBuiltinModule("node:crypto"); // While the keyring looks for the key: it takes four milliseconds to load.
  const key = await asked;
  return key && peekToken(folder, stem, (sealed) => openSealed(sealed, stem, key));
}

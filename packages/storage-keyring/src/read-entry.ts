import { StoreError } from "@org/auth-core";
import type { KeytarLike } from "./keytar-like.ts";

const witness = "readable";
const witnessText = "This entry shows that the keyring can be read. It is no secret.";

/**
 * What an entry holds. `undefined`: it is certain that there is none.
 *
 * `null` is no proof of that: keytar says so on a locked keyring, and a database that is closed shows no entries to any
 * binding. So `null` counts only beside an entry known to be there, the witness. Where that is not seen either, it is
 * written: a locked keyring then asks to be unlocked or refuses, and one that was just unlocked is asked again. The
 * witness stays, so this happens once.
 */
export async function readEntry(keyring: KeytarLike, service: string, account: string): Promise<string | undefined> {
  const text = await keyring.getPassword(service, account);
  if (text !== null) return text;
  if ((await keyring.getPassword(service, witness)) !== null) return undefined;
  await keyring.setPassword(service, witness, witnessText);
  if ((await keyring.getPassword(service, witness)) !== witnessText) {
    throw new StoreError("keyring_locked", `the keyring does not show what is kept in it for ${service}`);
  }
  return (await keyring.getPassword(service, account)) ?? undefined;
}

import type { CredentialKey } from "@org/auth-core";
import { fileStore, type PeekedToken } from "@org/auth-storage-file";
import { keyringSeal, systemKeyring } from "@org/auth-storage-keyring";

/**
 * The access token of a login that is sealed with a key in the keyring. Rejects when the keyring does not give the key in
 * time, or there is no such login.
 *
 * The keyring is asked in this very process, which takes less time than starting another one: the program ends right
 * after, and nothing else goes on in it that a keyring that hangs could stop.
 */
export async function sealedToken(
  folder: string,
  service: string,
  key: CredentialKey,
): Promise<PeekedToken | undefined> {
  const seal = keyringSeal({ service, keyring: systemKeyring({ inChildProcess: false }) });
  const login = await fileStore({ folder, section: "keyring", seal }).read(key);
  return login?.kind === "token-set" && login.ended === undefined ? login : undefined;
}

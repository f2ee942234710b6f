import { explain, type Provenance } from "@org/auth-core";
import { search, type ResolveOptions } from "./resolve.ts";
import { ladderStore, type Storage } from "./storage/storage.ts";

/**
 * The credential outside the store that is used instead of the login that these options mean. `undefined`: the login is
 * used. No server is asked.
 */
export async function findExplicitWinner(
  options: ResolveOptions & { readonly storage: Storage },
): Promise<Provenance | undefined> {
  const { providers } = await search({ store: ladderStore(options.storage), ...options });
  const winner = (await explain(providers)).steps.find(({ outcome }) => outcome === "chosen");
  return winner === undefined || winner.place === "stored-login" ? undefined : winner.provenance;
}

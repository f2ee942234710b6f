import { abortable, printable, type CredentialStore, type FoundCredential } from "@org/auth-core";
import { isLogin } from "./find-login.ts";
import type { Settings } from "./settings.ts";

/**
 * Warns when a credential of the surroundings is used although a login of the same site and profile is kept. One that the
 * caller has handed over is meant, and hides nothing. A store that cannot be listed is of no matter to who needs nothing of it.
 */
export async function warnOfHiddenLogin(
  { provenance: { name, place } }: FoundCredential,
  { inputs, profile, site }: Settings,
  store: CredentialStore,
  warn: (warning: string) => void,
): Promise<void> {
  if (!inputs.places.some((variables) => variables.place === place)) return;
  // By their keys: nothing is opened for it. Nor is it waited for longer than a warning is worth.
  const keys = await abortable(store.list(), AbortSignal.timeout(1000)).catch(() => []);
  const isHidden = keys.some(
    (key) =>
      isLogin(key) &&
      key.profile === profile &&
      (site === undefined || (key.issuer === site.issuer && key.clientId === site.clientId)),
  );
  const [used, login] = [printable(name ?? place, 500), printable(profile)];
  if (isHidden)
    warn(`${used} is used instead of the login "${login}"; to use that give --ignore-env (in a program: ignoreEnv)`);
}

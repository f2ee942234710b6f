import { isLogin, resolve, type Resolution } from "@org/auth-client/source";
import { printable } from "@org/auth-core";
import type { Context } from "./context.ts";
import type { CommandOptions } from "./resolve-options.ts";

/** Finds the credential that a command is to use, and warns when it hides the login that a person may have meant. */
export async function resolveCredential(options: CommandOptions, context: Context): Promise<Resolution> {
  const resolution = await resolve(options);
  const { found, settings } = resolution;
  if (found.key !== undefined) return resolution;
  const { site, profile } = settings;
  // By their keys: nothing is opened for it.
  const hidden = (await options.store.list()).some(
    (key) =>
      isLogin(key) &&
      key.profile === profile &&
      (site === undefined || (key.issuer === site.issuer && key.clientId === site.clientId)),
  );
  const { name, place } = found.provenance;
  if (hidden) {
    context.onWarning(
      `${printable(name ?? place)} is used instead of the login "${printable(profile)}"; to use that give --ignore-env`,
    );
  }
  return resolution;
}

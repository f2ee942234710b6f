import type { ClientTargetOptions } from "./client-target.ts";
import type { ExplicitCredential } from "./providers/given.ts";

const explicit: Readonly<Record<keyof ExplicitCredential, true>> = {
  accessToken: true,
  apiKey: true,
  clientSecret: true,
  developerToken: true,
  password: true,
  privateKey: true,
  refreshToken: true,
  username: true,
};

/** Throws `TypeError` when the options have a credential besides the source that makes the tokens. */
export function checkOneCredential(options: ClientTargetOptions): void {
  const other = Object.keys(explicit).find((name) => name in options && options[name as keyof ExplicitCredential]);
  if (options.source === undefined || other === undefined) return;
  throw new TypeError(`give source or ${other}, not both`);
}

/** The same options; where the others have a credential, without the one that is here. */
export function withoutCredentialFor<Options extends ClientTargetOptions>(options: Options, others: Options): Options {
  const isCredential = (name: string): boolean => name === "source" || Object.hasOwn(explicit, name);
  const isGiven = Object.entries(others).some(([name, value]) => isCredential(name) && value !== undefined);
  if (!isGiven) return options;
  return Object.fromEntries(Object.entries(options).filter(([name]) => !isCredential(name))) as Options;
}

import { existsSync, readdirSync } from "node:fs";
import { defaultProduct, defaultSecretsFolder, readSettings, type Environment } from "@org/auth-client/source";

/** Which login is meant, and what the configuration says of it. */
export interface MeantLogin {
  /** Absent, with `clientId`: the one login of that profile. */
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly profile: string;
  /** How long before its end its token is renewed, at the most, in milliseconds. Default: as everywhere. */
  readonly refreshEarlyMs?: number | undefined;
}

/**
 * Reads it from all there is. `undefined`: something is found that a person is told of, or that may be a credential.
 * Rejects when a setting cannot be used.
 */
export async function readMeantLogin(named: string | undefined, env: Environment): Promise<MeantLogin | undefined> {
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  const { site, profile, inputs } = await readSettings(defaultProduct, { profile: named }, { env, onWarning });
  if (warnings.length > 0 || inputs.dotenv !== undefined || hasMountedSecrets()) return undefined;
  return { issuer: site?.issuer, clientId: site?.clientId, profile, refreshEarlyMs: site?.refreshEarlyMs };
}

function hasMountedSecrets(): boolean {
  const prefix = defaultProduct.envPrefix.toLowerCase();
  return existsSync(defaultSecretsFolder) && readdirSync(defaultSecretsFolder).some((name) => name.startsWith(prefix));
}

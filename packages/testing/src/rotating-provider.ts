import type { Configuration, Provider } from "oidc-provider";
import type { Answer } from "./loopback-server.ts";
import { signingKey, type SigningKey } from "./signing-key.ts";

/** An authorization server whose signing key can be replaced while it runs. */
export interface RotatingProvider {
  /** The one that answers now. */
  readonly current: Provider;
  readonly answer: Answer;
  /** The key that signs now. */
  readonly signingKey: SigningKey;
  /** Signs with a new key from now on. The old ones stay published, after it. */
  rotateKeys(): Promise<void>;
}

/**
 * Makes a {@link RotatingProvider}. oidc-provider's keys are fixed when it is made, so each rotation makes another, of the
 * same configuration and with the same records.
 */
export function rotatingProvider(
  make: (keys: Required<Configuration>["jwks"]) => Provider,
  firstKey: SigningKey,
): RotatingProvider {
  let keys: readonly [SigningKey, ...SigningKey[]] = [firstKey];
  let current = make({ keys: [...keys] });
  let answer = current.callback();
  return {
    get current() {
      return current;
    },
    get signingKey() {
      return keys[0];
    },
    answer: (request, response) => answer(request, response),
    async rotateKeys() {
      keys = [await signingKey(), ...keys];
      current = make({ keys: [...keys] });
      answer = current.callback();
    },
  };
}

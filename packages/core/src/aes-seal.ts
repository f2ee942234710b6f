import { StoreError } from "./index.ts";
import type { Seal } from "./seal.ts";

export interface AesSealOptions {
  /** Fills bytes with chance that nobody can guess. Default: `crypto.getRandomValues`. */
  readonly fillRandom?: ((bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
}

const format = 1;
const nonceBytes = 12;
const headBytes = 1 + nonceBytes;
const tagBytes = 16;

/**
 * Seals with AES-256-GCM, the context as associated data. `getKey` gives the 32 bytes of the key; it is asked when
 * something is first sealed or opened, and again after it failed.
 *
 * A sealed text is a format byte, a nonce of 12 bytes drawn at random, and the cipher text with its tag. Random nonces
 * are good for 2^32 seals with one key.
 *
 * @see [NIST SP 800-38D section 8.2.2](https://csrc.nist.gov/pubs/sp/800/38/d/final)
 */
export function aesSeal(getKey: () => Promise<Uint8Array<ArrayBuffer>>, options: AesSealOptions = {}): Seal {
  const { fillRandom = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes) } = options;
  let imported: ReturnType<typeof importKey> | undefined;

  async function importKey() {
    try {
      const bytes = await getKey();
      if (bytes.length !== 32) throw new StoreError("store_corrupt", "the key of the credential store is not 32 bytes");
      return await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
    } catch (error) {
      imported = undefined;
      throw error;
    }
  }

  function parameters(nonce: Uint8Array<ArrayBuffer>, context: string) {
    return { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(context) };
  }

  return {
    async seal(bytes, context) {
      const key = await (imported ??= importKey());
      const nonce = new Uint8Array(nonceBytes);
      fillRandom(nonce);
      const cipherText = await crypto.subtle.encrypt(parameters(nonce, context), key, new Uint8Array(bytes));
      const sealed = new Uint8Array(headBytes + cipherText.byteLength);
      sealed[0] = format;
      sealed.set(nonce, 1);
      sealed.set(new Uint8Array(cipherText), headBytes);
      return sealed;
    },

    async open(sealed, context) {
      const key = await (imported ??= importKey());
      const [found = 0] = sealed;
      if (found > format) {
        throw new StoreError("store_newer", `what is kept was sealed by a newer release (format ${found})`);
      }
      if (found !== format) throw tampered();
      const nonce = new Uint8Array(sealed.slice(1, headBytes));
      try {
        const cipherText = new Uint8Array(sealed.slice(headBytes));
        return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce, context), key, cipherText));
      } catch {
        throw tampered(); // It is told why by nothing: that would help whoever tries.
      }
    },
  };
}

/** What stands in a sealed text besides its format. */
export interface SealedParts {
  readonly nonce: Uint8Array;
  readonly cipherText: Uint8Array;
  readonly tag: Uint8Array;
}

/** The parts of what {@link aesSeal} has sealed, for whoever opens it by other means. `undefined`: another format. */
export function sealedParts(sealed: Uint8Array): SealedParts | undefined {
  if (sealed[0] !== format) return undefined;
  return {
    nonce: sealed.subarray(1, headBytes),
    cipherText: sealed.subarray(headBytes, -tagBytes),
    tag: sealed.subarray(-tagBytes),
  };
}

function tampered(): StoreError {
  return new StoreError("store_tampered", "what is kept was not sealed for this credential with this key");
}

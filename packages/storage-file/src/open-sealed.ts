import { sealedParts } from "@org/auth-core/storage";

/**
 * The text that an `aesSeal` of that key has sealed for that context, opened at once: for programs that start for this
 * alone, which loading Web Crypto would keep longer. Throws when it was sealed with another key, for another context, or
 * otherwise.
 */
export function openSealed(sealed: Uint8Array, context: string, key: Uint8Array): string {
  const parts = sealedParts(sealed);
  if (parts === undefined) throw new TypeError("it is sealed in another format");
  const { nonce, cipherText, tag } = parts;
  const { createDecipheriv } = process.getBuiltinModule("node:crypto");
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 }).setAAD(Buffer.from(context));
  decipher.setAuthTag(tag);
  return decipher.update(cipherText, undefined, "utf8") + decipher.final("utf8");
}

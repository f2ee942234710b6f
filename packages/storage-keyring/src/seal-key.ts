/** The name of the entry that holds a product's key, where nothing else is asked for. */
export const sealAccount = "seal-key";

/** A key as the keyring keeps it. */
export function formatSealKey(key: Uint8Array): string {
  return Buffer.from(key).toString("base64");
}

/** Reads what {@link formatSealKey} wrote. `undefined`: it did not write this. */
export function parseSealKey(text: string): Uint8Array<ArrayBuffer> | undefined {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
}

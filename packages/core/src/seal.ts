/**
 * Makes bytes unreadable and unchangeable for whoever lacks a key that lives elsewhere. `context` says what the bytes
 * are: what was sealed under one context opens under no other.
 */
export interface Seal {
  /** Rejects with {@link StoreError} when the key cannot be had. */
  seal(bytes: Uint8Array, context: string): Promise<Uint8Array>;
  /**
   * Rejects with {@link StoreError}: `store_tampered` when this is not what was sealed under that context with this key,
   * `store_newer` when a newer release has sealed it, and as {@link Seal.seal} does.
   */
  open(sealed: Uint8Array, context: string): Promise<Uint8Array>;
}

/** Without it, Linux falls back without a word to the kernel's keyring, which is gone after a restart. */
export const pinned = { linux: { store: "secret-service" } } as const;

/**
 * Loads oidc-provider without the line it prints, when it is first loaded, on a Node that is not a long-term one. This
 * kit is tested there.
 */
export async function loadProvider(): Promise<typeof import("oidc-provider")> {
  if (process.release.lts !== undefined) return await import("oidc-provider");

  /* eslint-disable no-console -- what is printed in the meantime by anyone else still is */
  const { warn } = console;
  const filtered = (...printed: unknown[]): void => {
    if (!String(printed[0]).includes("oidc-provider WARNING: Unsupported runtime")) warn(...printed);
  };
  console.warn = filtered;
  try {
    return await import("oidc-provider");
  } finally {
    if (console.warn === filtered) console.warn = warn;
  }
  /* eslint-enable no-console */
}

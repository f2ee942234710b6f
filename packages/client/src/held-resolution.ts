import type { Resolution, ResolveOptions } from "./resolve.ts";

/** `resolve`, once: what it found is held, and where it failed or found nobody the next call looks again. */
export function heldResolution(options: ResolveOptions): () => Promise<Resolution> {
  let held: Promise<Resolution> | undefined;

  async function find(): Promise<Resolution> {
    try {
      const { resolve } = await import("./late.ts");
      const resolution = await resolve(options);
      if (resolution.found.credential.kind === "anonymous") held = undefined;
      return resolution;
    } catch (error) {
      held = undefined;
      throw error;
    }
  }

  return () => (held ??= find());
}

import type { TestProject } from "vitest/node";
import { installSystemPackages } from "./install-system-packages.ts";
import { systemPackages } from "./system-package.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The system packages that are there, by name. */
    readonly systemPackages: readonly string[];
  }
}

/** Vitest's global set-up: installs what the tests need of the operating system, once for all of them. */
export async function setup({ provide }: Pick<TestProject, "provide">): Promise<void> {
  const { present, failure } = await installSystemPackages(systemPackages);
  if (failure !== undefined) process.stderr.write(`${failure}\n`);
  provide("systemPackages", present);
}

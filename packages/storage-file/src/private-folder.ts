import { mkdirSync } from "node:fs";

/** Makes a folder and those above it, where they are missing, that only their owner can look into. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a folder's files are: another text once any has been written, replaced or removed. */
export function stateOf(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  const states = files.map((name) => {
    const { ino, ctimeNs } = statSync(join(folder, name), { bigint: true });
    return `${name} ${String(ino)} ${String(ctimeNs)}`;
  });
  return states.join("\n");
}

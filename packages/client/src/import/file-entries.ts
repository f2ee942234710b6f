import type { FileContext, FileEntry } from "./found-login.ts";
import type { OtherSystem } from "./other-system.ts";
import { readLoginFile } from "./read-login-file.ts";
import { anacondaEntries } from "./systems/anaconda.ts";
import { descartesLabsEntries } from "./systems/descartes-labs.ts";
import { pancloudEntries } from "./systems/pancloud.ts";
import { wallarooEntries } from "./systems/wallaroo.ts";

const systems: Readonly<Record<OtherSystem, (json: unknown, context: FileContext) => readonly FileEntry[]>> = {
  anaconda: anacondaEntries,
  descarteslabs: descartesLabsEntries,
  pancloud: pancloudEntries,
  wallaroo: wallarooEntries,
};

/** The logins in a file of another system. Throws as {@link readLoginFile}, and for a file that has another shape. */
export function fileEntries(from: OtherSystem, context: FileContext): readonly FileEntry[] {
  return systems[from](readLoginFile(context.path), context);
}

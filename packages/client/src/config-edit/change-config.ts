import { isUtf8 } from "node:buffer";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { AuthError } from "@org/auth-core";
import { cannotWrite } from "../cannot-write.ts";
import { configPath, readConfigText } from "../config-file.ts";
import type { Environment } from "../environment.ts";
import type { Product } from "../product.ts";
import { sitesOf } from "../sites-of.ts";
import type { ConfigChange } from "./site-changes.ts";

/** What a change makes of the configuration. */
export interface ConfigPlan {
  readonly path: string;
  /** Empty: there is no file yet. */
  readonly before: string;
  readonly after: string;
}

/** What has been written. */
export interface WrittenConfig extends ConfigPlan {
  /** False: the file said so already. */
  readonly isWritten: boolean;
  /** Where the text from before is. Absent: there was none, or nothing was written. */
  readonly backup?: string | undefined;
}

/**
 * Says what a change would make of the configuration, and writes nothing. Rejects with {@link AuthError}: as the change
 * throws; `config_invalid` when the file is not valid as it is, would not be after it, or cannot be changed safely;
 * `config_missing` when the variables name no folder for it.
 */
export async function planConfigChange(product: Product, env: Environment, change: ConfigChange): Promise<ConfigPlan> {
  const path = configPath(product, env);
  const before = readConfigText(path) ?? "";
  if (before !== "" && !isUtf8(readFileSync(path))) {
    throw new AuthError("config_invalid", `${path} is not all UTF-8, so changing it would do harm to it`);
  }
  const { parseConfig } = await import("../parse-config.ts");
  const { editToml } = await import("./edit-toml.ts");
  const { parseTable } = await import("./toml-text.ts");
  const config = { path, ...sitesOf(parseConfig(before, path), product, path) };
  const after = editToml(before, change({ data: parseTable(before), config, product }));
  if (after === undefined) {
    throw new AuthError("config_invalid", `${path} is written in a way that cannot be changed safely by a program`, {
      hint: `change it with an editor: ${path}`,
    });
  }
  const wouldBe = `${path} after this change`;
  sitesOf(parseConfig(after, wouldBe), product, wouldBe);
  return { path, before, after };
}

/**
 * Changes the configuration, one process at a time, and keeps the text from before beside it as `config.backup.toml`.
 * The file becomes readable by its owner only; one that is a symbolic link stays one. Rejects as {@link planConfigChange}
 * does, and with `config_unchanged` when it cannot be written, or the change is not what was `agreed` any more.
 */
export async function changeConfig(
  product: Product,
  env: Environment,
  change: ConfigChange,
  agreed?: ConfigPlan,
): Promise<WrittenConfig> {
  configPath(product, env); // Said first: what it would say of credentials is beside the point.
  const { atomicWrite, dataFolder, fileMutex, makePrivateFolder } = await import("@org/auth-storage-file");
  const mutex = fileMutex({ folder: join(dataFolder({ appName: product.name, env }), "locks") });
  return await mutex.run("configuration", async () => {
    const plan = await planConfigChange(product, env, change);
    const { path, before, after } = plan;
    if (agreed !== undefined && (before !== agreed.before || after !== agreed.after)) {
      throw new AuthError("config_unchanged", `${path} has been changed by someone else since you were shown it`, {
        hint: "run the command again",
      });
    }
    if (after === before) return { ...plan, isWritten: false };
    const backup = before === "" ? undefined : backupPath(path);
    try {
      makePrivateFolder(dirname(path));
      if (backup !== undefined) atomicWrite(backup, before);
      atomicWrite(existsSync(path) ? realpathSync(path) : path, after);
    } catch (error) {
      throw cannotWrite(path, error);
    }
    return { ...plan, isWritten: true, backup };
  });
}

function backupPath(path: string): string {
  const end = extname(path);
  return join(dirname(path), `${basename(path, end)}.backup${end}`);
}

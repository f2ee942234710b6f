import { realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AuthError, shellQuoted } from "@org/auth-core";
import { cannotWrite } from "./cannot-write.ts";
import { configFolder, findConfigFolder } from "./config-file.ts";
import type { Environment } from "./environment.ts";
import type { Product } from "./product.ts";
import { readSmallFile } from "./read-small-file.ts";
import { requireUnchangedByOthers } from "./unchanged-by-others.ts";

/** What a person has chosen by command, rather than by writing it into their configuration. */
export interface Choices {
  /** The profile that is meant where no folder has one. Absent: none was chosen. */
  readonly defaultProfile?: string | undefined;
  /** Profiles by the folders that they are bound to, with all below them. */
  readonly profiles: Readonly<Record<string, string>>;
  /** The SHA-256, in hexadecimal, of each `.env` file that the person trusts, by its path. */
  readonly trusted: Readonly<Record<string, string>>;
}

const none: Choices = { profiles: {}, trusted: {} };

/** Reads them. Throws {@link AuthError} (`config_invalid`) when the file is not what {@link changeChoices} writes. */
export function readChoices(product: Product, env: Environment): Choices {
  const folder = findConfigFolder(product, env);
  if (folder === undefined) return none;
  const path = choicesPath(folder);
  const file = readSmallFile(path, { longestBytes: 1024 * 1024 });
  if (file.kind === "absent") return none;
  const hint = `move it away: mv ${shellQuoted(path)} ${shellQuoted(`${path}.old`)}`;
  if (file.kind !== "file") throw new AuthError("config_invalid", `cannot read ${path} (${file.problem})`, { hint });
  requireUnchangedByOthers(path, file.stats);
  const { defaultProfile, profiles, trusted } = parse(file.bytes.toString("utf8")) ?? {};
  const isWhole =
    (defaultProfile === undefined || typeof defaultProfile === "string") && isTexts(profiles) && isTexts(trusted);
  if (isWhole) return { defaultProfile, profiles, trusted };
  throw new AuthError("config_invalid", `${path} is not what it was`, { hint });
}

/**
 * Changes them, one process at a time. Rejects with {@link AuthError}: as {@link readChoices} throws, `config_missing`
 * when the variables name no folder for them, `config_unchanged` when they cannot be written.
 */
export async function changeChoices(
  product: Product,
  env: Environment,
  change: (current: Choices) => Choices,
): Promise<void> {
  const path = choicesPath(configFolder(product, env));
  const { atomicWrite, dataFolder, fileMutex, makePrivateFolder } = await import("@org/auth-storage-file");
  const mutex = fileMutex({ folder: join(dataFolder({ appName: product.name, env }), "locks") });
  await mutex.run("choices", () => {
    const next = change(readChoices(product, env));
    try {
      makePrivateFolder(dirname(path));
      atomicWrite(path, `${JSON.stringify(next, undefined, 2)}\n`);
    } catch (error) {
      throw cannotWrite(path, error);
    }
    return Promise.resolve();
  });
}

/** The profile that a folder, or the nearest one above it, is bound to, and which folder that is. `undefined`: none is. */
export function profileOfFolder(
  { profiles }: Choices,
  folder: string,
): { readonly profile: string; readonly folder: string } | undefined {
  for (let at = realFolder(folder); ; at = dirname(at)) {
    const profile = Object.hasOwn(profiles, at) ? profiles[at] : undefined;
    if (profile !== undefined) return { profile, folder: at };
    if (dirname(at) === at) return undefined;
  }
}

/** A folder by the one path that no symbolic link leads to. */
export function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}

function choicesPath(folder: string): string {
  return join(folder, "choices.json");
}

function parse(text: string): Partial<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");
}

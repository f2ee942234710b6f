import { basename, dirname, join } from "node:path";
import { AuthError } from "@org/auth-core";
import { changeChoices, readChoices, realFolder } from "./choices.ts";
import type { Environment } from "./environment.ts";
import type { Product } from "./product.ts";
import { readDotenv, type DotenvFile } from "./variables/dotenv-file.ts";

/** Whether the person has trusted this very file, as it is now. */
export async function isTrusted({ path, bytes }: DotenvFile, product: Product, env: Environment): Promise<boolean> {
  const { trusted } = readChoices(product, env);
  const name = nameOf(path);
  return Object.hasOwn(trusted, name) && trusted[name] === (await sha256(bytes));
}

/**
 * Lets a `.env` file, as it is now, say what only a person's own settings may. Gives the product's variables in it, by
 * their whole names. Rejects with {@link AuthError} (`config_invalid`) when there is no such file, or none of them in it.
 */
export async function trust(path: string, product: Product, env: Environment): Promise<readonly string[]> {
  const warnings: string[] = [];
  const file = readDotenv(path, product, (warning) => warnings.push(warning));
  if (file === undefined) {
    throw new AuthError("config_invalid", warnings[0] ?? `${path} has no ${product.envPrefix} variable in it`, {
      hint: "name a folder with a .env file, or the file",
    });
  }
  await trustFile(file, product, env);
  return [...file.values.values()].map(({ name }) => name);
}

/** The same for one that has been read: what is trusted is what was read, whatever the file has become since. */
export async function trustFile({ path, bytes }: DotenvFile, product: Product, env: Environment): Promise<void> {
  const hash = await sha256(bytes);
  await changeChoices(product, env, (current) => ({
    ...current,
    trusted: { ...current.trusted, [nameOf(path)]: hash },
  }));
}

/** Takes that back. Gives whether the file had been trusted. */
export async function untrust(path: string, product: Product, env: Environment): Promise<boolean> {
  let wasTrusted = false;
  await changeChoices(product, env, (current) => {
    const { [nameOf(path)]: hash, ...trusted } = current.trusted;
    wasTrusted = hash !== undefined;
    return { ...current, trusted };
  });
  return wasTrusted;
}

/** The one path of a file, whatever symbolic links lead to its folder. */
function nameOf(path: string): string {
  return join(realFolder(dirname(path)), basename(path));
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256").update(bytes).digest("hex");
}

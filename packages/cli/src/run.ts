import type { Product } from "@org/auth-client/source";
import { runProcess } from "./bin-main.ts";

export interface RunOptions {
  /** What follows the program's own name. Default: the process's arguments. */
  readonly args?: readonly string[] | undefined;
  /** What `version` prints. Default: the release of this package. */
  readonly version?: string | undefined;
}

/**
 * Runs a product's own command: every command there is, with the product's name in help and hints, its folders, its
 * variables and its sites. It is the whole process's: it reads its environment and streams, minds its signals, and sets
 * its exit status, which is told apart by `help exit-codes`. It never rejects.
 */
export async function run(product: Product, { args = process.argv.slice(2), version }: RunOptions = {}): Promise<void> {
  await runProcess(args, product, version);
}

import type { Storage } from "@org/auth-client/source";
import { formatKey, isAuthError, printable, StoreError, type AuthError, type CredentialKey } from "@org/auth-core";
import { say, type Context } from "../context.ts";
import { openContextStorage, probe } from "../storage.ts";
import { typingTimeoutMs, withinTime } from "./within-time.ts";

/**
 * The storage to keep a login in, tried before a person is asked for anything. Where nobody has chosen one and there is
 * no keyring, a person is asked whether a lower one will do; without a terminal that is an error. Never is one taken
 * silently.
 */
export async function usableStorage(storage: Storage, context: Context, canAsk: boolean): Promise<Storage> {
  try {
    await probe(storage);
    return storage;
  } catch (error) {
    if (!isAuthError(error) || storage.reason === "asked" || !error.code.startsWith("keyring_")) throw error;
    if (!canAsk) throw withHint(error, context);
    return await askForLower(error, context);
  }
}

/** Puts a login that cannot be read aside, so that a new one can take its place, and says where it is. */
export async function clearUnreadable(storage: Storage, key: CredentialKey, context: Context): Promise<void> {
  try {
    await storage.mutex.run(formatKey(key), () => storage.home.store.update(key, (current) => current));
  } catch (error) {
    if (!isAuthError(error) || (error.code !== "store_corrupt" && error.code !== "store_tampered")) throw error;
    await say(context, `note: ${printable(error.message, 1000)}`);
  }
}

async function askForLower(problem: AuthError, context: Context): Promise<Storage> {
  await say(context, `The keyring cannot be used: ${printable(problem.message)} [${problem.code}]`);
  await context.stderr.write("Keep the login in a file that only you can read (y), in memory only (m), or stop (N)? ");
  const answer = await withinTime(typingTimeoutMs, context, async (signal) => {
    const line = await context.stdin.readLine(signal);
    signal.throwIfAborted();
    return line?.trim().toLowerCase();
  });
  if (answer !== "y" && answer !== "m") throw withHint(problem, context);
  const lower = openContextStorage({ kind: answer === "y" ? "file" : "memory", isWhole: true }, context);
  await probe(lower);
  return lower;
}

function withHint({ code, message }: AuthError, { product }: Context): AuthError {
  return new StoreError(code, message, {
    hint: `\`${product.name} login --store file\` keeps the login in a file that only you can read`,
  });
}

import {
  clearUnreadable as putUnreadableAside,
  hasStorePassphrase,
  type Environment,
  type Storage,
} from "@org/auth-client/source";
import { AuthError, isAuthError, printable, StoreError, type CredentialKey } from "@org/auth-core";
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

/** Puts what cannot be read aside, wherever it is kept, so that a new login can take its place, and says where it is. */
export async function clearUnreadable(storage: Storage, key: CredentialKey, context: Context): Promise<void> {
  for (const { message } of await putUnreadableAside(storage, key)) {
    await say(context, `note: ${printable(message, 1000)}`);
  }
}

async function askForLower(problem: AuthError, context: Context): Promise<Storage> {
  await say(context, `The keyring cannot be used: ${printable(problem.message)} [${problem.code}]`);
  await context.stderr.write("Keep the login in an encrypted file (y), in memory only (m), or stop (N)? ");
  const answer = await withinTime(typingTimeoutMs, context, async (signal) => {
    const line = await context.stdin.readLine(signal);
    signal.throwIfAborted();
    return line?.trim().toLowerCase() ?? "";
  });
  const kind = ["y", "yes"].includes(answer) ? "passphrase" : ["m", "memory"].includes(answer) ? "memory" : undefined;
  if (kind === undefined) throw withHint(problem, context);
  const env = kind === "passphrase" ? await withPassphrase(context) : context.env;
  const lower = openContextStorage({ kind, isWhole: true }, { ...context, env });
  await probe(lower);
  return lower;
}

/** The environment with the passphrase that seals the file. Where nothing says it, the person is asked for one. */
async function withPassphrase(context: Context): Promise<Environment> {
  const { product, env, stdin } = context;
  if (hasStorePassphrase(product, env)) return env;
  const name = `${product.envPrefix}STORE_PASSPHRASE`;
  const [first, second] = await withinTime(typingTimeoutMs, context, async (signal) => {
    const once = await stdin.readHidden("Passphrase for the file (not shown): ", signal);
    signal.throwIfAborted();
    const again = await stdin.readHidden("Once more: ", signal);
    signal.throwIfAborted();
    return [once ?? "", again];
  });
  if (first === "" || first !== second) throw new AuthError("usage", "a passphrase is needed, twice the same");
  await say(context, `note: other commands find it in ${name}, or in the file that ${name}_FILE names`);
  return { ...env, [name]: first };
}

function withHint({ code, message }: AuthError, { product }: Context): AuthError {
  return new StoreError(code, message, {
    hint: `\`${product.name} login --store file\` keeps the login unencrypted, in a file that only you can read`,
  });
}

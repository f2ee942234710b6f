import {
  keyringWaitMs,
  keyringWaitWords,
  openStorage,
  probeStore,
  type OpenStorageOptions,
  type Storage,
} from "@org/auth-client/source";
import { apiKey } from "@org/auth-core";
import { say, type Context } from "./context.ts";

/** The storage of the person whose command this is. */
export function openContextStorage(
  { kind, isWhole, isTrial }: Pick<OpenStorageOptions, "isTrial" | "isWhole" | "kind">,
  context: Context,
): Storage {
  const { product, env, stdin, stderr } = context;
  const isAtTerminal = stdin.isTty && stderr.isTty;
  return openStorage({
    kind,
    isWhole,
    isTrial,
    product,
    env,
    keyringTimeoutMs: keyringWaitMs(isAtTerminal),
    onKeyringWait: (timeoutMs) => void (isAtTerminal && say(context, keyringWaitWords(timeoutMs))),
    onWarning: (warning) => void say(context, `note: ${warning}`),
  });
}

/** Tries whether the storage's home keeps what it is given, before anything depends on it. */
export async function probe(storage: Storage): Promise<void> {
  await probeStore(storage, apiKey({ apiKey: "probe" }));
}

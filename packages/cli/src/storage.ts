import { openStorage, probeStore, type OpenStorageOptions, type Storage } from "@org/auth-client/source";
import { apiKey } from "@org/auth-core";
import { say, type Context } from "./context.ts";

/** How long a keyring may take: a person may have to answer its prompt first. */
const [withPersonMs, withoutPersonMs] = [60_000, 3_000];

/** The storage of the person whose command this is. */
export function openContextStorage(
  { kind, isWhole }: Pick<OpenStorageOptions, "isWhole" | "kind">,
  context: Context,
): Storage {
  const { product, env, stdin, stderr } = context;
  return openStorage({
    kind,
    isWhole,
    product,
    env,
    keyringTimeoutMs: stdin.isTty && stderr.isTty ? withPersonMs : withoutPersonMs,
    onWarning: (warning) => void say(context, `note: ${warning}`),
  });
}

/** Tries whether the storage's home keeps what it is given, before anything depends on it. */
export async function probe(storage: Storage): Promise<void> {
  await probeStore(storage, apiKey({ apiKey: "probe" }));
}

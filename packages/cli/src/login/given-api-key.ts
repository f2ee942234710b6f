import { signInApi } from "@org/auth-client/source";
import { apiKey, AuthError, jwtExpiryMs, type ApiKey } from "@org/auth-core";
import type { Context } from "../context.ts";
import type { LoginTask } from "./login-request.ts";
import { typingTimeoutMs, withinTime } from "./within-time.ts";

const longest = 64 * 1024;

/** An API key that somebody pipes or pastes in: never an argument, where every user of the machine could read it. */
export async function givenApiKey({
  context,
  site,
  timeoutMs = typingTimeoutMs,
}: Pick<LoginTask, "context" | "site" | "timeoutMs">): Promise<ApiKey> {
  const { now } = context;
  const key = (await withinTime(timeoutMs, context, (signal) => readKey(context, signal))).trim();
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > longest) {
    throw new AuthError("usage", "standard input holds no API key: one word that a header can carry", {
      hint: `${context.product.name} login --with-token < key.txt`,
    });
  }
  const expiresAtMs = jwtExpiryMs(key);
  if (expiresAtMs !== undefined && expiresAtMs <= now()) {
    throw new AuthError("config_invalid", `the key has ended: ${new Date(expiresAtMs).toISOString()}`, {
      hint: "have a new one made",
    });
  }
  return apiKey({ apiKey: key, expiresAtMs, api: signInApi(site) });
}

async function readKey({ stdin }: Context, signal: AbortSignal): Promise<string> {
  const text = stdin.isTty
    ? await stdin.readHidden("Paste the key, then press Enter (it is not shown): ", signal)
    : new TextDecoder().decode(await stdin.readAll(signal, longest));
  signal.throwIfAborted();
  return text ?? "";
}

import { variable } from "@org/auth-client/source";
import type { Context } from "./context.ts";

/**
 * Why no browser on this machine can be shown to the person, or `undefined` when one can.
 *
 * It looks at the environment only: whether there is a browser to run is found out when it is opened.
 */
export function whyNoLocalBrowser({
  env,
  platform,
  product,
}: Pick<Context, "env" | "platform" | "product">): string | undefined {
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  if (isSet("CODESPACES")) return "this is a codespace";
  if (isSet("SSH_CONNECTION") && !isSet("DISPLAY") && !isSet("WAYLAND_DISPLAY")) return "SSH_CONNECTION is set";
  if (
    platform !== "linux" ||
    variable(product, env, "BROWSER") !== undefined ||
    isSet("BROWSER") ||
    isSet("WSL_DISTRO_NAME")
  )
    return undefined;
  return isSet("DISPLAY") || isSet("WAYLAND_DISPLAY") ? undefined : "there is no DISPLAY";
}

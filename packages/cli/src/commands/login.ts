import { readSettings } from "@org/auth-client/source";
import { AuthError, LoginRequiredError } from "@org/auth-core";
import { defineCommand, type Command, type Values } from "../command.ts";
import { commonOptions, explicitSettings, storeKind } from "../common-options.ts";
import type { Context } from "../context.ts";
import { durationMs } from "../duration.ts";
import { whyNoLocalBrowser } from "../local-browser.ts";
import { finishLogin } from "../login/finish-login.ts";
import { clearUnreadable, usableStorage } from "../login/usable-storage.ts";
import { browserLogin } from "../login/browser-login.ts";
import { deviceLogin, resumeDeviceLogin, startDetachedLogin } from "../login/device-login.ts";
import { httpOf, keyOf, type LoginRequest } from "../login/login-request.ts";
import { openContextStorage } from "../storage.ts";

const options = {
  ...commonOptions,
  browser: { type: "boolean", help: "open a browser on this machine, terminal or not" },
  "no-browser": { type: "boolean", help: "print the address to open, and wait" },
  device: { type: "boolean", help: "sign in on another device, by a code" },
  "no-wait": { type: "boolean", help: "with --device: print the code and come back at once (exit 8)" },
  resume: { type: "string", value: "ID", help: "go on with a sign-in that --no-wait began" },
  timeout: { type: "string", value: "TIME", help: "how long to wait (default: 5m); with --resume 0 asks once" },
} as const;

/** Signs a person in and keeps the login. */
export const login: Command = defineCommand({
  name: "login",
  summary: "sign in",
  options,
  async run(values, _operands, context) {
    const mode = modeOf(values, context);
    const timeoutMs = values.timeout === undefined ? undefined : durationMs(values.timeout, "--timeout");
    // Kept in one place, and taken away from the others.
    const storage = openContextStorage({ kind: storeKind(values.store), isWhole: true }, context);
    const isJson = values.json === true;
    if (values.resume !== undefined) {
      return await resumeDeviceLogin(values.resume, { storage, isJson, timeoutMs, context });
    }

    const { site, profile } = await readSettings(context.product, explicitSettings(values), context.env);
    if (site === undefined) throw noSite(context);
    const request = await prepare({ site, profile, storage, isJson, timeoutMs, context });
    if (mode === "detached") return await startDetachedLogin(request);
    const tokens = mode === "device" ? await deviceLogin(request) : await browserLogin(request, mode);
    return await finishLogin(tokens, request);
  },
});

/** How the person is brought to the server. */
type Mode = "browser" | "detached" | "device" | "print";

function modeOf(values: Values<typeof options>, context: Context): Mode {
  const asked = (["browser", "no-browser", "device"] as const).filter((name) => values[name] === true);
  if (asked.length > 1) throw new AuthError("usage", `--${asked.join(" and --")} exclude one another`);
  const [way] = asked;
  if (values["no-wait"] === true) {
    if (way !== "device") throw new AuthError("usage", "--no-wait goes with --device");
    return "detached";
  }
  if (way === "no-browser") return "print";
  if (way !== undefined) return way;

  const obstacle = whyNobodyCanBeAsked(values.json === true, context);
  if (obstacle !== undefined && values.resume === undefined) throw cannotAsk(obstacle, context);
  return whyNoLocalBrowser(context) === undefined ? "browser" : "device";
}

function whyNobodyCanBeAsked(isJson: boolean, { env, stdin, stderr }: Context): string | undefined {
  if ((env["CI"] ?? "") !== "") return "CI is set";
  if (isJson) return "--json is given";
  return stdin.isTty && stderr.isTty ? undefined : "there is no terminal";
}

function cannotAsk(why: string, { product: { name, envPrefix } }: Context): AuthError {
  return new LoginRequiredError(`this shell cannot sign in interactively: ${why}`, {
    hint:
      `set ${envPrefix}API_KEY, or ${envPrefix}CLIENT_ID and ${envPrefix}CLIENT_SECRET; or run ` +
      `\`${name} login --device --no-wait --json\` and hand the code to a person`,
  });
}

function noSite({ product }: Context): AuthError {
  return new AuthError("config_missing", "nothing says where to sign in", {
    hint: `give --issuer and --client-id, set ${product.envPrefix}ISSUER and ${product.envPrefix}CLIENT_ID, or configure a site`,
  });
}

/** What can fail without a person is tried before one is asked for anything: the server first, then the storage. */
async function prepare(request: Omit<LoginRequest, "server">): Promise<LoginRequest> {
  const { context, isJson } = request;
  const { authorizationServer } = await import("@org/auth-flows");
  const server = await authorizationServer(request.site.issuer, httpOf(request));
  const canAsk = whyNobodyCanBeAsked(isJson, context) === undefined;
  const storage = await usableStorage(request.storage, context, canAsk);
  const prepared = { ...request, server, storage };
  await clearUnreadable(storage, keyOf(prepared), context);
  return prepared;
}

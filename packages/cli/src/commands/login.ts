import { forgetServer, knownServer, locate } from "@org/auth-client/source";
import { AuthError, isAuthError, LoginRequiredError, printable, type ApiKey, type TokenSet } from "@org/auth-core";
import { defineCommand, type Command, type Values } from "../command.ts";
import { commonOptions, explicitSettings, storeKind } from "../common-options.ts";
import { say, type Context } from "../context.ts";
import { durationMs } from "../duration.ts";
import { exitCodes } from "../exit-codes.ts";
import { whyNoLocalBrowser } from "../local-browser.ts";
import { alreadySignedIn } from "../login/already-signed-in.ts";
import { browserLogin } from "../login/browser-login.ts";
import { deviceLogin, resumeDeviceLogin, startDetachedLogin } from "../login/device-login.ts";
import { answerComplete, keepAndTell, keepTokens, nameOf, tellOfKept } from "../login/finish-login.ts";
import { givenApiKey } from "../login/given-api-key.ts";
import { httpOf, keyOf, type LoginRequest, type LoginTask } from "../login/login-request.ts";
import { passwordLogin } from "../login/password-login.ts";
import { refuseSecretInArgv } from "../login/refuse-secret-in-argv.ts";
import { trustedSettings } from "../login/trusted-settings.ts";
import { clearUnreadable, usableStorage } from "../login/usable-storage.ts";
import { openContextStorage } from "../storage.ts";
import { whyNobodyCanBeAsked } from "../why-nobody-can-be-asked.ts";

const options = {
  ...commonOptions,
  browser: { type: "boolean", help: "open a browser on this machine, terminal or not; with --device for its page" },
  "no-browser": { type: "boolean", help: "print the address to open, and wait" },
  device: { type: "boolean", help: "sign in on another device, by a code" },
  "with-token": { type: "boolean", help: "keep an API key, read from standard input" },
  basic: { type: "boolean", help: "sign in with a user name and a password (deprecated)" },
  "prompt-account": { type: "boolean", help: "have the server ask which account it is to be" },
  force: { type: "boolean", help: "sign in anew though there is a login; with --with-token: in its place" },
  "no-wait": { type: "boolean", help: "with --device: print the code and come back at once (exit 8)" },
  resume: { type: "string", value: "ID", help: "go on with a sign-in that --no-wait began" },
  timeout: { type: "string", value: "TIME", help: "how long to wait (default: 5m); with --resume 0 asks once" },
} as const;

const command = defineCommand({
  name: "login",
  summary: "sign in",
  options,
  async run(values, _operands, context) {
    const way = wayOf(values);
    const timeoutMs = values.timeout === undefined ? undefined : durationMs(values.timeout, "--timeout");
    // Kept in one place, and taken away from the others.
    const storage = openContextStorage({ kind: storeKind(values.store), isWhole: true }, context);
    const isJson = values.json === true;
    if (values.resume !== undefined) {
      return await resumeDeviceLogin(values.resume, { storage, isJson, timeoutMs, context });
    }

    const canAsk = whyNobodyCanBeAsked(isJson, context) === undefined;
    const { site, profile } = await trustedSettings(explicitSettings(values), context, canAsk);
    if (site === undefined) throw noSite(context);
    const begun = { site, profile, storage, isJson, timeoutMs, context };
    // Who gives a key wants just that one kept, and who wants to choose an account wants to be asked.
    const isAnew = values.force === true || values["prompt-account"] === true || way === "with-token";
    if (!isAnew && (await tellOfLogin(begun))) return exitCodes.done.status;
    const mode = modeOf(way, values, context);
    if (mode === "token") {
      return await keepAndTell(await givenApiKey(begun), await readied(begun), values.force === true);
    }

    const request = await prepare(begun, values);
    try {
      if (mode === "detached") return await startDetachedLogin(request);
      return await tellOfKept(await signIn(mode, values, request), request);
    } catch (error) {
      // What is known of the server may be out of date.
      if (isAuthError(error) && mayBeStale.has(error.code)) await forgetServer(site.issuer, context);
      throw error;
    }
  },
});

/** Signs a person in and keeps the login. */
export const login: Command = {
  ...command,
  run: async (args, context) => {
    refuseSecretInArgv(args, context);
    return await command.run(args, context);
  },
};

const mayBeStale: ReadonlySet<string> = new Set(["bad_response", "network", "server_error", "unsupported_by_server"]);

/** How the person is brought to the server. */
type Mode = "browser" | "detached" | "device" | "elsewhere" | "password" | "print" | "token";
type Way = "basic" | "browser" | "device" | "no-browser" | "with-token";

function wayOf(values: Values<typeof options>): Way | undefined {
  const ways = ["browser", "no-browser", "device", "with-token", "basic"] as const;
  const isWay = (name: Way): boolean => !(name === "browser" && values.device === true);
  const asked = ways.filter((name) => values[name] === true && isWay(name));
  if (asked.length > 1) throw new AuthError("usage", `--${asked.join(" and --")} exclude one another`);
  const [way] = asked;
  if (values["no-wait"] === true && (way !== "device" || values.browser === true)) {
    throw new AuthError("usage", "--no-wait goes with --device, and opens no browser");
  }
  return way;
}

function modeOf(way: Way | undefined, values: Values<typeof options>, context: Context): Mode {
  if (way === "device") return values["no-wait"] === true ? "detached" : "device";
  if (way === "no-browser") return "print";
  if (way === "with-token") return "token";
  if (way === "browser") return way;
  const obstacle = whyNobodyCanBeAsked(values.json === true, context);
  if (obstacle !== undefined) throw cannotAsk(obstacle, context);
  if (way === "basic") return "password";
  return whyNoLocalBrowser(context) === undefined ? "browser" : "elsewhere";
}

/** Signs in, and keeps what that brings. */
async function signIn(
  mode: Exclude<Mode, "detached" | "token">,
  { browser = false }: Values<typeof options>,
  request: LoginRequest,
): Promise<ApiKey | TokenSet> {
  if (mode === "password") return await keepTokens(await passwordLogin(request), request);
  if (mode === "device") return await keepTokens(await deviceLogin(request, browser), request);
  if (mode !== "elsewhere") return await browserLogin(request, mode);
  const why = whyNoLocalBrowser(request.context) ?? "";
  const hasCodes = request.server.deviceAuthorizationEndpoint !== undefined;
  await say(request.context, `No local browser here: ${why}.${hasCodes ? " Using a code instead." : ""}`);
  if (!hasCodes) return await browserLogin(request, "print");
  return await keepTokens(await deviceLogin(request, false), request);
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

/** Whether there is a login that does what this one would; then it says so, and nobody is asked for anything. */
async function tellOfLogin(begun: LoginTask): Promise<boolean> {
  const { context, isJson, storage } = begun;
  const kept = await alreadySignedIn(begun);
  if (kept === undefined) return false;
  if (isJson) await answerComplete(kept, begun, await locate(storage, keyOf(begun)));
  else await say(context, `Already signed in as ${printable(nameOf(kept.account))}. To sign in anew give --force.`);
  return true;
}

/** What can fail without a person is tried before one is asked for anything: the server first, then the storage. */
async function prepare(begun: LoginTask, values: Values<typeof options>): Promise<LoginRequest> {
  const { context, site, storage } = begun;
  const { product, env } = context;
  if (values.force === true) await forgetServer(site.issuer, context);
  const isForgetful = storage.home.kind === "memory";
  const server = await knownServer(site, { product, env, http: httpOf(begun), isForgetful });
  const extraParameters = values["prompt-account"] === true ? { prompt: "select_account" } : undefined;
  return await readied({ ...begun, server, extraParameters });
}

async function readied<Begun extends LoginTask>(begun: Begun): Promise<Begun> {
  const { context, isJson } = begun;
  const canAsk = whyNobodyCanBeAsked(isJson, context) === undefined;
  const storage = await usableStorage(begun.storage, context, canAsk);
  const ready = { ...begun, storage };
  await clearUnreadable(storage, keyOf(ready), context);
  return ready;
}

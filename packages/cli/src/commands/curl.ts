import { authorizedFetch, readSettings, resolve, siteFetch, type Settings } from "@org/auth-client/source";
import { AuthError, isAuthError, type ApiTarget, type FoundCredential, type TokenSource } from "@org/auth-core";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { surroundingsOf, type Context } from "../context.ts";
import { exitStatusOfResponse } from "../curl/exit-status.ts";
import { printResponse } from "../curl/print-response.ts";
import { bodyOf, headersOf, urlOf } from "../curl/request-parts.ts";
import { durationMs } from "../duration.ts";
import { exitCodes } from "../exit-codes.ts";
import { requireWhatIsAsked } from "../require-what-is-asked.ts";
import { resolveOptions } from "../resolve-options.ts";

/** Calls the API with the token. */
export const curl: Command = defineCommand({
  name: "curl",
  summary: "call the API with the right token",
  operands: "PATH|URL",
  options: {
    ...commonOptions,
    request: { type: "string", short: "X", value: "METHOD", help: "the method (default: GET, or POST with a body)" },
    header: { type: "string", short: "H", value: "'NAME: VALUE'", multiple: true, help: "a header to send" },
    data: { type: "string", short: "d", value: "DATA", help: "the body: text, @FILE, or @- for standard input" },
    include: { type: "boolean", short: "i", help: "show status and headers before the body" },
    "max-time": { type: "string", value: "TIME", help: "how long it may take (default: 60s)" },
    "no-auth": { type: "boolean", help: "send no token, to whatever host" },
    "no-fail": { type: "boolean", help: "exit 0 whatever status the API answers" },
    "dry-run": { type: "boolean", help: "print the request and send nothing" },
  },
  async run(values, [path, ...others], context) {
    if (path === undefined || others.length > 0) throw new AuthError("usage", "curl takes one path or URL");
    const { source, api, fetch, settings, found, loginCommand } = await target(values, context);
    const url = urlOf(path, api);
    if (source !== undefined && api?.origins.includes(url.origin) !== true)
      throw notAllowed(url, { api, settings, found }, context);

    const headers = headersOf(values.header ?? []);
    if (source !== undefined && headers.has("authorization")) {
      throw new AuthError("usage", "an Authorization header of your own and the login's token cannot both be sent", {
        hint: "leave one out: the header, or the token with --no-auth",
      });
    }
    if (settings !== undefined) addSettingHeaders(headers, settings);
    const body = await bodyOf(values.data, context);
    if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
    const method = (values.request ?? (body === undefined ? "GET" : "POST")).toUpperCase();
    if (values["dry-run"] === true) return await dryRun(method, url, headers, source !== undefined, context);

    const maxTimeMs = durationMs(values["max-time"] ?? "60s", "--max-time");
    const response = await send(
      url,
      { method, headers, body: body ?? null },
      { source, api, fetch, maxTimeMs, context },
    );
    await printResponse(response, values.include === true, context);
    if (values["no-fail"] === true) return exitCodes.done.status;
    return await exitStatusOfResponse({ method, url, response, loginCommand }, source !== undefined, context);
  },
});

interface Target {
  /** Absent: no token is sent. */
  readonly source?: TokenSource | undefined;
  readonly api?: ApiTarget | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly found?: FoundCredential | undefined;
  readonly loginCommand?: string | undefined;
  /** Whose headers go with the request. Absent: it may go to any host, so none do. */
  readonly settings?: Settings | undefined;
}

/** What the settings say to the API goes along where the request itself says nothing of that name. */
function addSettingHeaders(headers: Headers, { extraHeaders = {}, apiVersion }: Settings): void {
  const own = apiVersion === undefined ? {} : { "api-version": apiVersion };
  for (const [name, value] of Object.entries({ ...extraHeaders, ...own })) {
    if (!headers.has(name)) headers.set(name, value);
  }
}

async function target(
  values: Parameters<typeof resolveOptions>[0] & { readonly "no-auth"?: boolean },
  context: Context,
): Promise<Target> {
  const options = resolveOptions(values, context);
  if (values["no-auth"] !== true) {
    const resolution = await resolve(options);
    requireWhatIsAsked(resolution, values);
    return resolution;
  }
  const { apiUrl, site } = await readSettings(context.product, options, surroundingsOf(context));
  const fetch = siteFetch(site, context);
  return apiUrl === undefined ? { fetch } : { api: { baseUrl: apiUrl, origins: [] }, fetch };
}

function notAllowed(
  { host, origin, protocol }: URL,
  { api, settings, found }: Pick<Target, "api" | "found" | "settings">,
  { product }: Context,
): AuthError {
  const site = api === undefined ? undefined : settings?.site?.name;
  const address = protocol === "https:" ? host : origin;
  // A login that nobody has named goes only where it was made for, whatever the API is said to be.
  const { issuer, clientId } = settings?.site === undefined ? (found?.key ?? {}) : {};
  const options = [
    ...["--api-url", origin],
    ...(issuer === undefined ? [] : ["--issuer", issuer, "--client-id", clientId]),
  ].join(" ");
  const allow =
    site === undefined ? `give ${options}` : `run \`${product.name} sites allow-host ${address} --site ${site}\``;
  const own =
    api === undefined || api.origins.length === 0
      ? "the login names no API"
      : `its API is at ${api.origins.join(", ")}`;
  // It goes where its own file says, whatever else is allowed.
  const isPair =
    found?.provenance.place === "dotenv" && found.credential.kind === "api-key" && found.credential.api !== undefined;
  const fix = isPair ? "have the .env file that its key is in name it" : allow;
  return new AuthError("host_not_allowed", `${host} is not where this token may go, so nothing was sent; ${own}`, {
    hint: `if ${origin} is your API ${fix}; to call it without a token give --no-auth`,
  });
}

async function dryRun(
  method: string,
  url: URL,
  headers: Headers,
  hasToken: boolean,
  { stdout }: Context,
): Promise<number> {
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  if (hasToken) lines.push("authorization: Bearer ***");
  await stdout.write(`${[`${method} ${url.href}`, ...lines].join("\n")}\n`);
  return exitCodes.done.status;
}

async function send(
  url: URL,
  init: RequestInit,
  { source, api, fetch, maxTimeMs, context }: Target & { readonly maxTimeMs: number; readonly context: Context },
): Promise<Response> {
  const authorized =
    source === undefined
      ? fetch
      : authorizedFetch(source, { origins: api?.origins ?? [], fetch, onEvent: context.onEvent });
  const deadline = AbortSignal.timeout(maxTimeMs);
  try {
    return await authorized(url, { ...init, signal: AbortSignal.any([context.signal, deadline]) });
  } catch (error) {
    context.signal.throwIfAborted();
    if (isAuthError(error)) throw error;
    if (deadline.aborted)
      throw new AuthError("timeout", `${url.host} did not answer within ${String(maxTimeMs / 1000)} s`);
    const { fetchFailure } = await import("@org/auth-flows");
    throw fetchFailure(error, url.host);
  }
}

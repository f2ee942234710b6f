import { readFileSync } from "node:fs";
import { authorizedFetch, readSettings, resolve } from "@org/auth-client/source";
import { AuthError, isAuthError, secureUrl, type ApiTarget, type TokenSource } from "@org/auth-core";
import { printable } from "@org/auth-flows";
import { defineCommand, type Command } from "../command.ts";
import { commonOptions } from "../common-options.ts";
import { say, type Context } from "../context.ts";
import { durationMs } from "../duration.ts";
import { exitCodes } from "../exit-codes.ts";
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
    const { source, api } = await target(values, context);
    const url = urlOf(path, api);
    if (source !== undefined && api?.origins.includes(url.origin) !== true) throw notAllowed(url, api);

    const headers = headersOf(values.header ?? []);
    if (source !== undefined && headers.has("authorization")) {
      throw new AuthError("usage", "an Authorization header of your own and the login's token cannot both be sent", {
        hint: "leave one out: the header, or the token with --no-auth",
      });
    }
    const body = await bodyOf(values.data, context);
    if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
    const method = (values.request ?? (body === undefined ? "GET" : "POST")).toUpperCase();
    if (values["dry-run"] === true) return await dryRun(method, url, headers, source !== undefined, context);

    const maxTimeMs = durationMs(values["max-time"] ?? "60s", "--max-time");
    const response = await send(url, { method, headers, body: body ?? null }, { source, api, maxTimeMs, context });
    if (values.include === true) await context.stdout.write(headOf(response));
    await printBody(response, context);
    return await judge(response, source !== undefined, values["no-fail"] === true, context);
  },
});

interface Target {
  /** Absent: no token is sent. */
  readonly source?: TokenSource | undefined;
  readonly api?: ApiTarget | undefined;
}

async function target(
  values: Parameters<typeof resolveOptions>[0] & { readonly "no-auth"?: boolean },
  context: Context,
): Promise<Target> {
  const options = await resolveOptions(values, context);
  if (values["no-auth"] !== true) return await resolve(options);
  const { apiUrl } = await readSettings(context.product, options, context.env);
  return apiUrl === undefined ? {} : { api: { baseUrl: apiUrl, origins: [] } };
}

function urlOf(path: string, api: ApiTarget | undefined): URL {
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) {
    const url = secureUrl(path);
    if (url === undefined) throw new AuthError("insecure_endpoint", `${printable(path)} is no https: address`);
    return url;
  }
  if (api === undefined) {
    throw new AuthError("config_missing", `${printable(path)} is relative, and nothing says to what`, {
      hint: "give --api-url, or a whole address",
    });
  }
  const base = api.baseUrl.endsWith("/") ? api.baseUrl : `${api.baseUrl}/`;
  return new URL(`./${path.replace(/^[/\\]+/, "")}`, base);
}

function notAllowed({ host, origin }: URL, api: ApiTarget | undefined): AuthError {
  const own = api === undefined ? "the login names no API" : `its API is at ${api.origins.join(", ")}`;
  return new AuthError("host_not_allowed", `${host} is not where this token may go, so nothing was sent; ${own}`, {
    hint: `if ${origin} is your API give --api-url ${origin}; to call it without a token give --no-auth`,
  });
}

function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    try {
      if (colon < 1) throw new TypeError("no colon");
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch {
      // The value may be a secret: it is not repeated.
      throw new AuthError(
        "usage",
        `--header ${printable(line.slice(0, Math.max(colon, 0)), 100)} is not "NAME: VALUE"`,
      );
    }
  }
  return headers;
}

async function bodyOf(data: string | undefined, { stdin }: Context): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (data === undefined) return undefined;
  if (!data.startsWith("@")) return new TextEncoder().encode(data);
  if (data === "@-") return new Uint8Array(await stdin.readAll());
  try {
    return new Uint8Array(readFileSync(data.slice(1)));
  } catch (error) {
    throw new AuthError("usage", `cannot read the body from ${printable(data.slice(1))}`, { cause: error });
  }
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
  { source, api, maxTimeMs, context }: Target & { readonly maxTimeMs: number; readonly context: Context },
): Promise<Response> {
  const { fetch } = context;
  const authorized = source === undefined ? fetch : authorizedFetch(source, { origins: api?.origins ?? [], fetch });
  const deadline = AbortSignal.timeout(maxTimeMs);
  try {
    return await authorized(url, { ...init, signal: AbortSignal.any([context.signal, deadline]) });
  } catch (error) {
    context.signal.throwIfAborted();
    if (isAuthError(error)) throw error;
    if (deadline.aborted)
      throw new AuthError("timeout", `${url.host} did not answer within ${String(maxTimeMs / 1000)} s`);
    throw new AuthError("network", `${url.host} cannot be reached${causeOf(error)}`);
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
}

function headOf({ status, statusText, headers }: Response): string {
  const lines = [...headers].map(([name, value]) => `${name}: ${printable(value, 10_000)}`);
  return `${[`HTTP ${String(status)} ${printable(statusText)}`.trimEnd(), ...lines, ""].join("\n")}\n`;
}

/** Bytes as they are for a program; for a terminal nothing that it would obey. */
async function printBody({ body }: Response, { stdout }: Context): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    await stdout.write(stdout.isTty ? harmless(decoder.decode(chunk, { stream: true })) : chunk);
  }
}

function harmless(text: string): string {
  return text.replace(/[^\n\t]+/g, (run) => printable(run, Infinity));
}

async function judge(
  { status, headers }: Response,
  hasToken: boolean,
  isAnyStatusFine: boolean,
  context: Context,
): Promise<number> {
  if (isAnyStatusFine || status < 400) return exitCodes.done.status;
  const challenge = headers.get("www-authenticate") ?? "";
  if (status === 401 && hasToken) {
    await say(context, `error: the API refused the token, and there is no better one [login_required]`);
    await say(context, `  fix: sign in again: ${context.product.name} login`);
    return exitCodes.loginRequired.status;
  }
  if (status === 403 && challenge.includes("insufficient_scope")) {
    const scope = /scope="([^"]{1,500})"/.exec(challenge)?.[1];
    await say(context, `error: the token lacks a scope the API wants [access_denied]`);
    if (scope !== undefined) await say(context, `  fix: ${context.product.name} login --scope "${printable(scope)}"`);
    return exitCodes.denied.status;
  }
  return exitCodes.httpError.status;
}

import { AuthError, secureUrl } from "@org/auth-core";
import { parse as parseToml, TomlError } from "smol-toml";
import * as v from "valibot";
import { proxyAddress } from "./proxy-rule.ts";
import type { SiteEndpoints } from "./site.ts";
import type { ParsedConfig, SiteFields, SiteTable } from "./sites-of.ts";

const text = v.pipe(v.string(), v.minLength(1));
const texts = v.array(text);
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(24 * 60 * 60));
// Reading an address drops tabs and line ends, and an issuer is compared letter by letter.
const unbroken = v.pipe(
  text,
  v.check(
    (value) => !/\s|[^ -~\u00a0-\u{10ffff}]/u.test(value),
    "Invalid address: Expected no blank and no control character",
  ),
);
const url = v.pipe(
  unbroken,
  v.check((value) => secureUrl(value) !== undefined, "Invalid address: Expected https: without a user name"),
);
const proxy = v.pipe(
  text,
  v.check((value) => proxyAddress(value) !== undefined, "Invalid address: Expected http: or https:"),
);
const site = v.strictObject({
  base: v.optional(text),
  issuer: v.optional(url),
  client_id: v.optional(text),
  scopes: v.optional(texts),
  audiences: v.optional(texts),
  resources: v.optional(texts),
  api_url: v.optional(url),
  allowed_origins: v.optional(v.array(url)),
  redirect: v.optional(
    v.strictObject({
      host: v.optional(v.picklist(["127.0.0.1", "localhost"])),
      path: v.optional(v.pipe(v.string(), v.startsWith("/"))),
      ports: v.optional(v.array(port)),
    }),
  ),
  landing: v.optional(v.strictObject({ success: url, error: url })),
  api_keys_urls: v.optional(v.array(url)),
  api_key_scopes: v.optional(texts),
  login_keeps: v.optional(v.picklist(["api-key", "tokens"])),
  developer_token_url: v.optional(url),
  endpoints: v.optional(
    v.strictObject({
      token: v.optional(url),
      authorization: v.optional(url),
      device_authorization: v.optional(url),
      revocation: v.optional(url),
      jwks: v.optional(url),
    }),
  ),
  authorization_parameters: v.optional(v.record(text, v.string())),
  workload_grant: v.optional(v.picklist(["client-assertion", "jwt-bearer", "token-exchange"])),
  json_token_requests: v.optional(v.boolean()),
  client_secret_method: v.optional(v.picklist(["basic", "post"])),
  dpop: v.optional(v.boolean()),
  retry_lost_response: v.optional(v.boolean()),
  refresh_early_seconds: v.optional(seconds),
  clock_tolerance_seconds: v.optional(seconds),
  proxy: v.optional(proxy),
  ca_file: v.optional(text),
});
// A map, for a record would leave out sites with names such as `constructor`.
const sites = v.pipe(
  v.custom<object>(isTable, "Invalid type: Expected Object"),
  v.transform((tables) => new Map<string, unknown>(Object.entries(tables))),
  v.map(text, site),
);
const schema = v.strictObject({ default_site: v.optional(text), sites: v.optional(sites, {}) });

/** Reads a configuration. Throws {@link AuthError} (`config_invalid`) that names the line or the field, and no value. */
export function parseConfig(content: string, path: string): ParsedConfig {
  if (content.length > longestText) throw new AuthError("config_invalid", `${path} is larger than 1 MiB`);
  const result = v.safeParse(schema, parse(content, path), { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new AuthError("config_invalid", `${path}: ${v.getDotPath(issue) ?? "the file"}: ${complaint(issue)}`);
  }
  const { default_site: defaultSite, sites: tables } = result.output;
  return { defaultSite, tables: new Map([...tables].map(([name, table]) => [name, siteTable(table)])) };
}

const longestText = 1024 * 1024;

/** The field of a site for each field of a table. */
function siteTable({ base, ...table }: v.InferOutput<typeof site>): SiteTable {
  const named: SiteFields = {
    issuer: table.issuer,
    clientId: table.client_id,
    scopes: table.scopes,
    audiences: table.audiences,
    resources: table.resources,
    apiUrl: table.api_url,
    allowedOrigins: table.allowed_origins,
    redirect: table.redirect,
    landing: table.landing,
    apiKeysUrls: table.api_keys_urls,
    apiKeyScopes: table.api_key_scopes,
    loginKeeps: table.login_keeps,
    developerTokenUrl: table.developer_token_url,
    endpoints: table.endpoints && siteEndpoints(table.endpoints),
    authorizationParameters: table.authorization_parameters,
    workloadGrant: table.workload_grant,
    jsonTokenRequests: table.json_token_requests,
    clientSecretMethod: table.client_secret_method,
    dpop: table.dpop,
    retryLostResponse: table.retry_lost_response,
    refreshEarlyMs: inMs(table.refresh_early_seconds),
    clockToleranceMs: inMs(table.clock_tolerance_seconds),
    proxy: table.proxy,
    caFile: table.ca_file,
  };
  // What is not said must not hide what a base site says.
  return { base, fields: Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) };
}

function siteEndpoints({
  device_authorization: deviceAuthorization,
  ...others
}: NonNullable<v.InferOutput<typeof site>["endpoints"]>): SiteEndpoints {
  return { ...others, deviceAuthorization };
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function parse(content: string, path: string): unknown {
  try {
    return parseToml(content);
  } catch (error) {
    // The parser's message quotes the line, which may hold anything.
    const at = error instanceof TomlError ? `:${String(error.line)}:${String(error.column)}` : "";
    throw new AuthError("config_invalid", `${path}${at}: this is not TOML`);
  }
}

function isTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function complaint({ expected, message }: v.BaseIssue<unknown>): string {
  // Valibot's message ends with the value, which may be anything.
  return expected === "never" ? "there is no such field" : message.replace(/(:| but) received .*/is, "");
}

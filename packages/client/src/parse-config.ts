import { AuthError } from "@org/auth-core";
import { parse as parseToml, TomlError } from "smol-toml";
import * as v from "valibot";
import type { ConfigFile } from "./config-file.ts";
import type { Site } from "./site.ts";

const text = v.pipe(v.string(), v.minLength(1));
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const site = v.strictObject({
  issuer: text,
  client_id: text,
  scopes: v.optional(v.array(text)),
  api_url: v.optional(text),
  redirect: v.optional(
    v.strictObject({
      host: v.optional(v.picklist(["127.0.0.1", "localhost"])),
      path: v.optional(v.pipe(v.string(), v.startsWith("/"))),
      ports: v.optional(v.array(port)),
    }),
  ),
});
// A map, for a record would leave out sites with names such as `constructor`.
const sites = v.pipe(
  v.custom<object>(isTable, "Invalid type: Expected Object"),
  v.transform((tables) => new Map<string, unknown>(Object.entries(tables))),
  v.map(text, site),
);
const schema = v.strictObject({ default_site: v.optional(text), sites: v.optional(sites, {}) });

/** Reads a configuration. Throws {@link AuthError} (`config_invalid`) that names the line or the field, and no value. */
export function parseConfig(content: string, path: string): ConfigFile {
  const result = v.safeParse(schema, parse(content, path), { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new AuthError("config_invalid", `${path}: ${v.getDotPath(issue) ?? "the file"}: ${complaint(issue)}`);
  }

  const { default_site: named, sites: tables } = result.output;
  const sites = new Map<string, Site>(
    [...tables].map(([name, { issuer, client_id: clientId, scopes, api_url: apiUrl, redirect }]) => [
      name,
      { name, issuer, clientId, scopes, apiUrl, redirect },
    ]),
  );
  if (named !== undefined && !sites.has(named)) {
    throw new AuthError("config_invalid", `${path}: default_site: there is no site of that name`);
  }
  return { path, defaultSite: named ?? (sites.size === 1 ? [...sites.keys()][0] : undefined), sites };
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

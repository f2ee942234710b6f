import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { formatKey, type AuthorizationServer } from "@org/auth-core";
import { authorizationServerFromJson } from "@org/auth-core/storage";
import type { HttpOptions } from "@org/auth-flows";
import type { Environment } from "../environment.ts";
import type { Product } from "../product.ts";
import { namedServer, siteServer, withEndpoints } from "../site-server.ts";
import type { Site } from "../site.ts";
import { requireUnchangedByOthers } from "../unchanged-by-others.ts";

/** Servers change their metadata seldom; a day later it is asked for again. */
const longestAgeMs = 24 * 60 * 60 * 1000;

export interface KnownServerOptions {
  readonly product: Product;
  readonly env: Environment;
  readonly http: HttpOptions;
  /** Ask the server, whatever is known, and keep nothing on disk. Default: false. */
  readonly isForgetful?: boolean | undefined;
}

/**
 * The metadata of a site's server: what the last sign-in there has learnt, for a day, so that a second one asks for
 * nothing that is known. A file that cannot be read or written costs a request and nothing else.
 *
 * Rejects as `authorizationServer` does.
 */
export async function knownServer(site: Site, options: KnownServerOptions): Promise<AuthorizationServer> {
  const { http, isForgetful = false } = options;
  const { now = Date.now } = http;
  const path = isForgetful || namedServer(site) !== undefined ? undefined : cachePath(site.issuer, options);
  const known = path === undefined ? undefined : readKnown(path, site.issuer, now());
  if (known !== undefined) return withEndpoints(known, site);

  // What the site itself names is not the server's to have said.
  const server = await siteServer(path === undefined ? site : { ...site, endpoints: undefined }, http);
  if (path !== undefined) await keep(path, { learntAtMs: now(), server });
  return withEndpoints(server, site);
}

/** Forgets what is known of a server: it answers as if it were another one. */
export async function forgetServer(
  issuer: string,
  options: Pick<KnownServerOptions, "env" | "product">,
): Promise<void> {
  const path = cachePath(issuer, options);
  if (path === undefined) return;
  const { rm } = await import("node:fs/promises");
  await rm(path, { force: true }).catch(ignore);
}

function readKnown(path: string, issuer: string, nowMs: number): AuthorizationServer | undefined {
  try {
    requireUnchangedByOthers(path);
    const { learntAtMs, server } = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
    const isYoung = typeof learntAtMs === "number" && learntAtMs <= nowMs && nowMs < learntAtMs + longestAgeMs;
    const known = isYoung ? authorizationServerFromJson(server) : undefined;
    return known?.issuer === issuer ? known : undefined;
  } catch {
    return undefined;
  }
}

async function keep(path: string, known: { readonly learntAtMs: number; readonly server: AuthorizationServer }) {
  const { atomicWrite, makePrivateFolder } = await import("@org/auth-storage-file");
  try {
    makePrivateFolder(dirname(path));
    atomicWrite(path, JSON.stringify(known));
  } catch {
    // The next sign-in asks again.
  }
}

function ignore(): void {
  // Where nothing can be removed, nothing can be learnt either: it is at most a day old.
}

/** `$XDG_CACHE_HOME/<name>/servers`, by default `~/.cache/…`. `undefined`: there is no home to have it in. */
function cachePath(issuer: string, { product, env }: Pick<KnownServerOptions, "env" | "product">): string | undefined {
  const base = [env["XDG_CACHE_HOME"], env["LOCALAPPDATA"]].find((path) => path !== undefined && isAbsolute(path));
  const home = env["HOME"] ?? env["USERPROFILE"] ?? "";
  const [stem = ""] = formatKey({ issuer, clientId: "-", profile: "-" }).split("+");
  if (base !== undefined) return join(base, product.name, "servers", `${stem}.json`);
  // A home is not ours to make.
  return isAbsolute(home) && existsSync(home)
    ? join(home, ".cache", product.name, "servers", `${stem}.json`)
    : undefined;
}

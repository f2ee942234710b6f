import { AuthError, isLoopback } from "@org/auth-core";
import type { Environment } from "./environment.ts";

/** A proxy, and what it is named by, such as `HTTPS_PROXY`. */
export interface Proxy {
  /** It may hold a user name and a password: only its origin is for people. */
  readonly url: URL;
  readonly namedBy: string;
}

/** Says which proxy a request goes through. Throws {@link AuthError} `config_invalid` where its address is none. */
export type ProxyRule = (url: URL) => Proxy | undefined;

/**
 * The proxy for each address: the site's own if it has one, else the one in `https_proxy` or `HTTPS_PROXY` for `https:`,
 * and in `http_proxy` or `HTTP_PROXY` for `http:`. `no_proxy` or `NO_PROXY` lists hosts that are reached without:
 * `example.com` and all below it, with a port or not, or `*`. Nor does anything for the loopback go through a proxy: it
 * may be plain `http:`, because it does not leave this machine. `undefined`: there is no proxy at all.
 */
export function proxyRule(env: Environment, siteProxy: string | undefined): ProxyRule | undefined {
  const own = siteProxy === undefined ? undefined : { text: siteProxy, namedBy: "the site's `proxy`" };
  const https = own ?? variableOf(env, "HTTPS_PROXY");
  const http = own ?? variableOf(env, "HTTP_PROXY");
  if (https === undefined && http === undefined) return undefined;
  const exempt = variableOf(env, "NO_PROXY")?.text ?? "";
  return (url) => {
    const named = url.protocol === "https:" ? https : http;
    if (named === undefined || isLoopback(url) || isExempt(url, exempt)) return undefined;
    return { url: proxyUrl(named), namedBy: named.namedBy };
  };
}

interface Named {
  readonly text: string;
  readonly namedBy: string;
}

/** In lower case first, as curl reads them. Blank ones count as not set. */
function variableOf(env: Environment, name: string): Named | undefined {
  for (const namedBy of [name.toLowerCase(), name]) {
    const text = env[namedBy]?.trim() ?? "";
    if (text !== "") return { text, namedBy };
  }
  return undefined;
}

function isExempt({ protocol, hostname, port }: URL, list: string): boolean {
  const ownPort = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name = "", wantedPort = ownPort] = /^(?:\*?\.)?(\*|\[[^\]]+\]|[^:*]+)(?::(\d+))?$/.exec(entry) ?? [];
      return wantedPort === ownPort && (name === "*" || name === hostname || hostname.endsWith(`.${name}`));
    });
}

/** A proxy's address, of which many write no more than host and port. `undefined`: it is not `http:` or `https:`. */
export function proxyAddress(text: string): URL | undefined {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}

function proxyUrl({ text, namedBy }: Named): URL {
  const url = proxyAddress(text);
  if (url !== undefined) return url;
  throw new AuthError("config_invalid", `the proxy that ${namedBy} names is not an http: or https: address`);
}

import type { SecureContext } from "node:tls";
import { AuthError, isError, printable } from "@org/auth-core";
import type { Dispatcher } from "undici";
import type { Environment } from "./environment.ts";
import { proxyRule, type Proxy } from "./proxy-rule.ts";

export interface TransportOptions {
  /** Names proxies: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, or the same in lower case. */
  readonly env: Environment;
  /** The site's own proxy, such as `http://proxy.example.com:3128`, in place of the environment's. Default: none. */
  readonly proxy?: string | undefined;
  /** A PEM file with certificates of authorities to trust besides those that Node trusts. Default: none. */
  readonly caFile?: string | undefined;
  /** Node's own `fetch`, or one that hands on to it what it is given. Default: `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * A `fetch` that goes through the proxies, and trusts the authorities, that it is told of. Where it is told of none it is
 * `fetch` itself, and nothing is loaded.
 *
 * It rejects as `fetch` does; where a proxy was used, the cause is an {@link AuthError} that names it, without its
 * password. Rejects with {@link AuthError} `config_invalid` when a proxy's address or the file cannot be used.
 */
export function transport({ env, proxy, caFile, fetch = globalThis.fetch }: TransportOptions): typeof globalThis.fetch {
  const rule = proxyRule(env, proxy);
  if (rule === undefined && caFile === undefined) return fetch;

  let context: Promise<SecureContext> | undefined;
  const dispatchers = new Map<string, Promise<Dispatcher>>();
  /** One for each proxy, and one for no proxy: it holds connections. */
  function dispatcherOf(through: Proxy | undefined): Promise<Dispatcher> {
    const name = through?.url.href ?? "";
    context ??= caFile === undefined ? undefined : trusting(caFile);
    const dispatcher = dispatchers.get(name) ?? makeDispatcher(through, context);
    dispatchers.set(name, dispatcher);
    return dispatcher;
  }

  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const through = rule?.(url);
    if (through === undefined && caFile === undefined) return await fetch(input, init);
    const dispatcher = await dispatcherOf(through);
    try {
      // Not spread: Node's own types are of another release than the library's.
      return await fetch(input, Object.assign({}, init, { dispatcher }));
    } catch (error) {
      // An abort has a reason of its own.
      if (through === undefined || !(isError(error) && error.name === "TypeError")) throw error;
      throw new TypeError(error.message, { cause: await failureThrough(through, error, url.host) });
    }
  };
}

async function makeDispatcher(
  through: Proxy | undefined,
  context: Promise<SecureContext> | undefined,
): Promise<Dispatcher> {
  // `Request`, above, has loaded Node's own fetch: else it would take its dispatcher from here, for all there is.
  const { Agent, ProxyAgent } = await import("undici");
  const tls = context === undefined ? {} : { secureContext: await context };
  if (through === undefined) return new Agent({ connect: tls });
  const { url, namedBy } = through;
  try {
    // Without a tunnel for http:, as proxies expect it.
    return new ProxyAgent({ uri: url.href, requestTls: tls, proxyTls: tls, proxyTunnel: false });
  } catch {
    // Its errors may show the password.
    throw new AuthError("config_invalid", `the proxy that ${namedBy} names cannot be used`);
  }
}

async function trusting(caFile: string): Promise<SecureContext> {
  const [{ X509Certificate }, { readFile }, tls] = await Promise.all([
    import("node:crypto"),
    import("node:fs/promises"),
    import("node:tls"),
  ]);
  const problem = (why: string): AuthError =>
    new AuthError("config_invalid", `the file of certificates ${printable(caFile)} ${why}`);
  const pem = await readFile(caFile, "utf8").catch((error: unknown) => {
    throw problem(`cannot be read (${isError(error) && "code" in error ? String(error.code) : "unknown"})`);
  });
  try {
    new X509Certificate(pem);
  } catch {
    throw problem("has no certificate in it");
  }
  return tls.createSecureContext({ ca: [...trustedBy(tls), pem] });
}

/** The part of `node:tls` that tells whom Node trusts. */
interface Trust {
  readonly rootCertificates: readonly string[];
  /** With what `NODE_EXTRA_CA_CERTS` adds. Absent: before Node 22.15. */
  getCACertificates?(type: "default"): readonly string[];
}

function trustedBy(tls: Trust): readonly string[] {
  return tls.getCACertificates?.("default") ?? tls.rootCertificates;
}

async function failureThrough({ url, namedBy }: Proxy, error: unknown, host: string): Promise<AuthError> {
  const { fetchFailure } = await import("@org/auth-flows");
  const shown = `the proxy ${url.origin} that ${namedBy} names`;
  const hint = `check ${namedBy}; hosts to be reached without a proxy stand in NO_PROXY`;
  const status = refusalOf(error);
  if (status === undefined) {
    const failure = fetchFailure(error, host);
    return new AuthError(failure.code, `${failure.message}, through ${shown}`, {
      hint: failure.code === "network" ? hint : failure.hint,
    });
  }
  const why = status === "407" ? "it wants a user name and a password" : "it refuses";
  return new AuthError("network", `${host} cannot be reached through ${shown}: ${why} (${status})`, { hint });
}

/** The status with which a proxy refuses to connect. undici tells it in a message alone. */
function refusalOf(error: unknown): string | undefined {
  for (let place = error; isError(place); place = place.cause) {
    const status = /^Proxy response \((\d{3})\)/.exec(place.message)?.[1];
    if (status !== undefined) return status;
  }
  return undefined;
}

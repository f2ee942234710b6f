import { readFileSync } from "node:fs";
import { type ApiTarget, AuthError, printable, secureUrl } from "@org/auth-core";
import type { Context } from "../context.ts";

/** The address that is meant: a whole one, or a path below the API's base URL, however many slashes it begins with. */
export function urlOf(path: string, api: ApiTarget | undefined): URL {
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

/** The headers that `--header` lines say. No error repeats a value: it may be a secret. */
export function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    try {
      if (colon < 1) throw new TypeError("no colon");
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch {
      throw new AuthError(
        "usage",
        `--header ${printable(line.slice(0, Math.max(colon, 0)), 100)} is not "NAME: VALUE"`,
      );
    }
  }
  return headers;
}

/** The body that `--data` says: the text, what is in `@FILE`, or what comes on standard input for `@-`. */
export async function bodyOf(
  data: string | undefined,
  { signal, stdin }: Context,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (data === undefined) return undefined;
  if (!data.startsWith("@")) return new TextEncoder().encode(data);
  if (data === "@-") return new Uint8Array(await stdin.readAll(signal));
  try {
    return new Uint8Array(readFileSync(data.slice(1)));
  } catch (error) {
    throw new AuthError("usage", `cannot read the body from ${printable(data.slice(1))}`, { cause: error });
  }
}

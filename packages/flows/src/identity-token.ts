import { AuthError, isError, printable } from "@org/auth-core";
import { apiAnswer } from "./api-answer.ts";
import { bearerRequest } from "./bearer-request.ts";
import type { HttpOptions } from "./http.ts";
import { fieldsOf } from "./json-answer.ts";
import { nodeProcess } from "./node-process.ts";
import { settingUrl } from "./setting-url.ts";
import { failure } from "./translate-error.ts";

/** Gets the token by which a platform says who runs here: see `WorkloadIdentity` of core. */
export type GetIdentityToken = (signal?: AbortSignal) => Promise<string>;

export interface MountedIdentityTokenOptions {
  /** Gives a file's text, or at least its first 64 KiB and one byte. Default: from the disk. */
  readonly readFile?: ((path: string) => Promise<string>) | undefined;
}

export interface IdentityTokenRequest {
  /** Where the platform gives tokens; GitHub Actions says it in `ACTIONS_ID_TOKEN_REQUEST_URL`. */
  readonly url: string;
  /** Secret. What has to be shown there, in `Authorization`: `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. */
  readonly requestToken: string;
  /** Who the token is to be for. Absent: the platform decides. */
  readonly audience?: string | undefined;
  readonly http?: Omit<HttpOptions, "signal"> | undefined;
}

const longestToken = 64 * 1024;

/**
 * Gets the token out of a file that the platform keeps fresh, such as a mounted service account token: read again each
 * time, and trimmed. It rejects with {@link AuthError} `config_invalid` when the file cannot be read, is longer than
 * 64 KiB or does not hold one token alone.
 */
export function mountedIdentityToken(
  path: string,
  { readFile = readStart }: MountedIdentityTokenOptions = {},
): GetIdentityToken {
  const unusable = (why: string): AuthError =>
    new AuthError("config_invalid", `cannot use the identity token in ${printable(path)}: ${why}`, {
      hint: `see that the platform keeps one token, and nothing else, in ${printable(path)}`,
    });

  return async (signal) => {
    signal?.throwIfAborted();
    let text: string;
    try {
      text = await readFile(path);
    } catch (error) {
      const code = isError(error) && "code" in error ? String(error.code) : "unknown";
      throw unusable(`it cannot be read (${printable(code, 60)})`);
    }
    signal?.throwIfAborted();
    const token = text.trim();
    if (token === "") throw unusable("it is empty");
    if (text.length > longestToken || !isToken(token)) throw unusable("it is not one token of at most 64 KiB");
    return token;
  };
}

/**
 * Asks the platform for the token, with one request each time, as GitHub Actions has it: a `GET` with the audience in the
 * query, answered with 200 and `{ "value": … }`. It rejects with {@link AuthError}: `access_denied` when this job may
 * have none, `unsupported_by_server`, `bad_response`, `server_error`, `server_unavailable`, `network`, `timeout`,
 * `insecure_endpoint`, `config_invalid`.
 *
 * @see [GitHub on OpenID Connect](https://docs.github.com/en/actions/reference/security/oidc)
 */
export function requestedIdentityToken(request: IdentityTokenRequest): GetIdentityToken {
  const { url: address, requestToken, audience, http } = request;
  return async (signal) => {
    const url = settingUrl(address, "address for identity tokens");
    if (audience !== undefined) url.searchParams.set("audience", audience);
    const task = { doing: "asking for the identity token", issuer: url.origin, deniedHint };
    const response = await bearerRequest(
      task,
      url,
      { method: "GET", token: { value: requestToken } },
      { ...http, signal },
    );
    const token = fieldsOf(await apiAnswer(response, task, 200))?.get("value");
    if (typeof token === "string" && isToken(token)) return token;
    throw failure(task, "bad_response", "the answer has no value that is a token");
  };
}

const deniedHint = "let the job ask for identity tokens (on GitHub: `permissions: id-token: write`)";

function isToken(text: string): boolean {
  return text.length <= longestToken && /^[\x21-\x7e]+$/.test(text);
}

/** No more than is needed to see that there is too much: it may be a device that never ends. */
async function readStart(path: string): Promise<string> {
  const fs = nodeProcess()?.getBuiltinModule?.("node:fs");
  if (fs === undefined) throw Object.assign(new Error("there are no files without Node"), { code: "ENOSYS" });
  const { constants, promises } = fs;
  // A pipe would be waited for.
  const file = await promises.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = new Uint8Array(longestToken + 1);
    let length = 0;
    for (let read = 1; read > 0; length += read) {
      read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
    }
    return new TextDecoder().decode(bytes.subarray(0, length));
  } finally {
    await file.close();
  }
}

import { AuthError, isAuthError, isError, printable } from "@org/auth-core";

/**
 * What a `fetch` rejected with, as an {@link AuthError} that names the host and the reason: `timeout`, `tls_untrusted`
 * for a certificate or a version of TLS that is not accepted, `bad_response` for an answer that is no HTTP, else
 * `network`. An {@link AuthError}, or a cause that is one, comes out as it is.
 *
 * Only names and codes are taken over: what foreign errors hold may be a request with its secrets.
 */
export function fetchFailure(error: unknown, host: string): AuthError {
  const known = [error, causeOf(error)].find(isAuthError);
  if (known !== undefined) return known;
  const code = networkCode(error);
  const cause = cleanError(error, code);
  const shown = code === undefined ? "" : ` (${code})`;

  if (isError(error) && error.name === "TimeoutError") {
    return new AuthError("timeout", `${host} did not answer in time`, { cause });
  }
  // A parser or decompressor gave up: something did answer.
  if (/^(HPE_|Z_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_CONTENT_LENGTH|HTTPParserError)/.test(code ?? "")) {
    return new AuthError("bad_response", `${host} does not answer in proper HTTP${shown}`, { cause });
  }
  const distrust = distrustOf(code ?? "");
  if (distrust === undefined) return new AuthError("network", `${host} cannot be reached${shown}`, { cause });
  return new AuthError("tls_untrusted", `${host} ${distrust.why}${shown}`, { cause, hint: distrust.hint });
}

/** An error with no more than the name of another one, and a message of ours. */
export function cleanError(error: unknown, message = ""): Error {
  const clean = new Error(message);
  clean.name = isError(error) ? printable(error.name, 60) : "Error";
  return clean;
}

interface Distrust {
  readonly why: string;
  /** Absent: the code's own. */
  readonly hint?: string;
}

const clockOrServer = "check this machine's clock; else whoever runs the server has to replace the certificate";

/** OpenSSL's names, as Node gives them, and its own. */
const certificateFaults: ReadonlyMap<string, Distrust> = new Map([
  ["CERT_HAS_EXPIRED", { why: "shows a certificate that has expired", hint: clockOrServer }],
  ["CERT_NOT_YET_VALID", { why: "shows a certificate that is not valid yet", hint: clockOrServer }],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    { why: "shows a certificate that is for another name", hint: "check the address, letter by letter" },
  ],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", { why: "shows a certificate that nobody but itself has signed" }],
]);

function distrustOf(code: string): Distrust | undefined {
  if (/^(ERR_SSL_|EPROTO$)/.test(code)) {
    return { why: "and this machine find no TLS that both accept", hint: "check the address and its port" };
  }
  const isCertificates = /CERT|CRL|SIGNATURE|ISSUER|^CA_|^EE_|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH/.test(code);
  if (!isCertificates) return undefined;
  return certificateFaults.get(code) ?? { why: "shows a certificate that is not trusted here" };
}

/** Such as `ECONNREFUSED`: the code of an error or of its cause. */
function networkCode(error: unknown): string | undefined {
  for (const place of [error, causeOf(error)]) {
    if (!isError(place)) continue;
    if (place.name === "HTTPParserError") return place.name; // It has no code.
    if ("code" in place && typeof place.code === "string" && /^[A-Z0-9_]{1,60}$/.test(place.code)) return place.code;
  }
  return undefined;
}

function causeOf(error: unknown): unknown {
  return isError(error) ? error.cause : undefined;
}

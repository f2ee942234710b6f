/** A day; whoever asks for more means "go away". */
const longestMs = 24 * 60 * 60 * 1000;

/**
 * For how long a server wants to be left alone, in milliseconds; `undefined`: it does not say, or makes no sense. A date
 * counts from the answer's own, because our clock may be wrong.
 *
 * @see [RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  const ms = /^\d{1,12}$/.test(text) ? Number(text) * 1000 : dateMs(text) - dateMs(headers.get("date") ?? "");
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestMs);
}

/** The parser makes something of nearly anything. */
function dateMs(text: string): number {
  return /^[A-Z][a-z]{2}, [\w :]{1,30} GMT$/.test(text) ? Date.parse(text) : NaN;
}

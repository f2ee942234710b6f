import { httpDateMs } from "./http-date.ts";

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
  const ms = /^\d{1,12}$/.test(text)
    ? Number(text) * 1000
    : httpDateMs(headers, "retry-after") - httpDateMs(headers, "date");
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestMs);
}

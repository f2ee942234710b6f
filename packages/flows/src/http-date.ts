/**
 * The time that a header field says, in milliseconds since 1970; `NaN`: none. Only the form that servers must send counts:
 * the parser makes something of nearly anything.
 *
 * @see [RFC 9110 section 5.6.7](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7)
 */
export function httpDateMs(headers: Headers, name: string): number {
  const text = headers.get(name)?.trim() ?? "";
  return /^[A-Z][a-z]{2}, [\w :]{1,30} GMT$/.test(text) ? Date.parse(text) : NaN;
}

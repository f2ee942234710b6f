/**
 * A moment as APIs write it, in milliseconds since 1970: RFC 3339, or seconds since 1970. A text without an offset counts
 * as UTC, wherever this runs. `undefined`: it is none.
 */
export function timestampMs(value: unknown): number | undefined {
  const ms = typeof value === "number" ? value * 1000 : typeof value === "string" ? textMs(value) : NaN;
  const moment = new Date(ms).getTime(); // A date drops fractions, and what no date can say.
  return Number.isNaN(moment) ? undefined : moment;
}

/** The parser makes something of nearly anything, and takes a time without an offset for local. */
function textMs(text: string): number {
  const form = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?$/;
  const [, day = "", time = "", offset = "Z"] = form.exec(text) ?? [];
  return Date.parse(`${day}T${time}${offset}`);
}

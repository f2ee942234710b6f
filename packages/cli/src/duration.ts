import { AuthError } from "@org/auth-core";

const unitMs: Readonly<Record<string, number>> = {
  "": 1000,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  y: 31_536_000_000,
};

/** Reads `90`, `90s`, `15m`, `2h`, `1d` or `1y`, which is 365 days, as milliseconds. Throws a usage error that names the option. */
export function durationMs(text: string, option: string): number {
  const [, amount, unit = ""] = /^(\d{1,9})([smhdy]?)$/.exec(text) ?? [];
  const ms = Number(amount) * (unitMs[unit] ?? NaN);
  if (!Number.isFinite(ms)) throw new AuthError("usage", `${option} takes a time such as 90s, 15m or 2h`);
  return ms;
}

/** Says a time span in one unit, as people do: `52 min`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${String(seconds)} s`;
  if (seconds < 2 * 3600) return `${String(Math.round(seconds / 60))} min`;
  if (seconds < 2 * 86_400) return `${String(Math.round(seconds / 3600))} h`;
  return `${String(Math.round(seconds / 86_400))} days`;
}

/** How far our clock is off, for people: `about 60 min fast`. `aheadMs` is by how much it is ahead; below 0, behind. */
export function describeClockSkew(aheadMs: number): string {
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  const hours = Math.round(minutes / 60);
  const amount = minutes < 120 ? `${minutes} min` : hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
  return `about ${amount} ${aheadMs > 0 ? "fast" : "slow"}`;
}

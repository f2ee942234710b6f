/** Where the middle half of some samples lies. */
export interface Quartiles {
  readonly count: number;
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** The quartiles of some samples, interpolated between neighbours. Throws `RangeError` when there are none. */
export function quartiles(samples: readonly number[]): Quartiles {
  const sorted = samples.toSorted((a, b) => a - b);

  function at(fraction: number): number {
    const position = fraction * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
    if (below === undefined || above === undefined) throw new RangeError("there are no samples");
    return below + (above - below) * (position % 1);
  }

  return { count: sorted.length, lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

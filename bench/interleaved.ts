import type { Samples } from "./measurement.ts";

/** Takes one sample. */
export type Sample = () => number | Promise<number>;

/**
 * Samples two things in turn, so that whatever else the machine does meets both. Which goes first changes every time,
 * and the first `warmUps` rounds do not count.
 */
export async function interleaved(rounds: number, value: Sample, reference: Sample, warmUps = 1): Promise<Samples> {
  const values: number[] = [];
  const references: number[] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    const isValueFirst = round % 2 === 0;
    const first = await (isValueFirst ? value : reference)();
    const second = await (isValueFirst ? reference : value)();
    if (round < warmUps) continue;
    values.push(isValueFirst ? first : second);
    references.push(isValueFirst ? second : first);
  }
  return { values, references };
}

/**
 * Samples several things in turn, so that whatever else the machine does meets all of them. Which goes first changes
 * every time, and the first `warmUps` rounds do not count. Gives the samples of each, round by round.
 */
export async function roundRobin<Name extends string, Result = number>(
  rounds: number,
  samples: Readonly<Record<Name, () => Promise<Result> | Result>>,
  warmUps = 1,
): Promise<Readonly<Record<Name, readonly Result[]>>> {
  const names = Object.keys(samples) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let round = 0; round < warmUps + rounds; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const result = await samples[name]();
      if (round >= warmUps) results[name].push(result);
    }
  }
  return results;
}

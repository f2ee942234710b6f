/** Draws whole numbers, both ends included. */
export type DrawBetween = (least: number, most: number) => number;

/** Draws that are the same for the same seed. Good for tests and nothing else (it is Mulberry32). */
export function seededRandom(seed: number): DrawBetween {
  let state = seed >>> 0;

  function draw(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  return (least, most) => least + Math.floor(draw() * (most - least + 1));
}

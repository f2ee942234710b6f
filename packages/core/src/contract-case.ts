/** One promise of a role: `run` rejects when what `make` makes breaks it. */
export interface ContractCase<Make> {
  readonly name: string;
  run(make: Make): Promise<void>;
}

/** Throws unless both are the very same. */
export function same(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`expected ${String(expected)}, got ${String(actual)}`);
}

/** What `work` rejects with. Rejects when it does not. */
export async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}

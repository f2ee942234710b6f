import { quartiles, type Quartiles } from "./quartiles.ts";

/** One line of the result: what was measured against what, and how far it should be from it. */
export interface Row {
  readonly name: string;
  /** Of `value` and `reference`. Less is better. */
  readonly unit: string;
  /** The median of what was measured. */
  readonly value: number;
  /** The median of what it is measured against, in the same run. */
  readonly reference: number;
  /** `value / reference`. */
  readonly ratio: number;
  /** What `ratio` should be at most. Absent: the row is only told. */
  readonly goal?: number | undefined;
  /** Absent: there is no goal. */
  readonly reached?: boolean | undefined;
  /** Of `ratio`: of each run to the one beside it, which tells how much the machine was disturbed. */
  readonly spread: { readonly value: Quartiles; readonly reference: Quartiles; readonly ratio: Quartiles };
}

export interface MeasurementOptions {
  /** How many runs of a whole program are compared with as many runs of its reference. */
  readonly pairs: number;
}

/** Measures one thing. It throws when what it measures does not work, and never for being slow. */
export type Measurement = (options: MeasurementOptions) => Promise<readonly Row[]>;

/** What was measured, and what it is measured against, run by run: each value beside its reference. */
export interface Samples {
  readonly values: readonly number[];
  readonly references: readonly number[];
}

/** Makes a {@link Row} of samples. */
export function row(facts: Pick<Row, "goal" | "name" | "unit">, { values, references }: Samples): Row {
  const { name, unit, goal } = facts;
  const ratios = values.map((value, run) => value / (references[run] ?? NaN));
  const spread = { value: quartiles(values), reference: quartiles(references), ratio: quartiles(ratios) };
  const value = spread.value.median;
  const reference = spread.reference.median;
  const ratio = value / reference;
  return { name, unit, value, reference, ratio, goal, reached: goal === undefined ? undefined : ratio <= goal, spread };
}

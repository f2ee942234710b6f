import type { Installed } from "./installed.ts";
import { quartiles, type Quartiles } from "./quartiles.ts";

/** One line of the result: what was measured, against what, and how far it should be from it. */
export type Row = ComparedRow | PlainRow | UnmeasuredRow;

/** A goal for the ratio to a reference, which was measured in the same run: it holds on any machine. */
export interface ComparedRow extends RowFacts {
  readonly kind: "compared";
  /** The median of what it is measured against, in the same run. */
  readonly reference: number;
  /** The median of each run's ratio to the one beside it, which is what {@link RowFacts.goal} is for. */
  readonly ratio: number;
  /** Of `ratio`: of each run to the one beside it, which tells how much the machine was disturbed. */
  readonly spread: { readonly value: Quartiles; readonly reference: Quartiles; readonly ratio: Quartiles };
}

/** A goal for the number itself: what was promised in seconds or counted. */
export interface PlainRow extends RowFacts {
  readonly kind: "plain";
  readonly spread: { readonly value: Quartiles };
}

/** What cannot be measured on this machine, for want of what it takes. */
export interface UnmeasuredRow extends Pick<RowFacts, "goal" | "name"> {
  readonly kind: "unmeasured";
}

interface RowFacts {
  readonly name: string;
  /** Of `value` and of what it is measured against. */
  readonly unit: string;
  /** The median of what was measured. */
  readonly value: number;
  /** What is to be reached. Absent: the row is only told. */
  readonly goal?: number | undefined;
  /** Which side of `goal` is good. */
  readonly wanted: "at least" | "at most";
  /** Absent: there is no goal. */
  readonly reached?: boolean | undefined;
}

export interface MeasurementOptions {
  /** How many runs of a whole program are compared with as many runs of its reference. */
  readonly pairs: number;
  readonly installed: Installed;
}

/** Measures one thing. It throws when what it measures does not work, and never for being slow. */
export type Measurement = (options: MeasurementOptions) => Promise<readonly Row[]>;

/** What was measured, and what it is measured against, run by run: each value beside its reference. */
export interface Samples {
  readonly values: readonly number[];
  readonly references: readonly number[];
}

/** Makes a {@link Row} of samples and their references. The ratio is wanted to be `goal` at most. */
export function row(facts: Pick<RowFacts, "goal" | "name" | "unit">, { values, references }: Samples): ComparedRow {
  const ratios = values.map((value, run) => value / (references[run] ?? NaN));
  const spread = { value: quartiles(values), reference: quartiles(references), ratio: quartiles(ratios) };
  const value = spread.value.median;
  const reference = spread.reference.median;
  const ratio = spread.ratio.median;
  const wanted = "at most";
  return {
    kind: "compared",
    ...facts,
    value,
    reference,
    ratio,
    wanted,
    reached: isReached(ratio, facts.goal, wanted),
    spread,
  };
}

/** Makes a {@link Row} of samples that are measured against nothing. The median is wanted to be `goal` at most. */
export function plainRow(
  facts: Pick<RowFacts, "goal" | "name" | "unit"> & Partial<Pick<RowFacts, "wanted">>,
  values: readonly number[],
): PlainRow {
  const { wanted = "at most" } = facts;
  const spread = { value: quartiles(values) };
  const value = spread.value.median;
  return { kind: "plain", ...facts, value, wanted, reached: isReached(value, facts.goal, wanted), spread };
}

/** Makes an {@link UnmeasuredRow}. */
export function unmeasuredRow({ name, goal }: Pick<RowFacts, "goal" | "name">): UnmeasuredRow {
  return { kind: "unmeasured", name, goal };
}

function isReached(value: number, goal: number | undefined, wanted: RowFacts["wanted"]): boolean | undefined {
  if (goal === undefined) return undefined;
  return wanted === "at most" ? value <= goal : value >= goal;
}

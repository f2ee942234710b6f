import type { ComparedRow, PlainRow, Row } from "./measurement.ts";

/** The rows as a table for people. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [
    ["", "measured", "reference", "unit", "ratio", "goal", "reached", "half of the runs"],
    ...rows.map((row) => (row.kind === "unmeasured" ? [row.name, "not measured"] : cellsOf(row))),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  const lines = cells.map((line) => line.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join("  "));
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function cellsOf(row: ComparedRow | PlainRow): readonly string[] {
  return [
    row.name,
    row.value.toFixed(1),
    row.kind === "plain" ? "-" : row.reference.toFixed(1),
    row.unit,
    row.kind === "plain" ? "-" : row.ratio.toFixed(3),
    row.goal === undefined ? "-" : `${row.wanted === "at most" ? "<=" : ">="} ${row.goal}`,
    row.reached === undefined ? "-" : row.reached ? "yes" : "NO",
    middleHalf(row),
  ];
}

function middleHalf({ kind, spread }: ComparedRow | PlainRow): string {
  const [{ lower, upper }, digits] = kind === "plain" ? [spread.value, 1] : [spread.ratio, 2];
  return `${lower.toFixed(digits)} to ${upper.toFixed(digits)}`;
}

/** Names to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

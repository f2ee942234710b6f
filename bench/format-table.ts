import type { Row } from "./measurement.ts";

/** The rows as a table for people. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [
    ["", "measured", "reference", "unit", "ratio", "goal", "reached", "half of the pairs"],
    ...rows.map(({ name, unit, value, reference, ratio, goal, reached, spread }) => [
      name,
      value.toFixed(1),
      reference.toFixed(1),
      unit,
      ratio.toFixed(3),
      goal === undefined ? "-" : `<= ${goal}`,
      reached === undefined ? "-" : reached ? "yes" : "NO",
      `${spread.ratio.lower.toFixed(2)} to ${spread.ratio.upper.toFixed(2)}`,
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  const lines = cells.map((line) => line.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join("  "));
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

/** Names to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** How many lines around a change are shown. */
const contextLines = 3;

/** How many pairs of lines are compared; beyond it all between the first and the last change is told as changed. */
const mostPairs = 4_000_000;

/** The differences of two texts as `diff -u` and `patch` have them; empty where there are none. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const lines = edits(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines);
  return hunks.length === 0 ? "" : [`--- ${path}\n+++ ${path}\n`, ...hunks].join("");
}

interface Edit {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

/** Lines with their line ends, so that a missing last one shows. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function edits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let [start, end] = [0, 0];
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start++;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return [
    ...before.slice(0, start).map((line): Edit => ({ sign: " ", line })),
    ...shortest(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map((line): Edit => ({ sign: " ", line })),
  ];
}

/** The fewest edits that make one of the other: those that keep the longest common subsequence. */
function shortest(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const isTooMuch = before.length * after.length > mostPairs;
  const width = after.length + 1;
  // How many lines can be kept from the x-th of `before` and the y-th of `after` on.
  const kept = new Uint32Array(isTooMuch ? 0 : (before.length + 1) * width);
  const keptFrom = (x: number, y: number): number => kept[x * width + y] ?? 0;
  for (let x = isTooMuch ? -1 : before.length - 1; x >= 0; x--) {
    for (let y = after.length - 1; y >= 0; y--) {
      const isSame = before[x] === after[y];
      kept[x * width + y] = isSame ? keptFrom(x + 1, y + 1) + 1 : Math.max(keptFrom(x + 1, y), keptFrom(x, y + 1));
    }
  }

  const found: Edit[] = [];
  let y = 0;
  for (const [x, line] of before.entries()) {
    while (y < after.length && after[y] !== line && keptFrom(x, y + 1) > keptFrom(x + 1, y)) {
      found.push({ sign: "+", line: after[y++] ?? "" });
    }
    const isKept = !isTooMuch && after[y] === line;
    found.push({ sign: isKept ? " " : "-", line });
    if (isKept) y++;
  }
  return [...found, ...after.slice(y).map((line): Edit => ({ sign: "+", line }))];
}

/** The changes, each with what is around it; those that are near one another together. */
function hunksOf(lines: readonly Edit[]): readonly string[] {
  const changed = lines.flatMap(({ sign }, index) => (sign === " " ? [] : [index]));
  const groups: { from: number; to: number }[] = [];
  for (const index of changed) {
    const group = groups.at(-1);
    const from = Math.max(0, index - contextLines);
    const to = Math.min(lines.length, index + contextLines + 1);
    if (group !== undefined && from <= group.to) group.to = to;
    else groups.push({ from, to });
  }
  return groups.map(({ from, to }) => hunk(lines, from, to));
}

function hunk(lines: readonly Edit[], from: number, to: number): string {
  const range = (absent: Edit["sign"]): string => {
    const has = ({ sign }: Edit): boolean => sign !== absent;
    const count = lines.slice(from, to).filter(has).length;
    const first = lines.slice(0, from).filter(has).length + (count === 0 ? 0 : 1);
    return count === 1 ? String(first) : `${String(first)},${String(count)}`;
  };
  const shown = lines.slice(from, to).map(({ sign, line }) => {
    return line.endsWith("\n") ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`;
  });
  return `@@ -${range("+")} +${range("-")} @@\n${shown.join("")}`;
}

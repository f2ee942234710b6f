import { expect, test } from "vitest";
import { unifiedDiff } from "../src/sites/unified-diff.ts";

test("a change is shown with three lines around it, as diff -u does", () => {
  const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  expect(unifiedDiff("/c", before, before.replace("5\n", "five\nsix\n"))).toBe(
    "--- /c\n+++ /c\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+six\n 6\n 7\n 8\n",
  );
  expect(unifiedDiff("/c", before, before)).toBe("");
  expect(unifiedDiff("/c", "", "a\n")).toBe("--- /c\n+++ /c\n@@ -0,0 +1 @@\n+a\n");
  expect(unifiedDiff("/c", "a", "a\n")).toBe("--- /c\n+++ /c\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
});

test("changes far from one another are shown apart, and those near together", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `${index}\n`);
  const changed = (...numbers: readonly number[]): string => {
    return unifiedDiff(
      "/c",
      lines.join(""),
      lines.map((line, index) => (numbers.includes(index) ? "x\n" : line)).join(""),
    );
  };
  const heads = (diff: string): readonly string[] => diff.match(/^@@.*@@$/gm) ?? [];
  expect(heads(changed(2, 17))).toEqual(["@@ -1,6 +1,6 @@", "@@ -15,6 +15,6 @@"]);
  expect(heads(changed(5, 12))).toEqual(["@@ -3,14 +3,14 @@"]);
  expect(heads(changed(5, 13))).toEqual(["@@ -3,7 +3,7 @@", "@@ -11,7 +11,7 @@"]);
});

test("whoever follows it comes from the one text to the other, and no shorter one does", () => {
  const texts = [""];
  for (let index = 0; (texts[index] ?? "").length < 8; index++) {
    for (const line of ["a\n", "b\n"]) texts.push((texts[index] ?? "") + line);
  }
  texts.push(...texts.filter((text) => text !== "").map((text) => text.slice(0, -1)));
  for (const before of texts) {
    for (const after of texts) {
      const diff = unifiedDiff("/c", before, after);
      expect(followed(diff, before)).toBe(after);
      const edits = diff.match(/^[-+](?![-+]{2} )/gm) ?? [];
      expect(edits).toHaveLength(fewestEdits(linesOf(before), linesOf(after)));
    }
  }
});

test("texts with little in common are told as wholly changed, in time", () => {
  const text = (word: string): string =>
    `same\n${Array.from({ length: 30_000 }, (_, index) => `${word}${index}\n`).join("")}`;
  const [before, after] = [text("a"), text("b")];
  expect(followed(unifiedDiff("/c", before, after), before)).toBe(after);
});

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** What `patch` makes of a text. It trusts the numbers, and that what is removed is there. */
function followed(diff: string, before: string): string {
  const lines = linesOf(before);
  const made: string[] = [];
  let at = 0;
  for (const [, first = "", count = "1", body = ""] of diff.matchAll(
    /^@@ -(\d+)(?:,(\d+))? .*\n((?:[ +\\-].*\n)*)/gm,
  )) {
    const start = count === "0" ? Number(first) : Number(first) - 1;
    made.push(...lines.slice(at, start));
    at = start + Number(count);
    for (const [, sign, line = "", open] of body.matchAll(/^([ +-])(.*\n)(\\ No newline at end of file\n)?/gm)) {
      if (sign !== "-") made.push(open === undefined ? line : line.slice(0, -1));
    }
  }
  return [...made, ...lines.slice(at)].join("");
}

/** By the plainest way there is. */
function fewestEdits(before: readonly string[], after: readonly string[]): number {
  const [[one, ...restBefore], [other, ...restAfter]] = [before, after];
  if (one === undefined || other === undefined) return before.length + after.length;
  if (one === other) return fewestEdits(restBefore, restAfter);
  return 1 + Math.min(fewestEdits(restBefore, after), fewestEdits(before, restAfter));
}

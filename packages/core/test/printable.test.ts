import { expect, test } from "vitest";
import { printable } from "../src/index.ts";

test("ordinary text in any language stays as it is", () => {
  for (const text of ["Zugriff verweigert – später!", "拒否されました", "رفض", "👍 ok", "a\\b", ""]) {
    expect(printable(text)).toBe(text);
  }
});

test.for([
  ["a terminal's escape", "\u001b[2J", "\\x1b[2J"],
  ["a hyperlink", "\u001b]8;;http://x\u0007", "\\x1b]8;;http://x\\x07"],
  ["a C1 control", "\u009b31m", "\\x9b31m"],
  ["a line break and an overwrite", "a\r\nb\bc", "a\\x0d\\x0ab\\x08c"],
  ["a line separator", "a\u2028b", "a\\u2028b"],
  ["a right-to-left override", "\u202egpj", "\\u202egpj"],
  ["zero-width characters", "a\u200bb\ufeff\u2060", "a\\u200bb\\ufeff\\u2060"],
  ["a filler that shows nothing", "\u3164", "\\u3164"],
  ["an invisible tag", "\u{e0041}", "\\u{e0041}"],
  ["half a pair", "\ud83d!", "\\ud83d!"],
  ["NUL and DEL", "\0\u007f", "\\x00\\x7f"],
] as const)("%s is written as an escape", ([, text, expected]) => {
  expect(printable(text)).toBe(expected);
});

test("text is cut to its limit, escapes whole", () => {
  expect(printable("x".repeat(1_000_000))).toBe(`${"x".repeat(300)}…`);
  expect(printable("abc\u001b", 6)).toBe("abc…");
  expect(printable("abc\u001b", 7)).toBe("abc\\x1b");
});

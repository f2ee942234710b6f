const plain = /^[\x20-\x7e]*$/;

/**
 * Makes text that someone else wrote safe to show to a person: one line, with every character that a terminal obeys or
 * that cannot be seen written as an escape (`\x1b`, `\u202e`), and cut to `maxLength` characters. It is not HTML.
 */
export function printable(text: string, maxLength = 300): string {
  if (text.length <= maxLength && plain.test(text)) return text;
  // Controls, bidi and zero-width characters, lone halves of pairs, line separators: what a terminal obeys or an eye
  // misses. As a literal it would take each program that loads this half a millisecond, for tables it may never need.
  const unprintable = new RegExp(String.raw`[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]`, "u");
  let safe = "";
  for (const character of text) {
    const next = unprintable.test(character) ? escaped(character) : character;
    if (safe.length + next.length > maxLength) return `${safe}…`;
    safe += next;
  }
  return safe;
}

function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

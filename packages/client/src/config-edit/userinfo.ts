/**
 * A text without the user names and passwords of the addresses in it: `https://ana:secret@host` becomes
 * `https://***@host`, and `ana:secret@host` becomes `***@host`.
 */
export function withoutUserinfo(text: string): string {
  return text.replaceAll(/[^\s"'/]+/g, (word, start: number) => {
    const end = word.lastIndexOf("@");
    const isUserinfo = text.startsWith("//", start - 2) || word.slice(0, Math.max(0, end)).includes(":");
    return end !== -1 && isUserinfo ? `***${word.slice(end)}` : word;
  });
}

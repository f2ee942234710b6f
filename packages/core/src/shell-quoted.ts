/**
 * A text in quotes for a POSIX shell, where it is one word whatever is in it: folders and profiles may be named by
 * strangers, and the commands of hints get pasted.
 */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

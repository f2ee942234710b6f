/** Whether a text of JSON has more objects and lists within one another than that. It is not parsed to find out. */
export function isNestedDeeper(text: string, most: number): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index];
    if (letter === '"') isQuoted = !isQuoted;
    else if (isQuoted) index += letter === "\\" ? 1 : 0;
    else if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") depth--;
    if (depth > most) return true;
  }
  return false;
}

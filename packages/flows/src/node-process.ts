/**
 * Node's `process`, by whose `getBuiltinModule` this package asks for Node's own modules where it needs one: a bundle for
 * browsers and workers then has none to resolve. Absent: this runs elsewhere.
 */
export function nodeProcess(): Partial<Pick<NodeJS.Process, "getBuiltinModule">> | undefined {
  return typeof process === "undefined" ? undefined : process;
}

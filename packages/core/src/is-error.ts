/**
 * Whether this is an error, also one of another realm: where a test runner or a sandbox gives code globals of its own,
 * what the runtime throws is no `instanceof` of their `Error`.
 */
export function isError(value: unknown): value is Error {
  return value instanceof Error || /^\[object (Error|DOMException)\]$/.test(Object.prototype.toString.call(value));
}

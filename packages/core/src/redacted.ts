const inspectCustom = Symbol.for("nodejs.util.inspect.custom");

/**
 * Makes a frozen object whose `secrets` are read by name and printed by nothing.
 *
 * Secrets are not enumerable: spreading, `Object.entries` and structured cloning leave them out, and `JSON.stringify`,
 * `String()` and Node's `inspect` show `[redacted]` in their place. A copy that needs them names them.
 */
export function redacted<Open extends object, Secrets extends object>(
  open: Open,
  secrets: Secrets,
): Readonly<Open & Secrets> {
  const given = Object.entries(secrets).filter(([, secret]) => secret !== undefined);
  const printed = (): object => ({ ...open, ...Object.fromEntries(given.map(([name]) => [name, "[redacted]"])) });

  const object = { ...open };
  for (const [name, value] of given) Object.defineProperty(object, name, { value });
  Object.defineProperty(object, "toJSON", { value: printed });
  Object.defineProperty(object, "toString", { value: () => JSON.stringify(printed()) });
  Object.defineProperty(object, inspectCustom, { value: printed });
  return Object.freeze(object) as Readonly<Open & Secrets>;
}

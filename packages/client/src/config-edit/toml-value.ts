/** What a TOML text says. */
export type TomlValue = boolean | number | string | Date | TomlTable | readonly TomlValue[];

export interface TomlTable {
  readonly [name: string]: TomlValue;
}

/** Whether a value is a table, in whichever way it is written. */
export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}

/** Whether a value is an array. */
export function isList(value: TomlValue | undefined): value is readonly TomlValue[] {
  return Array.isArray(value);
}

/** Whether two values say the same, in whichever order. `undefined` says nothing. */
export function isSame(one: TomlValue | undefined, other: TomlValue | undefined): boolean {
  if (isTable(one) && isTable(other)) {
    const names = Object.keys({ ...one, ...other });
    return names.every((name) => isSame(valueAt(one, [name]), valueAt(other, [name])));
  }
  if (isList(one) && isList(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
  }
  if (one instanceof Date && other instanceof Date) return one.toISOString() === other.toISOString();
  return one === other || Object.is(one, other);
}

/** What stands at a path. `undefined`: nothing. */
export function valueAt(table: TomlTable, path: readonly string[]): TomlValue | undefined {
  let value: TomlValue | undefined = table;
  for (const name of path) value = isTable(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

/** A table where that stands at a path; `undefined`: where nothing does. */
export function withValueAt(table: TomlTable, path: readonly string[], value: TomlValue | undefined): TomlTable {
  const [name, ...below] = path;
  if (name === undefined) return table;
  const now = valueAt(table, [name]);
  const next = below.length === 0 ? value : withValueAt(isTable(now) ? now : {}, below, value);
  const others = Object.entries(table).filter(([other]) => other !== name);
  return Object.fromEntries(next === undefined ? others : [...others, [name, next]]);
}

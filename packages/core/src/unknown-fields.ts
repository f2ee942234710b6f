/** JSON's own types, for what stores write. */
export type Json = boolean | number | string | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** An object as JSON has it. */
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/**
 * What stands in `json` and not in `known`, in objects within it too: what a newer release keeps, and this one must not
 * lose. `undefined`: nothing.
 */
export function unknownFields(json: JsonObject, known: JsonObject): JsonObject | undefined {
  const unknown = Object.entries(json).flatMap(([name, value]) => {
    const own = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!isObject(value) || !isObject(own)) return Object.hasOwn(known, name) ? [] : [[name, value] as const];
    const within = unknownFields(value, own);
    return within === undefined ? [] : [[name, within] as const];
  });
  return unknown.length === 0 ? undefined : Object.fromEntries(unknown);
}

/** Puts those back. Those within an object that is not there any more have gone with it. */
export function withUnknownFields(known: JsonObject, unknown: JsonObject = {}): JsonObject {
  const added = Object.entries(unknown).flatMap(([name, value]) => {
    if (!Object.hasOwn(known, name)) return [[name, value] as const];
    const own = known[name];
    return isObject(own) && isObject(value) ? [[name, withUnknownFields(own, value)] as const] : [];
  });
  return { ...known, ...Object.fromEntries(added) };
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

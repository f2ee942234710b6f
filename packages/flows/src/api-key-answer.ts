import { apiKey, jwtExpiryMs, type ApiKey } from "@org/auth-core";
import { fieldsOf } from "./json-answer.ts";
import { timestampMs } from "./timestamp.ts";
import { failure, type Task } from "./translate-error.ts";

/** A key that an API has made, as it tells of it. All texts are the API's own: show them by `printable`. */
export interface ListedApiKey {
  /** What it is revoked by. */
  readonly id: string;
  /** Absent: it has none. */
  readonly name?: string | undefined;
  /** Empty: none, or not told. */
  readonly scopes: readonly string[];
  /** Empty: none, or not told. */
  readonly tags: readonly string[];
  /** In milliseconds since 1970. Absent: not told. */
  readonly createdAtMs?: number | undefined;
  /** In milliseconds since 1970. Absent: never, or not told. */
  readonly expiresAtMs?: number | undefined;
}

/** What APIs call the key in the answer that brings it; `api_key` is Anaconda's. */
const keyNames = ["api_key", "key", "token"];

/** Reads what came for a key that was made. Throws {@link AuthError} `bad_response` when there is no key in it. */
export function readApiKey(json: unknown, task: Task, known: Pick<ApiKey, "account" | "api">): ApiKey {
  const fields = fieldsOf(json);
  const key = keyNames.map((name) => fields?.get(name)).find(isKey);
  if (key === undefined)
    throw failure(task, "bad_response", `the answer has no ${keyNames.join(", ")} that can be sent`);
  return apiKey({
    apiKey: key,
    // By now the key is made: without an id it is still good, and can be revoked elsewhere.
    keyId: idOf(fields?.get("id")),
    expiresAtMs: timestampMs(fields?.get("expires_at")) ?? jwtExpiryMs(key),
    ...known,
  });
}

/** Reads a list of keys. Throws {@link AuthError} `bad_response` when it is none, or names a key by nothing. */
export function readApiKeys(json: unknown, task: Task): readonly ListedApiKey[] {
  const fields = fieldsOf(json);
  const list = [json, fields?.get("items"), fields?.get("data")].find((one) => Array.isArray(one));
  if (list === undefined) throw failure(task, "bad_response", "the answer has no list of keys");
  return (list as readonly unknown[]).map((entry) => {
    const of = fieldsOf(entry);
    const id = idOf(of?.get("id"));
    if (id === undefined) throw failure(task, "bad_response", "a key in the list has no id that can be sent");
    const name = of?.get("name");
    return {
      id,
      name: typeof name === "string" && name !== "" ? name : undefined,
      scopes: textsOf(of?.get("scopes")),
      tags: textsOf(of?.get("tags")),
      createdAtMs: timestampMs(of?.get("created_at")),
      expiresAtMs: timestampMs(of?.get("expires_at")),
    };
  });
}

/**
 * Whether a key can have this id. It goes into an address, as one part of its path: `..` would make a request about one
 * key a request about all.
 */
export function isKeyId(id: string): boolean {
  return /^(?!\.{1,2}$)[\x21-\x7e]{1,256}$/.test(id);
}

/** It goes into a header. */
function isKey(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,65536}$/.test(value);
}

function idOf(value: unknown): string | undefined {
  const id = Number.isSafeInteger(value) ? String(value) : value;
  return typeof id === "string" && isKeyId(id) ? id : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

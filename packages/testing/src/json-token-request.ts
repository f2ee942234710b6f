import type { IncomingMessage } from "node:http";

/**
 * Turns a request that brings a JSON object into one that brings the same as a form, a list as a parameter for each of its
 * items, and gives the form. `undefined`: it brings something else.
 */
export function formOfJson(request: IncomingMessage, body: Buffer): Buffer | undefined {
  if (request.headers["content-type"]?.split(";")[0] !== "application/json") return undefined;
  const form = new URLSearchParams();
  try {
    const json = JSON.parse(body.toString()) as Record<string, unknown>;
    for (const [name, value] of Object.entries(json)) {
      for (const one of [value].flat()) form.append(name, String(one));
    }
  } catch {
    return undefined;
  }
  const bytes = Buffer.from(form.toString());
  request.headers["content-type"] = "application/x-www-form-urlencoded";
  request.headers["content-length"] = String(bytes.length);
  return bytes;
}

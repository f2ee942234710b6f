import { AuthError } from "@org/auth-core";
import { hostOf } from "./host-of.ts";

/** The JSON of an answer; `undefined` where it has no content. Throws {@link notJson} when it is none. */
export function parseAnswer(text: string, response: Response): unknown {
  if (text === "" && response.status === 204) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw notJson(response);
  }
}

/** Says that an answer is not JSON, by {@link AuthError} `bad_response`, and shows nothing of it, as the parser does. */
export function notJson({ headers, url }: Response): AuthError {
  // A hotel's or an airport's network sends its own page, whatever is asked.
  const isPage = headers.get("content-type")?.startsWith("text/html") === true;
  const why = isPage ? "answered with a web page; captive portal or wrong URL?" : "did not answer with JSON";
  return new AuthError("bad_response", `${hostOf(url)} ${why}`);
}

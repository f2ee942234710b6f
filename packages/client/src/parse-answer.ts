import { AuthError } from "@org/auth-core";
import { hostOf } from "./host-of.ts";

/** The JSON of an answer. Throws {@link AuthError} `bad_response`, which shows nothing of it, when it is none. */
export function parseAnswer(text: string, { headers, status, url }: Response): unknown {
  if (text === "" && status === 204) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text. A hotel's or an airport's network sends its own page, whatever is asked.
    const isPage = headers.get("content-type")?.startsWith("text/html") === true;
    const why = isPage ? "answered with a web page; captive portal or wrong URL?" : "did not answer with JSON";
    throw new AuthError("bad_response", `${hostOf(url)} ${why}`);
  }
}

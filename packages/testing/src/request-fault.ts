import type { WholeAnswer } from "./whole-answer.ts";

/**
 * What becomes of a request. Any server of this kit can do these to the next request that comes to a path.
 *
 * In place of the answer, with nothing done:
 * - `"reset"`: the connection is reset;
 * - `{ status, headers, body }`: this is the answer. A text is sent as it is, as HTML where it begins with `<`, all else
 *   as JSON. A redirect is a status and the header `location`;
 * - `{ gzipBombBytes }`: a small answer that grows to so many bytes when it is unpacked: 200, spaces, and `{}`.
 *
 * After all has been done - the code is used up, the refresh token replaced:
 * - `"reset-after-commit"`: the connection is reset in place of the answer;
 * - `"truncate"`: the connection ends in the middle of the answer's body;
 * - `{ delayHeadersMs }`: the answer is held back for so many milliseconds;
 * - `{ dripMs }`: the answer's body comes byte by byte, with so many milliseconds before each;
 * - `{ alter }`: what the function makes of the answer is sent.
 *
 * A wait ends with the server.
 */
export type RequestFault =
  | "reset"
  | "reset-after-commit"
  | "truncate"
  | {
      readonly status: number;
      readonly headers?: WholeAnswer["headers"] | undefined;
      /** A text, or whatever can be written as JSON. Default: none. */
      readonly body?: unknown;
    }
  | { readonly gzipBombBytes: number }
  | { readonly delayHeadersMs: number }
  | { readonly dripMs: number }
  | { readonly alter: (answer: WholeAnswer) => WholeAnswer | Promise<WholeAnswer> };

/**
 * What happens to a request in place of its answer:
 * - `"reset"`: the connection is reset and nothing is done;
 * - `"reset-after-commit"`: all is done - the code is used up, the refresh token rotated - and the connection is reset
 *   in place of the answer;
 * - a status: this is the answer and nothing is done. A body that is not a text is sent as JSON.
 */
export type RequestFault =
  | "reset"
  | "reset-after-commit"
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      readonly body?: string | Readonly<Record<string, unknown>> | undefined;
    };

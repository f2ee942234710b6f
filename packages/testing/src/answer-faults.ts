import { ServerResponse } from "node:http";
import type { Answer } from "./loopback-server.ts";
import type { RequestFault } from "./request-fault.ts";

/** Faults that wait for their request to a plain {@link Answer}. */
export interface AnswerFaults {
  /** The next request to `path` meets `fault`; calling it again is for the one after that. */
  add(path: string, fault: RequestFault): void;
  /** The same answer, with the faults in it. */
  applyTo(answer: Answer): Answer;
}

/** Makes an {@link AnswerFaults} with no fault in it. */
export function answerFaults(): AnswerFaults {
  const waiting = new Map<string, RequestFault[]>();
  return {
    add(path, fault) {
      waiting.set(path, [...(waiting.get(path) ?? []), fault]);
    },
    applyTo: (answer) => async (request, response, body) => {
      const path = (request.url ?? "").replace(/\?.*/s, "");
      const fault = waiting.get(path)?.shift();
      if (fault === undefined) {
        await answer(request, response, body);
      } else if (typeof fault === "object") {
        const isText = typeof fault.body === "string";
        const type = isText ? "text/plain" : "application/json";
        response
          .writeHead(fault.status, { "content-type": type, ...fault.headers })
          .end(isText ? fault.body : JSON.stringify(fault.body));
      } else {
        // What is written to a response with no connection goes nowhere.
        if (fault === "reset-after-commit") await answer(request, new ServerResponse(request), body);
        request.socket.resetAndDestroy();
      }
    },
  };
}

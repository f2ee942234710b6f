import { setTimeout } from "node:timers/promises";
import type { KoaContextWithOIDC } from "oidc-provider";
import type { RequestFault } from "./request-fault.ts";

/** Faults that wait for their request. */
export interface RequestFaults {
  add(path: string, fault: RequestFault): void;
  /** For how long answers of the token endpoint are held back once the work is done, in milliseconds. */
  tokenResponseDelayMs: number;
  /** Applies them. It goes before all else. */
  middleware(ctx: KoaContextWithOIDC, next: () => Promise<unknown>): Promise<void>;
}

/** Makes a {@link RequestFaults} with no fault in it. `closing` ends the waits. */
export function requestFaults(tokenPath: string, closing: AbortSignal): RequestFaults {
  const waiting = new Map<string, RequestFault[]>();

  const faults: RequestFaults = {
    tokenResponseDelayMs: 0,

    add(path, fault) {
      waiting.set(path, [...(waiting.get(path) ?? []), fault]);
    },

    async middleware(ctx, next) {
      const fault = waiting.get(ctx.path)?.shift();
      if (fault === "reset") {
        reset(ctx);
        return;
      }
      if (typeof fault === "object") {
        ctx.status = fault.status;
        if (fault.body !== undefined) ctx.body = fault.body;
        ctx.set(fault.headers ?? {});
        return;
      }

      await next();
      if (fault === "reset-after-commit") {
        reset(ctx);
        return;
      }
      const delayMs = faults.tokenResponseDelayMs;
      if (ctx.path !== tokenPath || delayMs <= 0) return;
      await setTimeout(delayMs, undefined, { signal: closing }).catch(() => undefined);
    },
  };
  return faults;
}

function reset(ctx: KoaContextWithOIDC): void {
  ctx.respond = false;
  ctx.req.socket.resetAndDestroy();
}

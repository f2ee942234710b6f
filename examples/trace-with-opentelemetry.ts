import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { metrics, SpanStatusCode, trace, type Attributes } from "@opentelemetry/api";
import { eventChannel } from "@org/auth-client";
import type { AuthEvent } from "@org/auth-core";

/**
 * Makes a span of each renewal and measures it, and notes all else on the span in which it happens, until what it gives
 * is called.
 */
export function traceAuthEvents(): () => void {
  const tracer = trace.getTracer("org-auth");
  const duration = metrics.getMeter("org-auth").createHistogram("org_auth.renewal.duration", { unit: "s" });

  function record(message: unknown): void {
    const event = message as AuthEvent; // Nothing else is published there.
    const attributes = attributesOf(event);
    if (event.type === "renewal-ended") {
      // The event says how long it took, so nothing has to be kept since its start.
      const span = tracer.startSpan("org-auth renewal", { attributes, startTime: Date.now() - event.durationMs });
      if (event.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: event.error.message });
      span.end();
      duration.record(event.durationMs / 1000, attributes);
    } else if (event.type !== "renewal-started") {
      trace.getActiveSpan()?.addEvent(`org-auth ${event.type}`, attributes);
    }
  }
  subscribe(eventChannel, record);
  return () => void unsubscribe(eventChannel, record);
}

/** What metrics can be counted by: few values each, and none of a person. */
function attributesOf(event: AuthEvent): Attributes {
  return {
    ...("key" in event && { "org_auth.issuer": event.key?.issuer, "org_auth.client_id": event.key?.clientId }),
    ...("origin" in event && { "org_auth.api": event.origin }),
    ...("provenance" in event && { "org_auth.place": event.provenance?.place }),
    ...("outcome" in event && { "org_auth.outcome": event.outcome }),
    ...("error" in event && { "error.type": event.error?.code }),
  };
}

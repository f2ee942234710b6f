import { readFileSync } from "node:fs";
import { join } from "node:path";
import { context, metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { createClient, eventChannel } from "@org/auth-client";
import { assertNoSecrets, startAuthServer, startProtectedApi } from "@org/auth-testing";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { logAuthEvents } from "../examples/log-with-pino.ts";
import { traceAuthEvents } from "../examples/trace-with-opentelemetry.ts";

// That docs/observability.md shows the examples as they are is checked with the README's, in readme.test.ts.

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/observability.md"), "utf8");

/** A machine's client, whose first token is refused by the API, and whose next renewal goes wrong. */
async function setUp() {
  const server = await startAuthServer();
  const api = await startProtectedApi({ introspect: server.introspect });
  onTestFinished(async () => {
    await Promise.all([server.close(), api.close()]);
  });
  const { clientId, clientSecret } = server.confidentialClient;
  const machine = { issuer: server.issuer, clientId, clientSecret };
  const client = createClient({ ...machine, baseUrl: api.baseUrl, env: {}, folder: false, ky: { retry: 0 } });
  return {
    server,
    api,
    clientSecret,
    call: async () => {
      api.refuseNext(1);
      await client.get("me");
    },
    callInVain: async () => {
      api.refuseNext(1);
      server.failNext("/token", { status: 400, body: { error: "unauthorized_client" } });
      await expect(client.get("me")).rejects.toMatchObject({ code: "server_error" });
    },
  };
}

test("the page tells of every event there is, with its fields, and names the channel", () => {
  const source = readFileSync(join(root, "packages/core/src/events.ts"), "utf8");
  const events = [...source.matchAll(/readonly type: "([\w-]+)";(.*?)^\}/gms)].map(([, type = "", body = ""]) => {
    const fields = [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name = ""]) => name);
    return [type, fields.sort()] as const;
  });
  const rows = [...page.matchAll(/^\| `([\w-]+)` .*\|([^|]+)\|$/gm)].map(([, type = "", names = ""]) => {
    return [type, [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name).sort()] as const;
  });
  expect(events).toHaveLength(9);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(events));
  expect(page).toContain(`\`${eventChannel}\``);
});

test("B.2-7 the example for pino logs every event with a level and its error, and no secret, until it is stopped", async () => {
  const { call, callInVain, clientSecret, api } = await setUp();
  const lines: string[] = [];
  const stop = logAuthEvents(pino({ level: "debug", base: null }, { write: (line: string) => void lines.push(line) }));
  onTestFinished(stop);
  await call();
  await callInVain();
  stop();
  await call();

  const { debug, info, warn } = pino.levels.values;
  const logged = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  expect(logged.map(({ level, msg, outcome }) => [level, msg, outcome])).toEqual([
    [info, "org-auth: credential-found", undefined],
    [debug, "org-auth: renewal-started", undefined],
    [info, "org-auth: renewal-ended", "saved"],
    [debug, "org-auth: renewal-started", undefined],
    [info, "org-auth: renewal-ended", "saved"],
    [info, "org-auth: token-refused", "replaced"],
    [debug, "org-auth: renewal-started", undefined],
    [warn, "org-auth: renewal-ended", "failed"],
    [warn, "org-auth: token-refused", "failed"],
  ]);
  expect(logged[0]).toMatchObject({
    type: "credential-found",
    kind: "client-secret",
    provenance: { place: "argument" },
  });
  expect(logged[7]).toMatchObject({ type: "renewal-ended", err: { code: "server_error", stack: expect.any(String) } });
  const tokens = api.requests.map(({ headers }) => headers.authorization?.slice("Bearer ".length) ?? "");
  expect(tokens).toHaveLength(5);
  assertNoSecrets({ log: lines.join("") }, { clientSecret, ...Object.fromEntries(tokens.entries()) });
});

test("B.2-7 the example for OpenTelemetry makes spans of renewals below the request's own, and measures them", async () => {
  const spans = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  metrics.setGlobalMeterProvider(meters);
  onTestFinished(async () => {
    for (const api of [trace, context, metrics]) api.disable();
    await meters.shutdown();
  });
  const { call, callInVain, server, api, clientSecret } = await setUp();
  const stop = traceAuthEvents();
  onTestFinished(stop);
  const tracer = trace.getTracer("a service");
  for (const work of [call, callInVain]) {
    await tracer.startActiveSpan("a request", async (span) => {
      await work();
      span.end();
    });
  }
  stop();
  await call();

  const finished = spans.getFinishedSpans();
  expect(finished.map(({ name }) => name)).toEqual([
    ...["org-auth renewal", "org-auth renewal", "a request"],
    ...["org-auth renewal", "a request"],
  ]);
  const [first, second, request, failed, request2] = finished;
  expect([first, second].map((span) => span?.parentSpanContext?.spanId)).toEqual(
    [1, 2].map(() => request?.spanContext().spanId),
  );
  expect(failed?.parentSpanContext?.spanId).toBe(request2?.spanContext().spanId);
  const { clientId } = server.confidentialClient;
  const attributes = { "org_auth.issuer": server.issuer, "org_auth.client_id": clientId, "org_auth.outcome": "saved" };
  expect(first).toMatchObject({ attributes, status: { code: SpanStatusCode.UNSET } });
  expect(failed).toMatchObject({
    attributes: { "org_auth.outcome": "failed", "error.type": "server_error" },
    status: { code: SpanStatusCode.ERROR, message: expect.stringContaining("unauthorized_client") },
  });
  expect(request?.events.map(({ name }) => name)).toEqual(["org-auth credential-found", "org-auth token-refused"]);
  expect(request?.events[1]?.attributes).toEqual({
    "org_auth.api": api.origin,
    "org_auth.place": "argument",
    "org_auth.outcome": "replaced",
  });

  await meters.forceFlush();
  const [metric] = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  expect(metric?.descriptor).toMatchObject({ name: "org_auth.renewal.duration", unit: "s" });
  expect(metric?.dataPoints).toMatchObject([
    { attributes, value: { count: 2 } },
    { attributes: { "org_auth.outcome": "failed" }, value: { count: 1 } },
  ]);
  const told = finished.map(({ attributes, events, status }) => ({ attributes, events, status }));
  assertNoSecrets({ told: JSON.stringify([told, metric]) }, { clientSecret });
});

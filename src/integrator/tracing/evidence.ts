import { CLIENT, contextOf, ENTRY, type RecordedExchange, traceOf } from "./exchange.ts";
import type { LogRecord } from "./logs.ts";
import type { Span } from "./span.ts";

/** Everything that was seen while a trace ran. */
export interface Evidence {
  trace_id: string;
  /** All exchanges that were recorded, of whatever trace, in the order in which they ended. */
  exchanges: readonly RecordedExchange[];
  /** All spans that were received, of whatever trace. */
  spans: readonly Span[];
  /** Lines of logs that name the trace. */
  logs: readonly LogRecord[];
}

/** An exchange that belongs to a trace, with what caused it. */
export interface Caused {
  exchange: RecordedExchange;
  /** What its sender had received before; undefined for what came from outside. */
  cause: Caused | undefined;
  /** Whether it carries another trace than its cause, or none: its sender broke the trace. */
  breaks: boolean;
}

/** How long after the last answer something may still be an effect of it, in milliseconds. */
const AFTER_MS = 10_000;
/** What the clocks of two processes on one machine may differ by, in milliseconds. */
const CLOCKS_MS = 50;
const HEALTH = /^\/(?:[^/]+\/)?(?:health|healthz|health-check|healthcheck|ready|readyz|live|livez|ping|metrics)\/?$/i;

/** Exchanges with the names that spans give: whose parent is the request is who answered it. */
export function named(exchanges: readonly RecordedExchange[], spans: readonly Span[]): RecordedExchange[] {
  return exchanges.map((exchange) => {
    if (exchange.to !== ENTRY) return exchange;
    const id = contextOf(exchange)?.span_id;
    const answered = spans.find(({ parent_span_id }) => parent_span_id === id);
    return answered === undefined ? exchange : { ...exchange, to: answered.service };
  });
}

/** Trace ids that the tester gave out: what carries another one of them is no part of this trace. */
export function issuedTraces({ exchanges, trace_id }: Evidence): Set<string> {
  return new Set([trace_id, ...exchanges.filter(({ from }) => from === CLIENT).map(traceOf)]);
}

/**
 * The exchanges of a trace in the order of their start: those that carry it, and those without it (or with a trace that
 * nobody gave out) whose sender had just received something of it. Requests for health are nobody's effect.
 */
export function causedExchanges(evidence: Evidence): Caused[] {
  const issued = issuedTraces(evidence);
  const found: Caused[] = [];
  const all = [...evidence.exchanges].sort((a, b) => a.start_ms - b.start_ms);
  /** The last thing that a service was told, of any trace: whoever only reads causes no calls later on. */
  const latest = new Map<string, RecordedExchange>();
  for (const exchange of all) {
    const trace = traceOf(exchange);
    const cause = exchange.from === CLIENT ? undefined : lastTo(found, exchange);
    if (trace === evidence.trace_id) found.push({ exchange, cause, breaks: false });
    else if (
      cause !== undefined &&
      !issued.has(trace) &&
      latest.get(exchange.from) === cause.exchange &&
      exchange.start_ms <= cause.exchange.start_ms + cause.exchange.duration_ms + AFTER_MS &&
      !HEALTH.test(exchange.path.split("?")[0] ?? "")
    )
      found.push({ exchange, cause, breaks: traceOf(cause.exchange) !== "" && trace !== traceOf(cause.exchange) });
    if (trace === evidence.trace_id || !/^(GET|HEAD|OPTIONS)$/.test(exchange.method)) latest.set(exchange.to, exchange);
  }
  return found;
}

function lastTo(found: readonly Caused[], { from }: RecordedExchange): Caused | undefined {
  return found.findLast(({ exchange }) => exchange.to === from);
}

/** Spans that nobody's trace explains, made while the trace ran: somebody began a new one. */
export function straySpans(evidence: Evidence, caused: readonly Caused[]): Span[] {
  const issued = issuedTraces(evidence);
  const carried = new Set(caused.map(({ exchange }) => traceOf(exchange)));
  const times = [
    ...caused.map(({ exchange: { start_ms, duration_ms } }) => [start_ms, start_ms + duration_ms] as const),
    ...ownSpans(evidence).map(({ start_ms, duration_ms }) => [start_ms, start_ms + duration_ms] as const),
  ];
  // Who received none may begin one.
  const untold = new Set(caused.filter(({ exchange }) => traceOf(exchange) === "").map(({ exchange }) => exchange.to));
  const begin = Math.min(...times.map(([start]) => start));
  const end = Math.max(...times.map(([, last]) => last));
  return evidence.spans.filter(
    ({ trace_id, start_ms, kind, service }) =>
      !issued.has(trace_id) &&
      !carried.has(trace_id) &&
      !untold.has(service) &&
      (kind === "server" || kind === "consumer") &&
      start_ms >= begin - CLOCKS_MS &&
      start_ms <= end + CLOCKS_MS,
  );
}

/** Spans of the trace itself. */
export function ownSpans({ spans, trace_id }: Evidence): Span[] {
  return spans.filter((span) => span.trace_id === trace_id);
}

/** Whether a span is of a request for health, which is nobody's effect. */
export function isHealthSpan({ name, attributes }: Span): boolean {
  const path = String(attributes.get("url.path") ?? attributes.get("http.target") ?? name.split(" ").at(-1) ?? "");
  return HEALTH.test(path.split("?")[0] ?? "");
}

import type { TracedService } from "../../model/trace-report.ts";
import { type Caused, type Evidence, isHealthSpan, issuedTraces, ownSpans } from "./evidence.ts";
import { CLIENT, ENTRY, nameOf, traceOf } from "./exchange.ts";
import type { Span } from "./span.ts";

/** Where a trace broke, with the one service that broke it. */
export interface Break {
  code: "TRACE-FLOW-001" | "TRACE-FLOW-002";
  service: string;
  /** The request at which it shows, e.g. `POST /orders`. */
  at: string;
  message: string;
  expected: string;
  actual: string;
}

/** Where the trace broke: at who handed it on wrongly, and at who received it and left no sign of it. */
export function breaksOf(evidence: Evidence, caused: readonly Caused[], stray: readonly Span[]): Break[] {
  return unique([
    ...caused.flatMap((one) => (one.breaks ? [notHandedOn(evidence, one)] : [])),
    ...stray.filter((span) => !isHealthSpan(span)).map((span) => begunAnew(evidence, caused, span)),
    ...(isObserved(evidence) ? silent(evidence, caused, stray) : []),
  ]);
}

/** Whether anybody reported a span of the trace or logged its id. */
export function isObserved(evidence: Evidence): boolean {
  return evidence.logs.length > 0 || ownSpans(evidence).length > 0;
}

function notHandedOn({ trace_id }: Evidence, { exchange }: Caused): Break {
  const trace = traceOf(exchange);
  const sent =
    trace !== "" ? `trace ${trace}` : exchange.traceparent === "" ? "no traceparent" : "a malformed traceparent";
  const anew = trace === "" ? "without its traceparent" : "under a new trace id";
  return {
    code: "TRACE-FLOW-001",
    service: exchange.from,
    at: nameOf(exchange),
    message: `${exchange.from} sends ${nameOf(exchange)} to ${exchange.to} ${anew}.`,
    expected: `traceparent 00-${trace_id}-…`,
    actual: sent,
  };
}

/** A service that has continued a trace elsewhere got none here: who called it is to blame. Otherwise it is itself. */
function begunAnew(evidence: Evidence, caused: readonly Caused[], span: Span): Break {
  const { service, name, trace_id } = span;
  const issued = issuedTraces(evidence);
  const continues = evidence.spans.some((other) => other.service === service && issued.has(other.trace_id));
  const received = caused.some(({ exchange }) => exchange.to === service && traceOf(exchange) === evidence.trace_id);
  const caller = continues && !received ? callerOf(evidence, caused, span) : undefined;
  return {
    code: "TRACE-FLOW-001",
    service: caller ?? service,
    at: name,
    message: caller
      ? `${caller} does not hand its trace on to ${service}, which therefore began a new one.`
      : `${service} began a new trace at ${name}${received ? " although it received one" : ""}.`,
    expected: `a span of trace ${evidence.trace_id}`,
    actual: `a span of trace ${trace_id}`,
  };
}

/** Who was calling somebody when the span began: by its own client span, or the last service that was at work. */
function callerOf(evidence: Evidence, caused: readonly Caused[], { start_ms, service }: Span): string | undefined {
  const others = ownSpans(evidence).filter((span) => span.service !== service && span.start_ms <= start_ms);
  const latest = (spans: readonly Span[]) => [...spans].sort((a, b) => a.start_ms - b.start_ms).at(-1)?.service;
  const calling = others.filter(
    ({ kind, ...span }) => kind === "client" && span.start_ms + span.duration_ms >= start_ms,
  );
  const entered = caused.filter(({ exchange }) => exchange.to !== service && exchange.start_ms <= start_ms);
  return latest(calling) ?? latest(others) ?? entered.at(-1)?.exchange.to;
}

function silent(evidence: Evidence, caused: readonly Caused[], stray: readonly Span[]): Break[] {
  const anew = new Set(stray.map(({ service }) => service));
  return (
    receivers(evidence, caused)
      // Of whom not even the name is known it cannot be told what they log.
      .filter(({ service, signs }) => signs === 0 && !anew.has(service) && service !== ENTRY)
      .map(({ service, first }) => ({
        code: "TRACE-FLOW-002" as const,
        service,
        at: first,
        message: `${service} received the trace with ${first} and neither reports a span of it nor logs its id.`,
        expected: `a span or a log line of trace ${evidence.trace_id}`,
        actual: "none",
      }))
  );
}

function receivers(evidence: Evidence, caused: readonly Caused[]) {
  const found = new Map<string, { service: string; first: string; signs: number }>();
  for (const { exchange } of caused) {
    if (traceOf(exchange) !== evidence.trace_id || exchange.status === null || found.has(exchange.to)) continue;
    const { spans, lines } = signsOf(evidence, exchange.to);
    found.set(exchange.to, { service: exchange.to, first: nameOf(exchange), signs: spans + lines });
  }
  return [...found.values()];
}

function signsOf(evidence: Evidence, service: string): { spans: number; lines: number } {
  return {
    spans: ownSpans(evidence).filter((span) => span.service === service).length,
    lines: evidence.logs.filter((record) => record.service === service).length,
  };
}

/** What is known of each service that had a part in the trace. */
export function servicesOf(evidence: Evidence, caused: readonly Caused[], breaks: readonly Break[]): TracedService[] {
  const names = new Set([
    ...caused.map(({ exchange }) => exchange.to),
    ...ownSpans(evidence).map(({ service }) => service),
    ...evidence.logs.map(({ service }) => service),
    ...breaks.map(({ service }) => service),
  ]);
  names.delete(CLIENT);
  return [...names].map((service) => {
    const { spans, lines } = signsOf(evidence, service);
    const received = caused.filter(({ exchange }) => exchange.to === service).length;
    const own = breaks.find((one) => one.service === service);
    const verdict = own ? "lost" : spans + lines > 0 ? "traced" : "not observed";
    const unseen = "It reported no span and logged no trace id.";
    const reason = own?.message ?? (verdict === "not observed" ? unseen : "");
    return { service, received, spans, log_lines: lines, verdict, reason };
  });
}

/** A service that breaks the trace at each of ten requests has one fault. */
function unique(breaks: readonly Break[]): Break[] {
  const seen = new Set<string>();
  return breaks.filter(({ code, service, message }) => {
    const key = `${code} ${service} ${message}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

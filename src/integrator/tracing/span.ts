/** A span as services report it (OpenTelemetry), cut down to what a trace report needs. */
export interface Span {
  trace_id: string;
  span_id: string;
  /** "" for a root. */
  parent_span_id: string;
  service: string;
  name: string;
  kind: SpanKind;
  /** Milliseconds since 1970, with fractions. */
  start_ms: number;
  duration_ms: number;
  failed: boolean;
  attributes: ReadonlyMap<string, Scalar>;
}

export type Scalar = string | number | boolean;

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
export type SpanKind = (typeof KINDS)[number];

/** A span as it came, whatever its encoding: ids in hexadecimal, times in nanoseconds since 1970. */
export interface RawSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  start: bigint;
  end: bigint;
  status: number;
  attributes: Iterable<readonly [string, Scalar]>;
}

/** What one request brought. */
export interface Received {
  spans: Span[];
  rejected: number;
  /** Why spans were rejected; "" when none was. */
  reason: string;
}

const MOST_ATTRIBUTES = 64;
const LONGEST_NAME = 256;
const LONGEST_VALUE = 8192;
const STATUS_ERROR = 2;

/** Keep a span of `service`, or say why it is none (OTLP: ids of 16 and 8 bytes that are not all zero). */
export function spanOf(service: string, raw: RawSpan): Span | string {
  const trace_id = raw.traceId.toLowerCase();
  const span_id = raw.spanId.toLowerCase();
  const parent = raw.parentSpanId.toLowerCase();
  if (!isId(trace_id, 32)) return "a trace id is not 16 bytes";
  if (!isId(span_id, 16)) return "a span id is not 8 bytes";
  if (raw.start < 0n || raw.end < 0n) return "a time is negative";
  const start_ms = Number(raw.start / 1000n) / 1000;
  const attributes = new Map<string, Scalar>();
  for (const [key, value] of raw.attributes) {
    if (attributes.size >= MOST_ATTRIBUTES) break;
    attributes.set(key.slice(0, LONGEST_NAME), typeof value === "string" ? value.slice(0, LONGEST_VALUE) : value);
  }
  return {
    trace_id,
    span_id,
    parent_span_id: isId(parent, 16) ? parent : "",
    service: service.slice(0, LONGEST_NAME),
    name: raw.name.slice(0, LONGEST_NAME),
    kind: KINDS[raw.kind] ?? "unspecified",
    start_ms,
    duration_ms: Math.max(0, Number(raw.end / 1000n) / 1000 - start_ms),
    failed: raw.status === STATUS_ERROR,
    attributes,
  };
}

function isId(text: string, digits: number): boolean {
  return text.length === digits && /^[0-9a-f]+$/.test(text) && !/^0+$/.test(text);
}

/** Spans of one request, gathered one by one. */
export function gatherSpans(): Received & { add(service: string, raw: RawSpan): void } {
  const received: Received = { spans: [], rejected: 0, reason: "" };
  return Object.assign(received, {
    add(service: string, raw: RawSpan) {
      const span = spanOf(service, raw);
      if (typeof span !== "string") received.spans.push(span);
      else {
        received.rejected += 1;
        received.reason ||= span;
      }
    },
  });
}

/** The `service.name` of a resource; OpenTelemetry's own word for one that says nothing. */
export function serviceOf(attributes: Iterable<readonly [string, Scalar]>): string {
  for (const [key, value] of attributes) if (key === "service.name" && value !== "") return String(value);
  return "unknown_service";
}

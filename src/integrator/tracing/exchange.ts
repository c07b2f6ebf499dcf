import { isRecord, text } from "../document.ts";
import { idsOf } from "../trace.ts";

/** Milliseconds since 1970, with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Who sends what comes from outside the system. */
export const CLIENT = "client";
/** Whoever answers at an address of which nobody said whose it is. */
export const ENTRY = "entry";

/** A request and its answer as they were seen on their way. */
export interface RecordedExchange {
  /** The header as it was sent; "" when there was none. */
  traceparent: string;
  /** The service that sent it, or `CLIENT`. */
  from: string;
  to: string;
  method: string;
  /** Path with query, as the service sees it. */
  path: string;
  /** null when no answer came. */
  status: number | null;
  /** Milliseconds since 1970, with fractions. */
  start_ms: number;
  duration_ms: number;
  /** Bodies as values; undefined when there was none, or it was no JSON. */
  request: unknown;
  response: unknown;
}

/** Gets every exchange when it is over. */
export type RecordExchange = (exchange: RecordedExchange) => void;

/**
 * Trace id of an exchange and span id of who sent it; undefined when it carried none that is well formed. Events may
 * carry theirs as an attribute of the document instead (CloudEvents, Distributed Tracing extension).
 */
export function contextOf({ traceparent, request }: RecordedExchange): ReturnType<typeof idsOf> {
  const attribute = isRecord(request) && request.specversion !== undefined ? text(request.traceparent) : undefined;
  return idsOf(traceparent) ?? idsOf(attribute);
}

/** Trace id of an exchange; "" when it carried none. */
export function traceOf(exchange: RecordedExchange): string {
  return contextOf(exchange)?.trace_id ?? "";
}

/** The event that a request delivers as a CloudEvents 1.0 document; undefined when it delivers none. */
export function eventOf({ request }: RecordedExchange): { type: string; data: unknown } | undefined {
  if (!isRecord(request) || text(request.specversion) === undefined) return undefined;
  const type = text(request.type);
  return type === undefined ? undefined : { type, data: request.data };
}

/** What a hop is called: the event's name, or `METHOD /path` without its query. */
export function nameOf(exchange: RecordedExchange): string {
  return eventOf(exchange)?.type ?? `${exchange.method} ${pathOf(exchange.path)}`;
}

/** A path without its query. */
export function pathOf(path: string): string {
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

/** Exchanges, newest last, within bounds: the oldest make room. */
export function createRecording({ most = 5000, maxBytes = 32 * 1024 * 1024 } = {}): {
  record: RecordExchange;
  all(): readonly RecordedExchange[];
} {
  let kept: { exchange: RecordedExchange; bytes: number }[] = [];
  let bytes = 0;
  return {
    record(exchange) {
      const size = 300 + sizeOf(exchange.request) + sizeOf(exchange.response);
      kept.push({ exchange, bytes: size });
      bytes += size;
      let gone = 0;
      while (kept.length - gone > most || (bytes > maxBytes && gone < kept.length)) {
        bytes -= kept[gone]?.bytes ?? 0;
        gone += 1;
      }
      if (gone > 0) kept = kept.slice(gone);
    },
    all: () => kept.map(({ exchange }) => exchange),
  };
}

function sizeOf(value: unknown): number {
  return value === undefined ? 0 : JSON.stringify(value).length;
}

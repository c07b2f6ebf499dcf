import { randomHex } from "../lib/ids.ts";

/** A fresh W3C trace id: 32 lower-case hexadecimal digits. */
export function newTraceId(): string {
  return randomHex(16);
}

/** A sampled `traceparent` header for a new span of that trace (W3C Trace Context, version 00). */
export function traceparentOf(traceId: string): string {
  return `00-${traceId}-${randomHex(8)}-01`;
}

/** Whether a header value is a well-formed `traceparent` with ids that are not all zero. */
export function isTraceparent(value: string | undefined): boolean {
  return (
    value !== undefined &&
    /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/.test(value)
  );
}

/** The trace id and the caller's span id of a `traceparent`; undefined when it is not well formed. */
export function idsOf(traceparent: string | undefined): { trace_id: string; span_id: string } | undefined {
  if (traceparent === undefined || !isTraceparent(traceparent)) return undefined;
  return { trace_id: traceparent.slice(3, 35), span_id: traceparent.slice(36, 52) };
}

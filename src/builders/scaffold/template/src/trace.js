import { randomBytes } from "node:crypto";

// W3C Trace Context: version-traceid-parentid-flags; later versions may append fields.
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The span of one request: it continues the caller's trace, or begins one when `traceparent` is absent or malformed. */
export function startSpan(traceparent, tracestate) {
  const [, version, traceId, parentId, flags, rest] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  const valid =
    version !== undefined &&
    version !== "ff" &&
    (version !== "00" || rest === undefined) &&
    !/^0+$/.test(traceId) &&
    !/^0+$/.test(parentId);
  return {
    traceId: valid ? traceId : randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    parentId: valid ? parentId : undefined,
    flags: valid ? flags : "01",
    state: valid ? tracestate : undefined,
  };
}

/** The `traceparent` that continues a span. */
export function traceparentOf(span) {
  return `00-${span.traceId}-${span.spanId}-${span.flags}`;
}

/** Headers that continue a span in another service. */
export function traceHeaders(span) {
  return { traceparent: traceparentOf(span), ...(span.state ? { tracestate: span.state } : {}) };
}

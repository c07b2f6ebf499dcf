import { z } from "zod";
import { ContractViolation } from "./finding.ts";

/** One service's part in a trace. The list of hops is in the order of the tree: a hop follows what caused it. */
export const TraceHop = z.object({
  service: z.string(),
  /** `POST /orders`, the event's name, or what its span is called. */
  name: z.string(),
  kind: z.enum(["request", "event", "work"]),
  /** Who says so: the request as it was seen on its way, the service's span, or its log. */
  source: z.enum(["recorded", "span", "log"]),
  /** How deep in the tree; 0 is what came from outside. */
  depth: z.number().int(),
  /** Milliseconds since the trace began; null when its log gives no time. */
  start_ms: z.number().nullable(),
  duration_ms: z.number().nullable(),
  /** HTTP status; null when it is not known. */
  status: z.number().int().nullable(),
  /** Whether it carried the trace on; false where the trace broke here. */
  traced: z.boolean(),
});
export type TraceHop = z.infer<typeof TraceHop>;

/** What is known of one service's part in a trace. */
export const TracedService = z.object({
  service: z.string(),
  /** Requests and events it received in this trace, as far as they were seen. */
  received: z.number().int(),
  spans: z.number().int(),
  log_lines: z.number().int(),
  verdict: z.enum(["traced", "lost", "not observed"]),
  reason: z.string(),
});
export type TracedService = z.infer<typeof TracedService>;

/** A field that did not arrive as it was sent. */
export const FieldChange = z.object({
  kind: z.enum(["lost", "renamed", "retyped", "changed"]),
  /** JSON pointer in what the service received. */
  field: z.string(),
  /** JSON pointer in what it wrote; "" when it is not there. */
  becomes: z.string(),
  /** The service to blame: it received the field and did not hand it on as it was. */
  service: z.string(),
  /** Where it had the field from, and where it is missing or different. */
  from: z.string(),
  to: z.string(),
  /** Both as JSON, cut to 80 characters; "absent" when there is none. */
  before: z.string(),
  after: z.string(),
  /** Whether a contract or the caller says that it has to arrive; otherwise it is only likely. */
  certain: z.boolean(),
});
export type FieldChange = z.infer<typeof FieldChange>;

/** Where one request went, where its trace broke, and what became of its data. */
export const TraceReport = z.object({
  /** W3C trace id, 32 hexadecimal digits. */
  trace_id: z.string(),
  /** `skipped`: nobody reported a span or logged the trace id, so that nothing can be said. */
  verdict: z.enum(["passed", "failed", "skipped"]),
  /** Why it was skipped, or what failed first; "" when it passed. */
  reason: z.string(),
  duration_ms: z.number(),
  services: z.array(TracedService),
  hops: z.array(TraceHop),
  changes: z.array(FieldChange),
  violations: z.array(ContractViolation),
});
export type TraceReport = z.infer<typeof TraceReport>;

import { z } from "zod";
import { Severity } from "./finding.ts";

export const FUZZ_PHASES = ["examples", "coverage", "positive", "negative", "stateful"] as const;
export const FUZZ_CHECKS = [
  "server_error",
  "no_answer",
  "status_documented",
  "content_type",
  "response_schema",
  "response_headers",
  "negative_data_rejected",
  "positive_data_accepted",
  "unsupported_method",
  "auth_enforced",
  "use_after_delete",
  "available_after_creation",
  "update_persisted",
  "list_contains_created",
  "response_time",
  "hook",
] as const;
export type FuzzCheckName = (typeof FUZZ_CHECKS)[number];

/** One request of a finding, as it can be sent again. */
export const FuzzStep = z.object({
  method: z.string(),
  /** Path with query, below the tested address. */
  target: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
  /** Whether the tester's credentials went with it; they are not written down. */
  credentials: z.boolean(),
  status: z.number().int().nullable(),
  /** Parts of the target that an earlier step's answer gave: replayed, they are taken from the new answer. */
  bindings: z.array(z.object({ text: z.string(), step: z.number().int(), pointer: z.string() })),
});
export type FuzzStep = z.infer<typeof FuzzStep>;

/** A way in which a running service departs from its contract. */
export const FuzzViolation = z.object({
  code: z.string(),
  severity: Severity,
  check: z.enum(FUZZ_CHECKS),
  method: z.string(),
  /** Path of the contract. */
  path: z.string(),
  message: z.string(),
  expected: z.string(),
  actual: z.string(),
  /** JSON pointer of the contract's clause. */
  clause: z.string(),
  /** A shell line that sends the last request again. */
  curl: z.string(),
  phase: z.enum(FUZZ_PHASES),
  /** Same for the same cause: names it for a replay. */
  id: z.string(),
  /** How often it was seen. */
  count: z.number().int(),
  /** Every request that is needed to see it, the last one shows it. */
  steps: z.array(FuzzStep),
  response: z
    .object({ status: z.number().int(), headers: z.record(z.string(), z.string()), body: z.string() })
    .nullable(),
});
export type FuzzViolation = z.infer<typeof FuzzViolation>;

export const FuzzReport = z.object({
  /** The only address that was asked. */
  url: z.string(),
  seed: z.number().int(),
  backend: z.enum(["builtin", "schemathesis"]),
  violations: z.array(FuzzViolation),
  requests: z.number().int(),
  duration_ms: z.number(),
  first_violation_ms: z.number().nullable(),
  operations: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      requests: z.number().int(),
      violations: z.number().int(),
      /** Why nothing valid could be sent to it; "" when it was tested. */
      skipped: z.string(),
    }),
  ),
  cleaned_up: z.number().int(),
  /** What it created and could not delete. */
  left_behind: z.number().int(),
  interrupted: z.boolean(),
  notes: z.array(z.string()),
});
export type FuzzReport = z.infer<typeof FuzzReport>;

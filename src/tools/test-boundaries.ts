import { z } from "zod";
import { BoundaryCheck, type BoundaryResult } from "../model/boundary.ts";
import { ContractViolation } from "../model/finding.ts";
import { defineTool } from "./define-tool.ts";
import { testParts } from "./pipeline-test.ts";
import { firstOf, limitField } from "./short.ts";
import { namedSystem, systemFields, systemFor } from "./system-fields.ts";

const Answer = z.object({
  verdict: z.enum(["passed", "failed", "skipped"]),
  total: z.number().int(),
  passed: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
  violations: z.array(ContractViolation.omit({ file_path: true })),
  violations_total: z.number().int(),
  /** Checks that could not be made, each with the reason. */
  not_checked: z.array(BoundaryCheck.pick({ topic: true, subject: true, reason: true })),
  next_step: z.string(),
});

export const testBoundaries = defineTool({
  name: "test_boundaries",
  title: "Test boundaries",
  toolset: "integration",
  description:
    "Find data damaged between services: names, nulls, dates, numbers, unicode, enums, pages. Creates data there.",
  input: z.object({
    ...systemFields,
    static_only: z.boolean().default(false).describe("Static only; compare contracts, nothing is written."),
    max_seconds: z.number().min(0).max(3600).default(300).describe("Time for what is sent; 0 for no limit."),
    limit: limitField("Limit; violations and skipped checks shown", 200),
  }),
  output: Answer,
  paths: ["service_map", "contracts"],
  hints: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  unlisted: ["event_timeout", "max_seconds", "event_secret", "jwt_secret", "limit"],
  cli: { command: "test-boundaries", arguments: [] },
  run: async (input, call) => {
    const { static_only, max_seconds, event_secret = null, limit } = input;
    if (input.pipeline_id !== undefined) {
      const report = await testParts(input.pipeline_id, ["boundaries"], namedSystem(input), call);
      return answerOf({ checks: report.boundaries, violations: report.violations }, limit);
    }
    const { checkBoundaries } = await import("../integrator/boundary/check-boundaries.ts");
    const { system, service_map } = await systemFor(input, call);
    const request = { service_map, static_only, max_seconds, event_secret, onProgress: call.progress };
    return answerOf(await checkBoundaries(system, request), limit);
  },
  text: (answer) =>
    [
      ...answer.violations.map((one) => {
        const more = one.reproduce === "" ? `expected ${one.expected}; ${one.actual}` : one.reproduce;
        return `${one.severity} ${one.code} ${one.service} ${one.endpoint}: ${one.message}\n  ${more}`;
      }),
      ...answer.not_checked.map(({ subject, reason }) => `not checked: ${subject}: ${reason}`),
      `${answer.passed} of ${answer.total} checks passed, ${answer.skipped} skipped, ${answer.violations_total} violations`,
      `Next: ${answer.next_step}`,
    ].join("\n"),
  exitCode: ({ verdict }) => ({ passed: 0, failed: 1, skipped: 2 })[verdict],
});

function answerOf({ checks, violations }: BoundaryResult, limit: number | undefined): z.infer<typeof Answer> {
  const of = (verdict: string) => checks.filter((check) => check.verdict === verdict);
  const [failed, passed, skipped] = [of("failed").length, of("passed").length, of("skipped")];
  const worst = [...violations].sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
  const [first] = worst;
  return {
    verdict: failed > 0 ? ("failed" as const) : passed > 0 ? ("passed" as const) : ("skipped" as const),
    total: failed + passed,
    passed,
    failed,
    skipped: skipped.length,
    violations: firstOf(worst, limit).map(({ file_path: _, ...violation }) => violation),
    violations_total: violations.length,
    not_checked: firstOf(skipped, limit, 1500).map(({ topic, subject, reason }) => ({ topic, subject, reason })),
    next_step: first
      ? `Fix ${first.service} first: ${first.message}`
      : failed + passed === 0
        ? "Nothing was tested: the contracts share no data, and nothing could be written."
        : "Nothing was found.",
  };
}

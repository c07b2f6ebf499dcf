import { resolve } from "node:path";
import { z } from "zod";
import type { FlowsResult } from "../integrator/flow/run-flows.ts";
import { ContractViolation } from "../model/finding.ts";
import { defineTool } from "./define-tool.ts";
import { readFlows, writeFlows } from "./flow-file.ts";
import { testParts } from "./pipeline-test.ts";
import { firstOf, limitField } from "./short.ts";
import { namedSystem, systemFields, systemFor } from "./system-fields.ts";

const FlowRow = z.object({
  name: z.string(),
  verdict: z.enum(["passed", "failed", "skipped"]),
  services: z.array(z.string()),
  steps: z.number().int(),
  reason: z.string(),
  /** Of a failed flow: the step, what was sent, what came back, what should have. */
  failure: z.object({ step: z.string(), request: z.string(), response: z.string(), expected: z.string() }).nullable(),
});

const Answer = z.object({
  verdict: z.enum(["passed", "failed", "skipped"]),
  total: z.number().int(),
  passed: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
  flows: z.array(FlowRow),
  violations: z.array(ContractViolation.omit({ file_path: true })),
  violations_total: z.number().int(),
  /** Relations between services that no flow exercises, each with the reason. */
  uncovered: z.array(z.string()),
  saved: z.string().nullable(),
  next_step: z.string(),
});

export const runCrossServiceTests = defineTool({
  name: "run_cross_service_tests",
  title: "Test flows",
  toolset: "integration",
  description:
    "Run request chains and event effects across a running system; each failure is one service's. Creates data there.",
  input: z.object({
    ...systemFields,
    flows: z.string().optional().describe("File; kept flows to run instead of those that the contracts give."),
    save_flows: z
      .string()
      .optional()
      .describe("File; the flows are written there, YAML or JSON, to be read, edited and run again."),
    max_seconds: z.number().min(0).max(3600).default(300).describe("Time for all flows; 0 for no limit."),
    limit: limitField("Limit; violations shown", 200),
  }),
  output: Answer,
  paths: ["service_map", "contracts", "flows", "save_flows"],
  hints: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  unlisted: ["event_timeout", "max_seconds", "save_flows", "jwt_secret", "event_secret", "limit"],
  cli: { command: "test-flows", arguments: [] },
  run: async (input, call) => {
    if (input.pipeline_id !== undefined) {
      const { flows, save_flows } = input;
      const others = { ...namedSystem(input), flows, save_flows };
      const report = await testParts(input.pipeline_id, ["flows"], others, call);
      return answerOf({ ...report, uncovered: report.skipped }, { limit: input.limit, saved: null });
    }
    const { runFlows } = await import("../integrator/flow/run-flows.ts");
    const file = (name: string | undefined) => (name === undefined ? undefined : resolve(call.ctx.workspace, name));
    const kept = file(input.flows);
    const flows = kept === undefined ? undefined : readFlows(kept);
    const { system, service_map } = await systemFor(input, call);
    const { max_seconds, event_secret = null } = input;
    const result = await runFlows(system, { flows, service_map, event_secret, max_seconds, onProgress: call.progress });
    const saved = file(input.save_flows);
    if (saved !== undefined) writeFlows(saved, result.planned);
    return answerOf(result, { limit: input.limit, saved: saved ?? null });
  },
  text: (answer) =>
    [
      ...answer.flows.map(({ verdict, name, services, reason }) => {
        const why = reason === "" ? "" : `: ${reason}`;
        return `${verdict.padEnd(8)}${name} (${services.join(", ")})${why}`;
      }),
      ...answer.violations.map(
        (one) => `${one.code} ${one.service} ${one.endpoint}: ${one.message}\n  ${one.reproduce}`,
      ),
      ...answer.uncovered.map((relation) => `not covered: ${relation}`),
      `${answer.passed} of ${answer.total} flows passed, ${answer.skipped} skipped, ${answer.violations_total} violations`,
      ...(answer.saved === null ? [] : [`Flows written to ${answer.saved}`]),
      `Next: ${answer.next_step}`,
    ].join("\n"),
  exitCode: ({ verdict }) => ({ passed: 0, failed: 1, skipped: 2 })[verdict],
});

function answerOf(
  result: Pick<FlowsResult, "flows" | "violations" | "uncovered">,
  { limit, saved }: { limit: number | undefined; saved: string | null },
): z.infer<typeof Answer> {
  const count = (verdict: string) => result.flows.filter((flow) => flow.verdict === verdict).length;
  const [failed, passed] = [count("failed"), count("passed")];
  const [first] = result.violations;
  return {
    verdict: failed > 0 ? ("failed" as const) : passed > 0 ? ("passed" as const) : ("skipped" as const),
    total: failed + passed,
    passed,
    failed,
    skipped: count("skipped"),
    flows: firstOf(worstFirst(result.flows), limit, 2500).map(({ name, verdict, services, steps, reason }) => {
      const wrong = steps.find((step) => step.verdict === "failed");
      const failure = wrong && {
        step: `${wrong.service} ${wrong.description}`,
        request: wrong.request ?? "",
        response: wrong.response ?? "",
        expected: wrong.expected ?? "",
      };
      return { name, verdict, services, steps: steps.length, reason, failure: failure ?? null };
    }),
    violations: firstOf(result.violations, limit, 4000).map(({ file_path: _, ...violation }) => violation),
    violations_total: result.violations.length,
    uncovered: result.uncovered,
    saved,
    next_step: first
      ? `Fix ${first.service} first: ${first.message}`
      : passed === 0
        ? `Nothing was tested: ${result.flows[0]?.reason ?? "there are no flows."}`
        : "Nothing was found; test_boundaries tests the data on its way.",
  };
}

function worstFirst<Flow extends { verdict: string }>(flows: readonly Flow[]): Flow[] {
  const rank = ({ verdict }: Flow) => ["failed", "skipped"].indexOf(verdict) + 1 || 3;
  return [...flows].sort((one, other) => rank(one) - rank(other));
}

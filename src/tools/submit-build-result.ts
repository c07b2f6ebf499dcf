import { z } from "zod";
import { submitTask } from "../pipeline/build-queue/work.ts";
import { pipelineHandle } from "../pipeline/status.ts";
import { claimIdField, costField, SeenResult, seenResult, waitField } from "./builder-fields.ts";
import { defineTool } from "./define-tool.ts";

const count = (what: string) => z.number().int().min(0).optional().describe(what);

export const submitBuildResult = defineTool({
  name: "submit_build_result",
  title: "Hand in a build",
  toolset: "builder",
  description:
    "Hand in a claimed service. Its install, build and tests are run by us; with wait_seconds the answer has what we saw.",
  input: z.object({
    claim_id: claimIdField,
    success: z.boolean().default(true).describe("Success; whether it is complete and its own tests pass."),
    summary: z.string().max(4000).default("").describe("Summary; what was done."),
    unresolved: z.array(z.string().max(500)).max(50).default([]).describe("Unresolved; what is missing or doubtful."),
    tests_executed: count("Tests run last."),
    tests_passed: count("How many of them passed."),
    cost: costField,
    wait_seconds: waitField("for the evidence"),
  }),
  output: z.object({
    accepted: z.boolean(),
    /** What the orchestrator saw; null when that has not come yet. */
    evidence: SeenResult.nullable(),
    service: z.string(),
    attempt: z.number().int(),
    next_step: z.string(),
  }),
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  unlisted: ["unresolved", "tests_executed", "tests_passed", "cost"],
  cli: { command: "submit-build", arguments: ["claim_id"] },
  run: async ({ claim_id, wait_seconds, tests_executed, tests_passed, cost, ...said }, { ctx, signal, progress }) => {
    const submission = {
      ...said,
      tests_executed: tests_executed ?? null,
      tests_passed: tests_passed ?? null,
      cost: cost ?? null,
    };
    const { claim, result } = await submitTask(ctx, claim_id, submission, {
      timeoutMs: wait_seconds * 1000,
      signal,
      onWait: () => progress("being verified", 0, 0),
    });
    const { service, attempt, pipeline_id } = claim;
    const evidence = result === null ? null : seenResult(result);
    return { accepted: true, evidence, service, attempt, next_step: nextStep(pipeline_id, evidence, ctx.db) };
  },
  text: ({ service, evidence, next_step }) =>
    [
      evidence === null
        ? `${service} is handed in; what was claimed is not verified yet.`
        : `${service} ${evidence.success ? "is verified" : `is not verified: ${evidence.reason}`}`,
      ...(evidence?.commands ?? []).map((line) => `  ${line}`),
      `Next: ${next_step}`,
    ].join("\n"),
  exitCode: ({ evidence }) => (evidence?.success === false ? 1 : 0),
});

function nextStep(id: string, evidence: z.infer<typeof SeenResult> | null, db: Parameters<typeof pipelineHandle>[0]) {
  const { status, next_step } = pipelineHandle(db, id);
  if (status !== "running" && status !== "waiting_for_builder") return next_step;
  if (evidence === null)
    return `See the evidence with get_pipeline_status (pipeline_id ${id}); claim_build_task gives the next task.`;
  const later = "claim_build_task with wait_seconds gives the next task.";
  return evidence.success ? later : `What is wrong comes back as a task of its own: ${later}`;
}

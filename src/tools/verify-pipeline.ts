import { z } from "zod";
import { PipelineHandle } from "../model/status.ts";
import { defineTool } from "./define-tool.ts";
import { exitCodeOf, handleText, pipelineId } from "./pipeline-fields.ts";
import { goOn, stepHints } from "./steps.ts";

export const verifyPipeline = defineTool({
  name: "verify_pipeline",
  title: "Verify and fix",
  toolset: "pipeline",
  description:
    "Step 4: judge a pipeline in four layers and send violations back to their builders. run_quality_gate only looks.",
  input: z.object({
    pipeline_id: pipelineId,
    fix: z.boolean().default(true).describe("Fix; what blocks is fixed, false stops after the verdict."),
  }),
  output: PipelineHandle,
  hints: stepHints,
  cli: { command: "verify", arguments: ["pipeline_id"] },
  run: ({ pipeline_id, fix }, call) =>
    goOn(call, { pipeline_id, step: "verifying", from: "quality_gate", pause_at: fix ? null : "fix_pass" }),
  text: handleText,
  exitCode: exitCodeOf,
});

import { z } from "zod";
import { PipelineHandle } from "../model/status.ts";
import { defineTool } from "./define-tool.ts";
import { exitCodeOf, handleText, pipelineId } from "./pipeline-fields.ts";
import { goOn, stepHints } from "./steps.ts";

export const planPipeline = defineTool({
  name: "plan_pipeline",
  title: "Plan services and contracts",
  toolset: "pipeline",
  description: "Step 1 after init_pipeline: plan services and contracts, then wait for review_architecture.",
  input: z.object({ pipeline_id: pipelineId }),
  output: PipelineHandle,
  hints: stepHints,
  cli: { command: "plan", arguments: ["pipeline_id"] },
  run: (input, call) => goOn(call, { ...input, step: "planning", from: "init", pause_at: "builders_running" }),
  text: handleText,
  exitCode: exitCodeOf,
});

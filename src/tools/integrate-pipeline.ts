import { z } from "zod";
import { PipelineHandle } from "../model/status.ts";
import { defineTool } from "./define-tool.ts";
import { exitCodeOf, handleText, pipelineId } from "./pipeline-fields.ts";
import { goOn, stepHints } from "./steps.ts";

export const integratePipeline = defineTool({
  name: "integrate_pipeline",
  title: "Deploy and test",
  toolset: "pipeline",
  description:
    "Step 3: deploy the built services, test them against their contracts and across services, and stop them.",
  input: z.object({ pipeline_id: pipelineId }),
  output: PipelineHandle,
  hints: stepHints,
  cli: { command: "integrate", arguments: ["pipeline_id"] },
  run: (input, call) =>
    goOn(call, { ...input, step: "integration", from: "builders_complete", pause_at: "quality_gate" }),
  text: handleText,
  exitCode: exitCodeOf,
});

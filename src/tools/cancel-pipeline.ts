import { z } from "zod";
import { PipelineHandle } from "../model/status.ts";
import { cancelPipeline as cancel } from "../pipeline/control.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineHandle } from "../pipeline/status.ts";
import { defineTool } from "./define-tool.ts";
import { handleText, pipelineId } from "./pipeline-fields.ts";

export const cancelPipeline = defineTool({
  name: "cancel_pipeline",
  title: "Cancel a pipeline",
  toolset: "pipeline",
  description: "Stop a pipeline for good, with its builders and services. Its code stays on disk.",
  input: z.object({
    pipeline_id: pipelineId,
    reason: z.string().default("on request.").describe("Reason; kept with the pipeline."),
  }),
  output: PipelineHandle,
  hints: { readOnly: false, destructive: true, idempotent: false, openWorld: false },
  cli: { command: "cancel", arguments: ["pipeline_id"] },
  run: async ({ pipeline_id, reason }, { ctx }) => {
    const id = pickPipeline(ctx.db, pipeline_id);
    await cancel(ctx, id, reason);
    return pipelineHandle(ctx.db, id);
  },
  text: handleText,
});

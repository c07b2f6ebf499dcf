import { z } from "zod";
import { PipelineHandle } from "../model/status.ts";
import { resumePipeline as resume } from "../pipeline/control.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineHandle } from "../pipeline/status.ts";
import { askHigherBudget } from "./ask-budget.ts";
import { defineTool } from "./define-tool.ts";
import { exitCodeOf, handleText, pipelineId } from "./pipeline-fields.ts";

export const resumePipeline = defineTool({
  name: "resume_pipeline",
  title: "Resume a pipeline",
  toolset: "pipeline",
  description:
    "Go on with an interrupted, paused or stalled pipeline, or judge a failed one again. Finished work is kept.",
  input: z.object({
    pipeline_id: pipelineId,
    budget_limit: z.number().positive().optional().describe("USD; a new limit."),
  }),
  output: PipelineHandle,
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  cli: { command: "resume", arguments: ["pipeline_id"] },
  run: async ({ pipeline_id, budget_limit }, call) => {
    const { ctx } = call;
    const id = pickPipeline(ctx.db, pipeline_id);
    await resume(ctx, id, { budget_limit: budget_limit ?? (await askHigherBudget(call, id)) });
    return pipelineHandle(ctx.db, id);
  },
  text: handleText,
  exitCode: exitCodeOf,
});

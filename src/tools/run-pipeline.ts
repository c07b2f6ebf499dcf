import { z } from "zod";
import { PipelineHandle } from "../model/status.ts";
import { resumePipeline } from "../pipeline/control.ts";
import { pipelineHandle } from "../pipeline/status.ts";
import { pipelineIds, pipelineOf } from "../pipeline/store.ts";
import { askFirstBudget } from "./ask-budget.ts";
import { defineTool, type ToolCall } from "./define-tool.ts";
import {
  addFromInput,
  configFromInput,
  exitCodeOf,
  handleText,
  newPipelineFields,
  prdFromInput,
  runFields,
} from "./pipeline-fields.ts";

export const runPipeline = defineTool({
  name: "run_pipeline",
  title: "Run a PRD",
  toolset: "pipeline",
  description:
    "Build a PRD (prd_path or prd) into a tested and gated multi-service system. Returns a pipeline_id at once; then call get_pipeline_status with wait_seconds.",
  input: z.object({
    ...newPipelineFields,
    prd: z.string().optional().describe("Text; the PRD itself, instead of prd_path."),
    ...runFields,
    resume: z
      .boolean()
      .default(false)
      .describe("Go on with an unfinished pipeline of this PRD; the newest, if there is one."),
  }),
  output: PipelineHandle,
  paths: ["prd_path", "output_dir", "config"],
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  unlisted: ["project_name", "config", "max_concurrent", "builder"],
  cli: { command: "run", arguments: ["prd_path"] },
  run: async (given, call) => {
    const { ctx } = call;
    const known = given.resume ? unfinished(ctx, prdFromInput(ctx.workspace, given)) : undefined;
    const asked = known === undefined ? await askFirstBudget(call, configFromInput(ctx.workspace, given)) : undefined;
    const input = { ...given, budget_limit: given.budget_limit ?? asked };
    const id = known ?? addFromInput(ctx, input);
    await resumePipeline(ctx, id, { budget_limit: input.budget_limit });
    return pipelineHandle(ctx.db, id);
  },
  text: handleText,
  exitCode: exitCodeOf,
});

function unfinished({ db }: ToolCall["ctx"], prd: string): string | undefined {
  return pipelineIds(db).find((id) => {
    const pipeline = pipelineOf(db, id);
    return pipeline.prd === prd && !["complete", "failed"].includes(pipeline.state);
  });
}

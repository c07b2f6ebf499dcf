import { z } from "zod";
import { PipelineStateName, RunStatus } from "../model/pipeline.ts";
import { runStatus } from "../pipeline/status.ts";
import { pipelineIds, pipelineOf } from "../pipeline/store.ts";
import { defineTool } from "./define-tool.ts";

const Listed = z.object({
  pipelines: z.array(
    z.object({
      pipeline_id: z.string(),
      project_name: z.string(),
      state: PipelineStateName,
      status: RunStatus,
      started_at: z.string(),
      updated_at: z.string(),
    }),
  ),
  total: z.number().int(),
  next_step: z.string(),
});

export const listPipelines = defineTool({
  name: "list_pipelines",
  title: "List pipelines",
  toolset: "pipeline",
  description: "Pipelines of this project with their state, newest first.",
  input: z.object({
    limit: z.number().int().min(1).max(200).default(20).describe("Limit; how many to list."),
    offset: z.number().int().min(0).default(0).describe("Offset; how many of the newest to pass over."),
  }),
  output: Listed,
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["offset"],
  cli: { command: "list", arguments: [] },
  run: async ({ limit, offset }, { ctx }) => {
    const ids = pipelineIds(ctx.db);
    const pipelines = ids.slice(offset, offset + limit).map((id) => {
      const pipeline = pipelineOf(ctx.db, id);
      return {
        pipeline_id: id,
        project_name: pipeline.project_name,
        state: pipeline.state,
        status: runStatus(ctx.db, pipeline),
        started_at: pipeline.created_at,
        updated_at: pipeline.updated_at,
      };
    });
    const next_step =
      ids.length === 0 ? "Start one with run_pipeline." : "Look at one with get_pipeline_status and its pipeline_id.";
    return { pipelines, total: ids.length, next_step };
  },
  text: ({ pipelines, total, next_step }) =>
    [
      ...pipelines.map(
        (one) => `${one.pipeline_id}  ${one.status}  ${one.state}  ${one.project_name}  ${one.started_at}`,
      ),
      `${pipelines.length} of ${total} pipelines. ${next_step}`,
    ].join("\n"),
});

import { z } from "zod";
import { PipelineHandle } from "../model/status.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineOf, setConfig } from "../pipeline/store.ts";
import { defineTool, type ToolCall } from "./define-tool.ts";
import { exitCodeOf, handleText, pipelineId } from "./pipeline-fields.ts";
import { goOn, stepHints } from "./steps.ts";

export const buildPipeline = defineTool({
  name: "build_pipeline",
  title: "Build the services",
  toolset: "pipeline",
  description:
    "Step 2: run the builders of an approved pipeline and check each service by its own tests. Built services are kept.",
  input: z.object({
    pipeline_id: pipelineId,
    services: z.array(z.string()).default([]).describe("Services; only these, all when left out."),
    parallel: z.boolean().default(true).describe("Several builders at a time; false for one after the other."),
    max_concurrent: z.number().int().min(1).max(64).optional().describe("Max concurrent; builders at the same time."),
  }),
  output: PipelineHandle,
  hints: stepHints,
  unlisted: ["parallel"],
  cli: { command: "build", arguments: ["pipeline_id"] },
  run: async (input, call) => {
    const { pipeline_id, services } = input;
    setConcurrency(call, pipeline_id, input.parallel ? input.max_concurrent : 1);
    return goOn(call, {
      pipeline_id,
      step: "building",
      from: "contracts_registering",
      pause_at: "builders_complete",
      only_services: services,
    });
  },
  text: handleText,
  exitCode: exitCodeOf,
});

function setConcurrency({ ctx }: ToolCall, pipeline_id: string | undefined, max_concurrent: number | undefined): void {
  if (max_concurrent === undefined) return;
  const id = pickPipeline(ctx.db, pipeline_id);
  const { config } = pipelineOf(ctx.db, id);
  setConfig(ctx.db, id, { ...config, builder: { ...config.builder, max_concurrent } });
}

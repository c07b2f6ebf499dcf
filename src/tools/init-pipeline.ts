import { existsSync } from "node:fs";
import { z } from "zod";
import { CONFIG_TEMPLATE, configPath } from "../config.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import { PipelineHandle } from "../model/status.ts";
import { pipelineHandle } from "../pipeline/status.ts";
import { defineTool } from "./define-tool.ts";
import { addFromInput, exitCodeOf, handleText, newPipelineFields } from "./pipeline-fields.ts";

export const initPipeline = defineTool({
  name: "init_pipeline",
  title: "Prepare a pipeline",
  toolset: "pipeline",
  description:
    "Check a PRD and keep it as a new pipeline without starting it, to go step by step. run_pipeline does everything at once.",
  input: z.object({
    ...newPipelineFields,
    prd: z.string().optional().describe("Text; the PRD itself, instead of prd_path."),
  }),
  output: PipelineHandle,
  paths: ["prd_path", "output_dir", "config"],
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  unlisted: ["project_name", "config", "builder", "depth"],
  cli: { command: "init", arguments: ["prd_path"] },
  run: async (input, { ctx }) => {
    const id = addFromInput(ctx, input);
    if (!existsSync(configPath(ctx.workspace))) writeFileAtomic(configPath(ctx.workspace), CONFIG_TEMPLATE);
    return { ...pipelineHandle(ctx.db, id), next_step: `Plan it with plan_pipeline (super-orchestrator plan).` };
  },
  text: handleText,
  exitCode: exitCodeOf,
});

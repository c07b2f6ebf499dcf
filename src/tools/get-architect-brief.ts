import { z } from "zod";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineOf } from "../pipeline/store.ts";
import { briefOf } from "../pipeline/submission.ts";
import { defineTool } from "./define-tool.ts";
import { pipelineId } from "./pipeline-fields.ts";

/** Longest PRD that is answered whole: about 8,000 tokens; a longer one is read from its file. */
const MAX_PRD = 32_000;

export const getArchitectBrief = defineTool({
  name: "get_architect_brief",
  title: "Brief for planning",
  toolset: "architect",
  description:
    "What to plan when architect.backend is host: rules, JSON schema, PRD, feedback. Then submit_architecture.",
  input: z.object({ pipeline_id: pipelineId }),
  output: z.object({
    pipeline_id: z.string(),
    instructions: z.string(),
    schema: z.looseObject({}),
    prd: z.string(),
    prd_path: z.string(),
    next_step: z.string(),
  }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  cli: { command: "architect-brief", arguments: ["pipeline_id"] },
  run: async ({ pipeline_id }, { ctx }) => {
    const id = pickPipeline(ctx.db, pipeline_id);
    const { config, prd, prd_path } = pipelineOf(ctx.db, id);
    const { instructions, schema } = briefOf(ctx, await ctx.architectFor(config), id);
    const cut = prd.length > MAX_PRD;
    return {
      pipeline_id: id,
      instructions,
      schema,
      prd: cut ? prd.slice(0, MAX_PRD) : prd,
      prd_path,
      next_step: `${cut ? `The PRD goes on for ${prd.length - MAX_PRD} characters: read ${prd_path}. ` : ""}Write the plan as JSON and hand it in with submit_architecture (pipeline_id ${id}).`,
    };
  },
  text: ({ instructions, schema, prd, next_step }) =>
    [instructions, "", "Schema:", JSON.stringify(schema), "", "PRD:", prd, "", `Next: ${next_step}`].join("\n"),
});

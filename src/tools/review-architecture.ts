import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { PipelineHandle } from "../model/status.ts";
import { reviewArchitecture as review } from "../pipeline/control.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineHandle } from "../pipeline/status.ts";
import { pipelineOf } from "../pipeline/store.ts";
import { askReview } from "./ask-review.ts";
import { defineTool } from "./define-tool.ts";
import { exitCodeOf, handleText, pipelineId } from "./pipeline-fields.ts";

export const reviewArchitecture = defineTool({
  name: "review_architecture",
  title: "Review architecture",
  toolset: "pipeline",
  description:
    "Approve a planned architecture, or reject it with feedback to plan again. Read the review in get_pipeline_status first.",
  input: z.object({
    decision: z
      .enum(["approve", "reject"])
      .optional()
      .describe("Decision; left out, the person is asked, where the client has forms (elicitation)."),
    pipeline_id: pipelineId,
    feedback: z
      .string()
      .optional()
      .describe(
        "What is wrong; for a rejection. The builtin architect understands e.g. 'move entity Invoice to billing-service'.",
      ),
  }),
  output: PipelineHandle,
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  cli: { command: "review", arguments: ["decision", "pipeline_id"] },
  run: async ({ pipeline_id, ...given }, call) => {
    const { ctx } = call;
    const id = pickPipeline(ctx.db, pipeline_id);
    const asked = given.decision === undefined ? await askReview(call, id) : undefined;
    const { decision, feedback } = asked ?? given;
    if (decision === "approve") await review(ctx, id, { approve: true });
    else {
      if (!feedback?.trim())
        throw new AppError("INVALID_INPUT", "A rejection needs feedback: what should be different?", {
          remedy: "Pass feedback, e.g. 'rename service core to catalog-service'.",
        });
      const { config, prd, context } = pipelineOf(ctx.db, id);
      const architect = await ctx.architectFor(config);
      architect.checkFeedback?.(feedback, { prd, feedback: context.feedback });
      await review(ctx, id, { approve: false, feedback });
    }
    return pipelineHandle(ctx.db, id);
  },
  text: handleText,
  exitCode: exitCodeOf,
});

import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { pipelineStatus } from "../pipeline/status.ts";
import type { ToolCall } from "./define-tool.ts";

/** Services that a form shows; more than a person reads there is in the service map. */
const MOST_SERVICES = 20;

const Form = z.object({
  decision: z.enum(["approve", "reject"]).describe("Approve to have it built; reject to have it planned again."),
  feedback: z.string().default("").describe("What should be different; for a rejection."),
});

export interface Decision {
  decision: "approve" | "reject";
  feedback?: string | undefined;
}

/**
 * The person's decision on a pipeline that waits for a review, asked for in a form of the client. Errors: INVALID_INPUT
 * where nobody can be asked, WRONG_STATE when it does not wait for a review, INTERRUPTED when the person did not decide.
 */
export async function askReview({ ctx, ask }: ToolCall, id: string): Promise<Decision> {
  if (ask === undefined)
    throw new AppError("INVALID_INPUT", "decision is missing, and this client cannot ask the person for it.", {
      remedy:
        "Show the person the review of get_pipeline_status, then pass decision: approve, or reject with feedback.",
    });
  const { project_name, status, review, questions } = pipelineStatus(ctx.db, id);
  if (status !== "waiting_for_review" || review === null)
    throw new AppError("WRONG_STATE", `Pipeline ${id} does not wait for a review: it is ${status}.`, {
      remedy: "See get_pipeline_status for what it does.",
    });
  const { services } = review;
  const more = services.length > MOST_SERVICES ? [`… and ${services.length - MOST_SERVICES} more`] : [];
  const doubts = questions > 0 ? [`The PRD left ${questions} questions open: see the questions of this pipeline.`] : [];
  const lines = [`Build ${project_name} as these services?`, ...services.slice(0, MOST_SERVICES), ...more, ...doubts];
  const answer = await ask(lines.join("\n"), Form);
  if (answer.action === "accept") return answer.content;
  throw new AppError("INTERRUPTED", `The person did not decide on the architecture of ${id}; it still waits.`, {
    remedy: "Talk it over with them; then call review_architecture with decision.",
  });
}

import { z } from "zod";
import { affordability, type Config } from "../config.ts";
import { AppError } from "../lib/errors.ts";
import { pipelineStatus } from "../pipeline/status.ts";
import { pipelineOf } from "../pipeline/store.ts";
import type { ToolCall } from "./define-tool.ts";

/**
 * A limit for a configuration that names a paid backend and has none, asked of the person where the client has forms;
 * undefined when none is needed, or nobody can be asked (what starts the work then refuses). Errors: INTERRUPTED when
 * the person gave none.
 */
export async function askFirstBudget({ ask }: ToolCall, config: Config): Promise<number | undefined> {
  const why = affordability(config);
  if (why === undefined || ask === undefined) return undefined;
  return budgetFrom(ask, `${why.message} How much may this pipeline spend, in USD?`, 0);
}

/**
 * A higher limit for a pipeline that stopped because its budget is used up; undefined as above.
 * Errors: NOT_FOUND, INTERRUPTED.
 */
export async function askHigherBudget({ ctx, ask }: ToolCall, id: string): Promise<number | undefined> {
  const { status, cost, project_name } = pipelineStatus(ctx.db, id);
  const { interrupt_reason } = pipelineOf(ctx.db, id);
  const used = status === "interrupted" && interrupt_reason.startsWith("BUDGET_EXCEEDED");
  if (!used || ask === undefined || cost.limit === null) return undefined;
  const message = `${project_name} has spent $${cost.spent.toFixed(2)} of $${cost.limit.toFixed(2)}. What is its new limit, in USD?`;
  return budgetFrom(ask, message, cost.spent);
}

async function budgetFrom(ask: NonNullable<ToolCall["ask"]>, message: string, above: number): Promise<number> {
  const form = z.object({
    budget_limit: z
      .number()
      .min(above + 0.01)
      .describe("USD; warning at 80 %, stop at 100 %."),
  });
  const answer = await ask(message, form);
  if (answer.action === "accept") return answer.content.budget_limit;
  throw new AppError("INTERRUPTED", "The person set no budget; nothing was started.", {
    remedy: "Talk it over with them; then pass budget_limit, or use a backend that costs nothing.",
  });
}

import { AppError } from "../../lib/errors.ts";
import type { BuildTask } from "../port.ts";

/**
 * Do one paid run within the task's budget. `work` gets what it may cost at most, in USD, and tells by `cost` what it did
 * (null: nobody knows); it is settled whatever becomes of the run. Errors: BUDGET_EXCEEDED, those of `work`.
 */
export async function withinBudget<Result>(
  task: Pick<BuildTask, "budget" | "signal" | "service">,
  most: number,
  work: (usd: number, cost: (usd: number | null) => void) => Promise<Result>,
): Promise<Result> {
  if (task.budget === undefined)
    throw new AppError(
      "BUDGET_EXCEEDED",
      `No budget_limit is set; no paid builder is started for ${task.service.name}.`,
      {
        remedy: "Set budget_limit (USD) in the configuration or with --budget-limit, or use builder.backend scaffold.",
      },
    );
  const { usd, settle } = await task.budget.reserve(most, task.signal);
  let cost: number | null = null;
  try {
    return await work(usd, (known) => {
      cost = known;
    });
  } finally {
    settle(cost);
  }
}

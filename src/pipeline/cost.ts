import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { costs } from "./ledger.ts";

/** Spending so far against the limit, in USD (specification 3.6). */
export interface Budget {
  spent: number;
  limit: number | null;
  /** From 80 % on; "" before that. */
  warning: string;
  exceeded: boolean;
}

const WARNING_SHARE = 0.8;

export function budgetOf(db: Db, pipelineId: string, limit: number | null): Budget {
  const spent = costs(db, pipelineId).reduce((sum, cost) => sum + cost.usd, 0);
  if (limit === null) return { spent, limit, warning: "", exceeded: false };
  const share = Math.floor((100 * spent) / limit);
  return {
    spent,
    limit,
    warning:
      spent >= WARNING_SHARE * limit ? `$${spent.toFixed(2)} of $${limit.toFixed(2)} is spent (${share} %).` : "",
    exceeded: spent >= limit,
  };
}

/** Errors: BUDGET_EXCEEDED at 100 % of the limit. */
export function assertBudget(db: Db, pipelineId: string, limit: number | null): void {
  const budget = budgetOf(db, pipelineId, limit);
  if (budget.exceeded)
    throw new AppError("BUDGET_EXCEEDED", `The budget is used up: ${budget.warning}`, {
      remedy:
        "Resume with a higher limit: resume_pipeline with budget_limit (super-orchestrator resume --budget-limit USD).",
    });
}

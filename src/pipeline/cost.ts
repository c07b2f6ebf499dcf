import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { costs, type Ledger } from "./ledger.ts";
import { openRuns } from "./reservations.ts";
import { lastEventOf, noteEvent } from "./store.ts";

/** Spending so far against the limit, in USD (specification 3.6). */
export interface Budget {
  spent: number;
  /** Put aside for paid runs that are under way: the most that they may cost. */
  reserved: number;
  /** Neither spent nor put aside; null without a limit. */
  left: number | null;
  limit: number | null;
  /** From 80 % on; "" before that. */
  warning: string;
  exceeded: boolean;
}

const WARNING_SHARE = 0.8;

export function budgetOf(db: Db, pipelineId: string, limit: number | null): Budget {
  const spent = costs(db, pipelineId).reduce((sum, cost) => sum + cost.usd, 0);
  const reserved = openRuns(db, pipelineId).reduce((sum, { most }) => sum + most, 0);
  if (limit === null) return { spent, reserved, left: null, limit, warning: "", exceeded: false };
  const share = Math.floor((100 * spent) / limit);
  return {
    spent,
    reserved,
    left: limit - spent - reserved,
    limit,
    warning:
      spent >= WARNING_SHARE * limit ? `$${spent.toFixed(2)} of $${limit.toFixed(2)} is spent (${share} %).` : "",
    exceeded: spent >= limit,
  };
}

/** Note the warning when there is one that was not told yet. */
export function warnOfBudget({ db, lease }: Ledger, limit: number | null): void {
  const { warning } = budgetOf(db, lease.pipeline_id, limit);
  if (warning && lastEventOf(db, lease.pipeline_id, "budget_warning")?.data.warning !== warning)
    noteEvent(db, lease, "budget_warning", { warning });
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

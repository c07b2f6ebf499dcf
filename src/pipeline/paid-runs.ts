import { setTimeout as sleep } from "node:timers/promises";
import type { BuildBudget } from "../builders/port.ts";
import { AppError } from "../lib/errors.ts";
import { budgetOf, warnOfBudget } from "./cost.ts";
import { addCost, costs, type Ledger } from "./ledger.ts";
import type { PipelineRecord } from "./records.ts";
import { openRuns, PAID_RUN_STARTED, type PaidRun, paidRunsOf } from "./reservations.ts";
import { noteEvent } from "./store.ts";

/** Less than this is no budget for a run, in USD. */
const LEAST = 0.01;
const LOOK_AGAIN_MS = 250;

/** The paid runs of one pipeline. */
export interface PaidRuns {
  /** USD that are neither spent nor put aside. */
  left(): number;
  /** Whether a run is under way whose cost is not known yet. */
  pending(): boolean;
  /** Note a run before it starts. Gives how to settle it; null when its cost is not known: `most` counts then. */
  reserve(run: { phase: string; item: string; most: number }): (usd: number | null) => void;
}

/**
 * What may still be spent of a pipeline's budget; undefined without a limit: nothing paid starts then. All of it is read
 * from the store. A run that an earlier driver left unsettled counts with the most it may have cost.
 */
export function paidRuns({ db, lease, pipeline }: Ledger & { pipeline: PipelineRecord }): PaidRuns | undefined {
  const { id, config } = pipeline;
  const limit = config.budget_limit;
  if (limit === null) return undefined;
  const settle = ({ phase, item, run }: PaidRun, usd: number, known: boolean) => {
    addCost({ db, lease }, { phase, item, attempt: run, usd });
    if (!known) noteEvent(db, lease, "cost_unknown", { run, item, counted: usd });
    warnOfBudget({ db, lease }, limit);
  };
  for (const lost of openRuns(db, id)) if (lost.token !== lease.token) settle(lost, lost.most, false);
  return {
    left: () => budgetOf(db, id, limit).left ?? 0,
    pending: () => openRuns(db, id).length > 0,
    reserve: ({ phase, item, most }) => {
      const own: PaidRun = { run: paidRunsOf(db, id).length + 1, most, phase, item, token: lease.token };
      noteEvent(db, lease, PAID_RUN_STARTED, own);
      return (usd) => settle(own, usd ?? most, usd !== null);
    },
  };
}

/** What the runs of one service may spend, and what they did; undefined without a limit. */
export function buildBudget(
  context: Ledger & { pipeline: PipelineRecord },
  { phase, service }: { phase: string; service: string },
): { budget: BuildBudget; settled(): number } | undefined {
  const runs = paidRuns(context);
  if (runs === undefined) return undefined;
  let total = 0;
  const budget: BuildBudget = {
    async reserve(most, signal) {
      while (runs.left() < LEAST && runs.pending()) await sleep(LOOK_AGAIN_MS, undefined, { signal });
      signal.throwIfAborted();
      const usd = Math.min(most, runs.left());
      if (usd < LEAST)
        throw new AppError(
          "BUDGET_EXCEEDED",
          `Nothing is left of the budget to build ${service}; nothing was started.`,
          {
            remedy:
              "Resume with a higher limit: resume_pipeline with budget_limit (super-orchestrator resume --budget-limit USD).",
          },
        );
      // Its own item: a run of a builder and an attempt at a service are not numbered alike.
      const settle = runs.reserve({ phase, item: `${service}/paid`, most: usd });
      return {
        usd,
        settle: (cost) => {
          total += cost ?? usd;
          settle(cost);
        },
      };
    },
  };
  return { budget, settled: () => total };
}

/**
 * What the paid runs of a builder that has ended were booked with, in USD: those of the last driver that ran it. The runs
 * of one that was killed are lost money, and no part of what this result cost.
 */
export function settledRuns(
  { db, pipeline }: Pick<Ledger, "db"> & { pipeline: PipelineRecord },
  { phase, service }: { phase: string; service: string },
  { started_at }: { started_at: string },
): number {
  const item = `${service}/paid`;
  const runs = paidRunsOf(db, pipeline.id).filter(
    (run) => run.at >= started_at && run.item === item && run.phase === phase,
  );
  const last = runs.filter(({ token }) => token === runs.at(-1)?.token).map(({ run }) => run);
  const booked = costs(db, pipeline.id).filter((cost) => cost.item === item && cost.phase === phase);
  return booked.filter(({ attempt }) => last.includes(attempt)).reduce((sum, { usd }) => sum + usd, 0);
}

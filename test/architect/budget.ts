import type { PlanningBudget } from "../../src/architect/port.ts";

/** A budget in memory, and what was done with it. */
export function budgetOf(limit: number): { budget: PlanningBudget; runs: { most: number; cost: number | null }[] } {
  const runs: { most: number; cost: number | null }[] = [];
  const spent = () => runs.reduce((sum, { most, cost }) => sum + (cost ?? most), 0);
  const budget: PlanningBudget = {
    left: () => limit - spent(),
    reserve: (most) => {
      const run: { most: number; cost: number | null } = { most, cost: null };
      runs.push(run);
      return (usd) => {
        run.cost = usd;
      };
    },
  };
  return { budget, runs };
}

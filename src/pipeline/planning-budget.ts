import type { PlanningBudget } from "../architect/port.ts";
import type { Ledger } from "./ledger.ts";
import { paidRuns } from "./paid-runs.ts";
import type { PipelineRecord } from "./records.ts";

/** What planning may spend of a pipeline's budget; undefined without a limit: nothing paid starts then. */
export function planningBudget(context: Ledger & { pipeline: PipelineRecord }): PlanningBudget | undefined {
  const runs = paidRuns(context);
  return (
    runs && {
      left: runs.left,
      reserve: (most) => runs.reserve({ phase: "architect_running", item: "architect", most }),
    }
  );
}

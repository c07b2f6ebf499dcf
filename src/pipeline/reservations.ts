import { z } from "zod";
import type { Db } from "../lib/db.ts";
import { costs } from "./ledger.ts";
import { eventsOf } from "./store.ts";

/** The kind of the event that a paid run begins with. */
export const PAID_RUN_STARTED = "paid_run_started";

/** A paid run as its event tells it. */
export const PaidRun = z.object({
  run: z.number().int(),
  /** USD that it may cost at most. */
  most: z.number(),
  // Absent in events of versions in which only planning was paid.
  phase: z.string().default("architect_running"),
  item: z.string().default("architect"),
  token: z.number().optional(),
});
export type PaidRun = z.infer<typeof PaidRun>;

/** Every paid run of a pipeline that was begun, oldest first, with when that was (ISO 8601). */
export function paidRunsOf(db: Db, pipelineId: string): (PaidRun & { at: string })[] {
  return eventsOf(db, pipelineId, 0, 100_000, PAID_RUN_STARTED).map(({ at, data }) => ({ ...PaidRun.parse(data), at }));
}

/** Those whose cost is not known yet. */
export function openRuns(db: Db, pipelineId: string): PaidRun[] {
  const settled = new Set(costs(db, pipelineId).map(keyOf));
  return paidRunsOf(db, pipelineId).filter(
    ({ phase, item, run }) => !settled.has(keyOf({ phase, item, attempt: run })),
  );
}

function keyOf({ phase, item, attempt }: { phase: string; item: string; attempt: number }): string {
  return JSON.stringify([phase, item, attempt]);
}

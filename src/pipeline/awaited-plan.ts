import type { Db } from "../lib/db.ts";
import type { Plan } from "../model/plan.ts";
import { findDocument } from "./documents.ts";
import { leaseOf } from "./lease.ts";
import type { PipelineRecord } from "./records.ts";

type Position = Pick<PipelineRecord, "id" | "context">;

/** The plan that was handed in for the current attempt, if there is one. */
export function submittedPlan(db: Db, { id, context }: Position): Plan | undefined {
  const submission = findDocument(db, id, "submission");
  return submission?.attempt === context.architect_retries ? submission.plan : undefined;
}

/** Whether a pipeline waits for a plan to be handed in. */
export function waitsForPlan(db: Db, pipeline: PipelineRecord): boolean {
  const { state, config, id } = pipeline;
  const started = leaseOf(db, id) !== undefined;
  return (
    state === "architect_running" && config.architect.backend === "host" && started && !submittedPlan(db, pipeline)
  );
}

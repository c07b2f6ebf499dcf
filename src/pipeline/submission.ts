import type { Architect, Brief, Judgement, PlanFault, PlanRequest } from "../architect/port.ts";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { submittedPlan } from "./awaited-plan.ts";
import { type Control, startDriver, withLease } from "./control.ts";
import { findPlan } from "./documents.ts";
import { isHeld, type Lease, leaseOf } from "./lease.ts";
import { putDocument } from "./ledger.ts";
import { pipelinePaths } from "./paths.ts";
import { pipelineOf } from "./store.ts";

/** What whoever plans for a pipeline has to know. Errors: WRONG_STATE unless it waits for a plan. */
export function briefOf({ db }: Control, architect: Architect, id: string): Brief & { request: PlanRequest } {
  const { request, handsOut } = awaited(db, architect, id);
  return { ...handsOut.brief(request), request };
}

/**
 * Hand in a plan; `answer` is only asked for when one is waited for. One without faults is kept before this returns, and the pipeline goes on; faults are given back, and it
 * goes on waiting. Errors: WRONG_STATE unless it waits for a plan (also when another one was taken meanwhile).
 */
export async function submitPlan(
  control: Control,
  architect: Architect,
  { id, answer, signal }: { id: string; answer: () => unknown; signal: AbortSignal },
): Promise<PlanFault[]> {
  const { db, workspace } = control;
  const { request, handsOut } = awaited(db, architect, id);
  const judged: Judgement = await handsOut.judge(answer(), { ...request, signal });
  if (judged.plan === null) return judged.faults;
  const { plan } = judged;
  const keep = (lease: Lease) =>
    putDocument(
      { db, lease },
      {
        name: "submission",
        phase: "architect_running",
        value: { attempt: pipelineOf(db, id).context.architect_retries, plan },
        path: pipelinePaths(workspace, id).submission,
      },
    );
  await withLease(db, id, keep, () => void awaited(db, architect, id));
  await startDriver(control, id);
  return [];
}

function awaited(db: Db, architect: Architect, id: string) {
  const pipeline = pipelineOf(db, id);
  const { state, context, config, prd } = pipeline;
  const wrong = (message: string, remedy: string) => new AppError("WRONG_STATE", message, { remedy });
  const { handsOut } = architect;
  if (config.architect.backend !== "host" || handsOut === undefined)
    throw wrong(
      `The architecture of ${id} is planned by ${architect.name}, not by its caller.`,
      "Set architect.backend to host and start the PRD with run_pipeline to plan it yourself.",
    );
  const remedy = "See what comes next with get_pipeline_status.";
  if (state === "init" && !isHeld(leaseOf(db, id)))
    throw wrong(`Pipeline ${id} has not been started yet.`, `Start it with plan_pipeline or resume_pipeline (${id}).`);
  if (state === "architect_review")
    throw wrong(
      `A plan for ${id} was handed in already and waits for a review.`,
      "Decide with review_architecture; a rejection lets another plan be handed in.",
    );
  if (state !== "architect_running") throw wrong(`Pipeline ${id} is in state ${state}; it waits for no plan.`, remedy);
  if (submittedPlan(db, pipeline))
    throw wrong(
      `A plan for ${id} was handed in already.`,
      `Go on with resume_pipeline when it does not go on by itself.`,
    );
  if (isHeld(leaseOf(db, id))) throw wrong(`Pipeline ${id} is being driven.`, `Try again in a moment. ${remedy}`);
  const { feedback } = context;
  const request: PlanRequest = { prd, feedback, previous: feedback.length > 0 ? findPlan(db, id) : undefined };
  return { pipeline, request, handsOut };
}

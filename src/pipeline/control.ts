import { setTimeout as sleep } from "node:timers/promises";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { startDetached, tailOf } from "../lib/exec.ts";
import { isAlive, startTimeOf } from "../lib/process.ts";
import { type PipelineStateName, type RunStatus, TERMINAL_STATES } from "../model/pipeline.ts";
import { endLeftovers, unmarkedEnvironment } from "./children.ts";
import { acquireLease, isHeld, type Lease, leaseOf, releaseLease } from "./lease.ts";
import type { PipelineEvent } from "./machine.ts";
import { pipelinePaths } from "./paths.ts";
import type { PipelineRecord } from "./records.ts";
import { isDriven, runStatus } from "./status.ts";
import { commitEvent, pipelineOf, requestStop, setConfig, setLimits } from "./store.ts";

/** What controlling pipelines needs: the store, the project folder, and how a driver is started. */
export interface Control {
  /** Reads as empty until the project has a store. */
  readonly db: Db;
  workspace: string;
  /** Make the project's store, when there is none yet. */
  createStore(): void;
  /** The program and arguments that start a driver; the pipeline's id follows them. */
  driver: { command: string; args: string[] };
}

/** How far a pipeline goes before it stops by itself, and which services are built; null is no limit. */
export interface Limits {
  pause_at: PipelineStateName | null;
  only_services: string[] | null;
}
export const NO_LIMITS: Limits = { pause_at: null, only_services: null };

/** How long a driver may take to take its lease. */
const START_MS = 30_000;

/**
 * Start a driver that outlives this process and wait until it holds the lease. Errors: LEASE_HELD when one runs already;
 * ENVIRONMENT with the end of its log when it does not come up.
 */
export async function startDriver({ db, workspace, driver }: Control, id: string): Promise<void> {
  const before = leaseOf(db, id);
  if (isHeld(before)) throw held(id, before?.pid);
  const paths = pipelinePaths(workspace, id);
  const pid = await startDetached({
    command: driver.command,
    args: [...driver.args, id],
    cwd: workspace,
    env: unmarkedEnvironment(),
    logFile: paths.driverLog,
  });
  const started = startTimeOf(pid) ?? "";
  const deadline = Date.now() + START_MS;
  while ((leaseOf(db, id)?.token ?? 0) <= (before?.token ?? 0)) {
    if (!isAlive({ pid, started }) || Date.now() > deadline)
      throw new AppError("ENVIRONMENT", `The driver of ${id} did not start: ${tailOf(paths.driverLog, 600).trim()}`, {
        remedy: `Read ${paths.driverLog}; then try again with resume_pipeline.`,
      });
    await sleep(20);
  }
}

function held(id: string, pid: number | undefined): AppError {
  return new AppError("LEASE_HELD", `Pipeline ${id} is already driven by process ${pid}.`, {
    remedy: "Wait for it with get_pipeline_status, or stop it with cancel_pipeline.",
  });
}

/**
 * Run `work` under a lease of our own, between two drivers. `check` runs in the transaction that takes the lease: whoever
 * comes too late must not hold it even for a moment, or the driver that is just starting would find it taken.
 * Errors: LEASE_HELD, and those of `check`.
 */
export async function withLease<Result>(
  db: Db,
  id: string,
  work: (lease: Lease) => Result | Promise<Result>,
  check: () => void = () => {},
): Promise<Result> {
  const take = db.transaction(() => {
    check();
    return acquireLease(db, id);
  });
  const lease = take.immediate();
  try {
    return await work(lease);
  } finally {
    releaseLease(db, lease);
  }
}

/**
 * Let a pipeline go on from where it stands (specification 5.4), as far as `limits` say. A failed one that has been
 * integrated is judged again. Errors: WRONG_STATE, LEASE_HELD, CONFIG_INVALID.
 */
export async function resumePipeline(
  control: Control,
  id: string,
  options: { limits?: Limits; budget_limit?: number | undefined } = {},
): Promise<void> {
  const { db } = control;
  const pipeline = pipelineOf(db, id);
  const status = runStatus(db, pipeline);
  if (isDriven(db, id)) throw held(id, leaseOf(db, id)?.pid);
  assertResumable(pipeline, status);
  if (options.budget_limit !== undefined) setConfig(db, id, { ...pipeline.config, budget_limit: options.budget_limit });
  setLimits(db, id, options.limits ?? NO_LIMITS);
  if (status === "failed")
    await withLease(db, id, (lease) => commitEvent(db, lease, { type: "retry_quality", requested: true }));
  await startDriver(control, id);
}

function assertResumable(pipeline: PipelineRecord, status: RunStatus): void {
  const { id } = pipeline;
  const wrong = (message: string, remedy: string) => new AppError("WRONG_STATE", message, { remedy });
  if (status === "complete")
    throw wrong(`Pipeline ${id} is complete.`, "Nothing to do; run the PRD again for a new one.");
  if (status === "waiting_for_review")
    throw wrong(
      `Pipeline ${id} waits for a decision on its architecture.`,
      `Decide with review_architecture (super-orchestrator review approve ${id}).`,
    );
  if (status === "waiting_for_plan")
    throw wrong(
      `Pipeline ${id} waits for its architecture to be handed in.`,
      "Read get_architect_brief and hand the plan in with submit_architecture.",
    );
  if (status !== "failed" || pipeline.context.integration_report_path !== "") return;
  const failure = pipeline.context.failure;
  throw wrong(
    `Pipeline ${id} failed before it was integrated${failure ? `: ${failure.message}` : "."}`,
    `${failure?.remedy ?? ""} Then start anew with run_pipeline (super-orchestrator run).`.trim(),
  );
}

/**
 * Approve or reject an architecture, then let the pipeline go on as far as it was asked to. Errors: WRONG_STATE when none waits or no
 * retry is left.
 */
export async function reviewArchitecture(
  control: Control,
  id: string,
  decision: { approve: true } | { approve: false; feedback: string },
): Promise<void> {
  const { db } = control;
  const check = () => {
    const { state, context } = pipelineOf(db, id);
    if (state !== "architect_review")
      throw new AppError("WRONG_STATE", `Pipeline ${id} is in state ${state}; no architecture waits for a review.`, {
        remedy: "See what comes next with get_pipeline_status.",
      });
    if (!decision.approve && context.architect_retries >= context.max_architect_retries)
      throw new AppError("WRONG_STATE", `All ${context.max_architect_retries} retries of the architecture are used.`, {
        remedy: "Approve it, or correct the PRD and run it again; architect.max_retries allows more.",
      });
  };
  const event: PipelineEvent = decision.approve
    ? { type: "approve_architecture", approved: true }
    : { type: "reject_architecture", feedback: decision.feedback };
  await withLease(db, id, (lease) => commitEvent(db, lease, event), check);
  await startDriver(control, id);
}

/** How long a driver may take to stop its children before its lease is broken. */
const STOP_MS = 40_000;

/**
 * Stop a pipeline for good, its builders and services included; what was built stays. A driver that does not answer is
 * waited for until its lease runs out. Errors: WRONG_STATE when it has ended already.
 */
export async function cancelPipeline(control: Control, id: string, reason: string): Promise<void> {
  const { db } = control;
  const { state } = pipelineOf(db, id);
  if (TERMINAL_STATES.includes(state))
    throw new AppError("WRONG_STATE", `Pipeline ${id} has ended already (${state}).`, { remedy: "Nothing to do." });
  if (await stopDriver(db, id, { kind: "cancel", reason })) return;
  await withLease(db, id, async (lease) => {
    await endLeftovers({ db, lease });
    if (TERMINAL_STATES.includes(pipelineOf(db, id).state)) return;
    const message = `The pipeline was cancelled: ${reason}`;
    const remedy = "What was built is kept in the output folder; run the PRD again to start over.";
    commitEvent(db, lease, { type: "fail", failure: { code: "CANCELLED", message, remedy } });
  });
}

/** Stop a running pipeline half-way, so that it can be resumed. Nothing happens when nobody drives it. */
export async function interruptPipeline(control: Control, id: string, reason: string): Promise<void> {
  await stopDriver(control.db, id, { kind: "interrupt", reason });
}

/** Ask the driver to stop and wait until it has. Gives whether the pipeline has ended. */
async function stopDriver(db: Db, id: string, request: { kind: "interrupt" | "cancel"; reason: string }) {
  const deadline = Date.now() + STOP_MS;
  while (isHeld(leaseOf(db, id)) && Date.now() < deadline) {
    requestStop(db, id, request);
    await sleep(50);
  }
  return TERMINAL_STATES.includes(pipelineOf(db, id).state);
}

/** Wait until nobody drives a pipeline any more, the time is over, or `signal` aborts; tells of every change meanwhile. */
export async function waitForPipeline(
  db: Db,
  id: string,
  options: { timeoutMs: number; signal: AbortSignal; onChange?: () => void },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  let version = Number(db.pragma("data_version", { simple: true }));
  while (Date.now() < deadline && !options.signal.aborted) {
    if (runStatus(db, pipelineOf(db, id)) !== "running") return;
    const now = Number(db.pragma("data_version", { simple: true }));
    if (now !== version) options.onChange?.();
    version = now;
    await sleep(Math.min(200, Math.max(1, deadline - Date.now())));
  }
}

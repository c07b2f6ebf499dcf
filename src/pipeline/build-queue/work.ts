import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Db } from "../../lib/db.ts";
import { AppError, toAppError } from "../../lib/errors.ts";
import { redactSecrets } from "../../lib/redact.ts";
import type { BuilderResult } from "../../model/builder.ts";
import type { BuildTaskClaim, BuildTaskKey, HostSubmission } from "../../model/host-build.ts";
import { TERMINAL_STATES } from "../../model/pipeline.ts";
import { type Control, startDriver } from "../control.ts";
import { builderRuns } from "../ledger.ts";
import { pipelinePaths } from "../paths.ts";
import { isDriven, runStatus } from "../status.ts";
import { pipelineOf } from "../store.ts";
import {
  type BuildTaskRecord,
  claimBuild,
  findBuildTask,
  releaseClaim,
  renewClaim,
  submitBuild,
  waitingBuilds,
} from "./queue.ts";
import { parseClaimId } from "./refusal.ts";

/** How often what is waited for is looked at, in milliseconds, and after how many looks the caller is told. */
const LOOK_MS = 200;
const TELL_EVERY = 25;

interface Waiting {
  timeoutMs: number;
  signal: AbortSignal;
  /** Told every few seconds. */
  onWait?: () => void;
}

/**
 * Claim a build task of a pipeline for an agent, waiting up to `timeoutMs` for one; undefined when none came, or when the
 * pipeline does not run any more. Errors: WRONG_STATE when no agent of the calling session builds for it; NOT_FOUND.
 */
export async function claimTask(
  control: Control,
  id: string,
  { agent, service, timeoutMs, signal, onWait }: Waiting & { agent: string; service?: string | undefined },
): Promise<BuildTaskRecord | undefined> {
  const { db } = control;
  const deadline = Date.now() + timeoutMs;
  assertHostBuilds(db, id);
  for (let looks = 1; ; looks += 1) {
    await revive(control, id);
    const pipeline = pipelineOf(db, id);
    if (TERMINAL_STATES.includes(pipeline.state)) return undefined;
    if (isDriven(db, id)) {
      const task = claimBuild(db, id, { agent, service });
      if (task !== undefined) {
        logLine(control, task, `${agent} claimed it (claim ${task.token}).`);
        return task;
      }
    } else if (runStatus(db, pipeline) !== "stalled") return undefined;
    if (Date.now() >= deadline || signal.aborted) return undefined;
    if (looks % TELL_EVERY === 0) onWait?.();
    await sleep(Math.min(LOOK_MS, Math.max(1, deadline - Date.now())));
  }
}

function assertHostBuilds(db: Db, id: string): void {
  const { builder } = pipelineOf(db, id).config;
  if ([builder.backend, ...Object.values(builder.services), ...builder.fallback].includes("host")) return;
  throw new AppError("WRONG_STATE", `The services of ${id} are not built by agents of its caller.`, {
    remedy:
      "Start the PRD with builder host (builder.backend: host in the configuration, or builder.services by name).",
  });
}

/** A pipeline whose driver was killed goes on: whoever builds for it wants to be judged. */
async function revive(control: Control, id: string): Promise<void> {
  if (runStatus(control.db, pipelineOf(control.db, id)) !== "stalled") return;
  await startDriver(control, id).catch((cause) => {
    if (toAppError(cause).code !== "LEASE_HELD") throw cause;
  });
}

/** Renew a claim and tell what its agent does. Errors: INVALID_INPUT, NOT_FOUND, WRONG_STATE when it does not hold. */
export function reportProgress(
  control: Control,
  claim_id: string,
  progress: { doing: string; turns: number | null; cost: number | null },
): BuildTaskRecord {
  const claim = ofPipeline(control.db, claim_id);
  const task = renewClaim(control.db, claim, { ...progress, doing: redactSecrets(progress.doing) });
  logLine(control, claim, progress.doing);
  return task;
}

/** Give a task back unbuilt. Errors: as `reportProgress`. */
export function giveBack(control: Control, claim_id: string, reason: string): BuildTaskClaim {
  const claim = ofPipeline(control.db, claim_id);
  releaseClaim(control.db, claim, reason);
  logLine(control, claim, `Given back: ${reason}`);
  return claim;
}

/**
 * Keep what an agent hands in, then wait up to `timeoutMs` for what the orchestrator sees for itself; `result` is null
 * when that has not come yet. Errors: as `reportProgress`.
 */
export async function submitTask(
  control: Control,
  claim_id: string,
  submission: HostSubmission,
  { timeoutMs, signal, onWait }: Waiting,
): Promise<{ claim: BuildTaskClaim; result: BuilderResult | null }> {
  const { db } = control;
  const claim = ofPipeline(db, claim_id);
  if (submitBuild(db, claim, submission)) logLine(control, claim, `Handed in: ${submission.summary}`);
  await revive(control, claim.pipeline_id);
  const deadline = Date.now() + timeoutMs;
  for (let looks = 1; ; looks += 1) {
    const result = resultOf(db, claim);
    const over = Date.now() >= deadline || signal.aborted || !isDriven(db, claim.pipeline_id);
    if (result !== null || over) return { claim, result };
    if (looks % TELL_EVERY === 0) onWait?.();
    await sleep(Math.min(LOOK_MS, Math.max(1, deadline - Date.now())));
  }
}

function ofPipeline(db: Db, claim_id: string): BuildTaskClaim {
  const claim = parseClaimId(claim_id);
  const { state } = pipelineOf(db, claim.pipeline_id);
  if (!TERMINAL_STATES.includes(state) || findBuildTask(db, claim)?.state === "submitted") return claim;
  throw new AppError("WRONG_STATE", `Pipeline ${claim.pipeline_id} has ended (${state}).`, {
    remedy: "Stop working on it; get_pipeline_status has the reason.",
  });
}

function resultOf(db: Db, { pipeline_id, service, attempt }: BuildTaskKey): BuilderResult | null {
  const run = builderRuns(db, pipeline_id).find((one) => one.service === service && one.attempt === attempt);
  return run?.result ?? null;
}

/** How many tasks of a pipeline wait for an agent. */
export function waitingTasks(db: Db, id: string): number {
  return waitingBuilds(db, id).length;
}

/** The log of a host build, in the place where other builders have theirs. */
function logLine({ workspace }: Control, { pipeline_id, service, attempt }: BuildTaskKey, text: string): void {
  const file = join(pipelinePaths(workspace, pipeline_id).logs, `${service}.builder-${attempt}.log`);
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${new Date().toISOString()} ${text.replaceAll(/\s*\n\s*/g, " ")}\n`);
}

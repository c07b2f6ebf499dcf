import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { countdown } from "../lib/countdown.ts";
import type { Db } from "../lib/db.ts";
import { AppError, toAppError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { type PipelineStateName, TERMINAL_STATES } from "../model/pipeline.ts";
import { type Children, endLeftovers, trackChildren } from "./children.ts";
import { removeWorkDir } from "./code/open.ts";
import { assertBudget, warnOfBudget } from "./cost.ts";
import { closeLoop } from "./fix/loop.ts";
import { acquireLease, type Lease, releaseLease } from "./lease.ts";
import { restoreDocuments } from "./ledger.ts";
import { pipelinePaths } from "./paths.ts";
import { plan, review, start } from "./phases/architect.ts";
import { runBuilders, startIntegration } from "./phases/builders.ts";
import { registerContracts } from "./phases/contracts.ts";
import { runIntegration } from "./phases/integration.ts";
import type { Phase, PhaseContext } from "./phases/phase.ts";
import { fix, judge } from "./phases/quality.ts";
import type { PipelinePorts } from "./ports.ts";
import type { PipelineRecord } from "./records.ts";
import { commitEvent, lastEventOf, markDriven, markInterrupted, noteEvent, pipelineOf } from "./store.ts";
import { phaseLimitMs } from "./time-limits.ts";
import { keepWatch, type Watch } from "./watch.ts";

/** What a driver works with; `portsFor` picks the backends that the pipeline's settings ask for. */
export interface DriverOptions {
  db: Db;
  workspace: string;
  portsFor(config: PipelineRecord["config"]): Promise<PipelinePorts>;
  log: Log;
  /** Aborted when the process is asked to stop; its reason is told. */
  signal: AbortSignal;
}

const PHASES: Partial<Record<PipelineStateName, Phase>> = {
  init: start,
  architect_running: plan,
  architect_review: review,
  contracts_registering: registerContracts,
  builders_running: runBuilders,
  builders_complete: startIntegration,
  integrating: runIntegration,
  quality_gate: judge,
  fix_pass: fix,
};

/** How long a phase may take to end its own work after it was told to stop. */
const SETTLE_MS = 20_000;

/**
 * Drive a pipeline from where it stands until it ends, has to wait for somebody, or is stopped. Holds the lease all the
 * while; ends every child before it gives the lease back. What went wrong is kept with the pipeline, not thrown.
 * Errors: LEASE_HELD when another driver runs it; NOT_FOUND.
 */
export async function drivePipeline(options: DriverOptions, id: string): Promise<PipelineStateName> {
  const { db, log, signal } = options;
  pipelineOf(db, id);
  const lease = acquireLease(db, id);
  const watch = keepWatch(db, lease, signal);
  const children = trackChildren({ db, lease });
  try {
    markDriven(db, lease);
    const ended = await endLeftovers({ db, lease });
    const restored = restoreDocuments(db, id);
    if (ended.length + restored.length > 0) noteEvent(db, lease, "recovered", { ended, restored });
    await runPhases(options, lease, watch, children);
  } catch (cause) {
    log.error({ err: cause, pipeline: id }, "the pipeline stopped");
    keepOutcome(options, lease, watch, cause);
  } finally {
    watch.end();
    await (watch.lost ? children.endOwn() : children.endAll());
    releaseLease(db, lease);
  }
  return pipelineOf(db, id).state;
}

async function runPhases(options: DriverOptions, lease: Lease, watch: Watch, children: Children): Promise<void> {
  const { db, workspace, log } = options;
  const id = lease.pipeline_id;
  let ports: PipelinePorts | undefined;
  for (;;) {
    watch.signal.throwIfAborted();
    const pipeline = pipelineOf(db, id);
    const phase = PHASES[pipeline.state];
    if (phase === undefined || pipeline.pause_at === pipeline.state) return;
    log.info({ pipeline: id, state: pipeline.state }, "phase begins");
    ports ??= await pickBackends(options, lease, pipeline);
    const paths = pipelinePaths(workspace, id);
    const context = { db, lease, pipeline, ports, paths, spawn: children.spawn, log };
    const event = await withinLimit(phase, context, watch.signal);
    if (event === undefined) return;
    const state = commitEvent(db, lease, event);
    log.info({ pipeline: id, event: event.type, state }, "phase ends");
    if (state === "complete") removeWorkDir(context);
    watchBudget(db, lease, pipeline);
  }
}

async function pickBackends({ db, portsFor }: DriverOptions, lease: Lease, pipeline: PipelineRecord) {
  const ports = await portsFor(pipeline.config);
  const picked = JSON.stringify(ports.choices);
  if (JSON.stringify(lastEventOf(db, pipeline.id, "backends")?.data.choices) !== picked)
    noteEvent(db, lease, "backends", { choices: ports.choices });
  return ports;
}

/** Run a phase, telling it to stop at its time limit; a phase that does not stop is left behind, its children are ended. */
async function withinLimit(phase: Phase, context: Omit<PhaseContext, "signal" | "untimed">, stop: AbortSignal) {
  const { state, config } = context.pipeline;
  const limitMs = phaseLimitMs(state, config);
  const limit = new AbortController();
  const clock = limitMs === undefined ? undefined : countdown(limitMs);
  clock?.signal.addEventListener("abort", () => limit.abort(tooLong(state, limitMs ?? 0)));
  const untimed: PhaseContext["untimed"] = (work) => (clock ? clock.whileStopped(work) : work());
  const signal = AbortSignal.any([stop, limit.signal]);
  setMaxListeners(0, signal);
  const settled = new AbortController();
  try {
    const stopped = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        sleep(SETTLE_MS, undefined, { signal: settled.signal }).then(
          () => reject(signal.reason),
          () => {},
        );
      });
    });
    const event = await Promise.race([phase({ ...context, signal, untimed }), stopped]);
    signal.throwIfAborted();
    return event;
  } catch (cause) {
    // Work that was told to stop fails in its own words; what counts is why it was told.
    if (signal.aborted) throw signal.reason;
    throw cause;
  } finally {
    clock?.end();
    settled.abort();
  }
}

function tooLong(state: PipelineStateName, limitMs: number): AppError {
  return new AppError("PHASE_TIMEOUT", `${state} took longer than its limit of ${limitMs / 1000} s.`, {
    remedy: `Finished work is kept: resume to go on, with a higher phase_timeouts.${state} in the configuration if it needs one.`,
  });
}

function watchBudget(db: Db, lease: Lease, pipeline: PipelineRecord): void {
  const limit = pipeline.config.budget_limit;
  warnOfBudget({ db, lease }, limit);
  if (!TERMINAL_STATES.includes(pipelineOf(db, pipeline.id).state)) assertBudget(db, pipeline.id, limit);
}

/** Keep why a pipeline stopped: `failed` when trying again would end the same way, interrupted otherwise. */
function keepOutcome({ db, workspace, log }: DriverOptions, lease: Lease, watch: Watch, cause: unknown): void {
  if (watch.lost) return;
  const error = toAppError(cause);
  if (error.code === "LEASE_LOST") return;
  const { code, message, remedy } = error;
  const trouble = (why: string) => log.error({ pipeline: lease.pipeline_id, why }, "the fix report was not kept");
  closeLoop({ db, lease }, pipelinePaths(workspace, lease.pipeline_id), error, trouble);
  if (error.retryable) markInterrupted(db, lease, code === "INTERRUPTED" ? message : `${code}: ${message} ${remedy}`);
  else commitEvent(db, lease, { type: "fail", failure: { code, message, remedy } });
}

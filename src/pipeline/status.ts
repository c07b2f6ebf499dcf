import { existsSync } from "node:fs";
import { z } from "zod";
import type { Db } from "../lib/db.ts";
import { isAlive } from "../lib/process.ts";
import { type PipelineStateName, type RunStatus, TERMINAL_STATES } from "../model/pipeline.ts";
import {
  BackendChoice,
  type BuilderStatus,
  type PhaseStatus,
  PipelineHandle,
  type PipelineStatus,
} from "../model/status.ts";
import { waitsForPlan } from "./awaited-plan.ts";
import { waitingBuilds } from "./build-queue/queue.ts";
import { activityOf } from "./builder-activity.ts";
import { isReopened } from "./contract-changes.ts";
import { budgetOf } from "./cost.ts";
import { findDocument } from "./documents.ts";
import { fixSummary } from "./fix/text.ts";
import { isHeld, leaseOf } from "./lease.ts";
import { builderRuns, costs, documents, processes } from "./ledger.ts";
import { nextStep } from "./next-step.ts";
import type { BuilderRun, CostRecord, PipelineRecord } from "./records.ts";
import { reviewOf } from "./review.ts";
import { eventsOf, lastEventOf, pipelineOf } from "./store.ts";

/** Where a pipeline stands, computed from the store alone. Errors: NOT_FOUND. */
export function pipelineStatus(db: Db, id: string): PipelineStatus {
  // One read transaction: a driver may commit between two queries.
  return db.transaction(() => statusOf(db, pipelineOf(db, id)))();
}

/** The short form of the same. */
export function pipelineHandle(db: Db, id: string): PipelineHandle {
  return PipelineHandle.parse(pipelineStatus(db, id));
}

function statusOf(db: Db, pipeline: PipelineRecord): PipelineStatus {
  const { id, state, context, config } = pipeline;
  const status = runStatus(db, pipeline);
  const spent = costs(db, id);
  const { spent: total, reserved, left, limit, warning } = budgetOf(db, id, config.budget_limit);
  const services = findDocument(db, id, "service_map");
  const gate = findDocument(db, id, "quality_gate_report");
  const fix = findDocument(db, id, "fix_report");
  const questions = findDocument(db, id, "questions")?.length ?? 0;
  const last = lastEventOf(db, id);
  const runs = status === "running" || status === "waiting_for_builder";
  const ended = runs ? new Date().toISOString() : (last?.at ?? pipeline.updated_at);
  const running = processes(db, id).filter((process) => isAlive(process));
  return {
    pipeline_id: id,
    project_name: services?.project_name ?? pipeline.project_name,
    state,
    status,
    reason: reasonOf(pipeline, status),
    next_step: nextStep(pipeline, status, questions),
    depth: config.depth,
    backends: backendsOf(db, id),
    phases: phasesOf(db, pipeline, status, spent),
    builders: buildersOf(db, id, services?.services.map(({ name }) => name) ?? []),
    gate: gate
      ? {
          attempt: gate.attempt,
          verdict: gate.overall_verdict,
          layers: Object.fromEntries(Object.values(gate.layers).map((layer) => [layer.layer, layer.verdict])),
          blocking: gate.blocking_violations,
          total: gate.total_violations,
        }
      : null,
    cost: { spent: total, reserved, left, limit, warning },
    fix: fix ? fixSummary(fix, TERMINAL_STATES.includes(state)) : null,
    fix_attempts: context.quality_attempts,
    max_fix_attempts: context.max_quality_retries,
    questions,
    review: status === "waiting_for_review" ? reviewOf(db, id) : null,
    started_at: pipeline.created_at,
    elapsed_seconds: Math.max(0, Math.round((Date.parse(ended) - Date.parse(pipeline.created_at)) / 1000)),
    reports: reportsOf(db, id),
    output_dir: pipeline.output_dir,
    running: running.map(({ purpose, pid }) => ({ purpose, pid })),
    last_event: last?.seq ?? 0,
  };
}

/** Whether a driver is at work on a pipeline, be it that it waits for agents to build. */
export function isDriven(db: Db, id: string): boolean {
  return isHeld(leaseOf(db, id));
}

/** What a pipeline is doing: the store says where it stands, the lease says whether anybody drives it. */
export function runStatus(db: Db, pipeline: PipelineRecord): RunStatus {
  const { id, state } = pipeline;
  if (state === "complete" || state === "failed") return state;
  if (isDriven(db, id)) return waitingBuilds(db, id).length > 0 ? "waiting_for_builder" : "running";
  if (pipeline.interrupted) return "interrupted";
  if (waitsForPlan(db, pipeline)) return "waiting_for_plan";
  if (state === "architect_review" && !pipeline.config.architect.auto_approve) return "waiting_for_review";
  const limited = state === "builders_running" && pipeline.only_services !== null;
  if (pipeline.pause_at === state || limited || leaseOf(db, id) === undefined) return "paused";
  return "stalled";
}

function reasonOf(pipeline: PipelineRecord, status: RunStatus): string {
  switch (status) {
    case "failed": {
      const { failure } = pipeline.context;
      return failure ? `${failure.code}: ${failure.message} ${failure.remedy}` : "";
    }
    case "interrupted":
      return pipeline.interrupt_reason;
    case "paused":
      return pipeline.state === "init"
        ? "It was created and not started."
        : `It was asked to stop before ${pipeline.state}.`;
    case "stalled":
      return "Its driver ended without a word (killed, or the machine went down). Nothing that was finished is lost.";
    case "waiting_for_plan":
      return "The calling agent plans, and has not handed its plan in yet.";
    case "waiting_for_review":
      return "The architecture waits for a decision.";
    case "waiting_for_builder":
      return "Build tasks wait for agents of the calling session.";
    default:
      return "";
  }
}

function backendsOf(db: Db, id: string): BackendChoice[] {
  const note = lastEventOf(db, id, "backends");
  return note ? z.array(BackendChoice).parse(note.data.choices) : [];
}

const PHASE_STATES: [PhaseStatus["phase"], PipelineStateName][] = [
  ["architect", "architect_running"],
  ["contracts", "contracts_registering"],
  ["builders", "builders_running"],
  ["integration", "integrating"],
  ["quality_gate", "quality_gate"],
  ["fix_pass", "fix_pass"],
];

function phasesOf(db: Db, pipeline: PipelineRecord, status: RunStatus, spent: CostRecord[]): PhaseStatus[] {
  const moves = eventsOf(db, pipeline.id, 0, 100_000).filter((event) => event.from_state !== event.to_state);
  const failedIn = pipeline.state === "failed" ? pipeline.previous_state : undefined;
  const doing = status === "running" || status === "waiting_for_builder" ? "running" : "pending";
  const phases = PHASE_STATES.map(([phase, state]): PhaseStatus => {
    const left = moves.some((event) => event.from_state === state && event.to_state !== "failed");
    const done = left && !(pipeline.state === state && !TERMINAL_STATES.includes(pipeline.state));
    const here = pipeline.state === state;
    const cost = spent.filter((item) => item.phase === state).reduce((sum, item) => sum + item.usd, 0);
    return { phase, status: failedIn === state ? "failed" : done ? "done" : here ? doing : "pending", cost };
  });
  // A fix pass is not to come unless something fails.
  return phases.filter(({ phase, status: state }) => phase !== "fix_pass" || state !== "pending");
}

function buildersOf(db: Db, id: string, services: string[]): BuilderStatus[] {
  const runs = builderRuns(db, id);
  return services.map((service) => {
    const own = runs.filter((run) => run.service === service);
    const run = own.at(-1);
    return {
      service,
      // Built on a contract that has changed since: it comes again.
      status: run === undefined || isReopened(db, id, run) ? "pending" : run.status,
      backend: run?.backend ?? "",
      attempt: run?.attempt ?? 0,
      cost: own.reduce((sum, { result }) => sum + (result?.cost ?? 0), 0),
      tests_executed: run?.result?.test_total ?? null,
      tests_passed: run?.result?.test_passed ?? null,
      ...testsBeside(run),
      claimed_success: run?.claim?.success ?? null,
      error: run?.result?.error ?? "",
      ...activityOf(db, id, run),
    };
  });
}

/** What the claim and the evidence say of tests beyond the counts. */
function testsBeside(run: BuilderRun | undefined): Pick<BuilderStatus, "tests_skipped" | "claimed_tests"> {
  const skipped = run?.result?.evidence?.commands.find(({ purpose }) => purpose === "test")?.tests?.skipped;
  const claimed = run?.claim?.test_total ?? undefined;
  return {
    ...(skipped === undefined ? {} : { tests_skipped: skipped }),
    ...(claimed === undefined ? {} : { claimed_tests: claimed }),
  };
}

const REPORT_NAMES = [
  "service_map",
  "service_map_diagram",
  "domain_model",
  "questions",
  "contract_registry",
  "integration_report",
  "quality_gate_report",
  "quality_gate_page",
  "fix_report",
  "fix_report_text",
];

function reportsOf(db: Db, id: string): Record<string, string> {
  const found = documents(db, id).filter(({ name, path }) => REPORT_NAMES.includes(name) && existsSync(path));
  return Object.fromEntries(found.map(({ name, path }) => [name, path]));
}

import { type AppError, messageOf } from "../../lib/errors.ts";
import type { Finding } from "../../model/finding.ts";
import type { FixReport, FixRound, FixRun, FixStatus } from "../../model/fix-report.ts";
import type { QualityGateReport } from "../../model/gate-report.ts";
import { findDocument } from "../documents.ts";
import { builderRuns, type Ledger, putDocument } from "../ledger.ts";
import type { PipelinePaths } from "../paths.ts";
import type { PipelineRecord } from "../records.ts";
import { noteEvent, pipelineOf } from "../store.ts";
import { isStuck, roundOutcome } from "./outcome.ts";
import { byImportance, withHistory } from "./tasks.ts";
import { fixReportText } from "./text.ts";

/** What a report keeps of the findings that remain. */
const MAX_REMAINING = 200;

/** Who keeps the report of a pipeline's fix loop. */
export interface LoopContext extends Ledger {
  pipeline: PipelineRecord;
  paths: Pick<PipelinePaths, "fixReport" | "fixReportText">;
}

/** A pass begins: which attempt has which findings as its task, by service. */
export function beginRound(
  context: LoopContext,
  report: QualityGateReport,
  attempts: ReadonlyMap<string, number>,
): FixReport {
  const before = reportSoFar(context);
  const known = { ...before.known };
  for (const { fingerprint, service } of report.blocking) {
    const attempt = attempts.get(service);
    const entry = known[fingerprint] ?? { attempts: [] };
    const told = attempt === undefined ? entry.attempts : [...new Set([...entry.attempts, attempt])];
    known[fingerprint] = { ...entry, attempts: told };
  }
  const reason = `Fix pass ${context.pipeline.context.quality_attempts} is at work on ${report.blocking.length} findings.`;
  return keep(context, { ...before, status: "running", reason, known, ...remainingOf(report, known) });
}

/**
 * The gate has judged: note what the fix pass before it made of the findings, and whether the loop goes on. Without a
 * pass before it (the first judgement, or a person's retry) the count begins anew. Gives the report, and whether that
 * pass left exactly what blocked before it; undefined when nothing ever had to be fixed.
 */
export function noteJudgement(
  context: LoopContext,
  report: QualityGateReport,
): { report: FixReport; stuck: boolean } | undefined {
  const { db, pipeline, lease } = context;
  const passed = report.overall_verdict === "passed";
  const exists = findDocument(db, pipeline.id, "fix_report") !== undefined;
  if (passed && !exists) return undefined;
  const earlier = reportSoFar(context);
  const judged = judgedRound(context, report, earlier);
  const known = judged?.known ?? {};
  const rounds = judged
    ? [...earlier.rounds.filter(({ round }) => round !== judged.round.round), judged.round]
    : earlier.rounds;
  const stuck = !passed && judged !== undefined && isStuck(judged.round);
  const next = verdictOf(context, report, stuck);
  const kept = keep(context, { ...earlier, ...next, rounds, known, ...remainingOf(report, known) });
  if (judged)
    noteEvent(db, lease, "fix_round", { round: judged.round.round, ...judged.round.counts, status: next.status });
  return { report: kept, stuck };
}

/** The loop ended in its phase, with this as the reason. */
export function endLoop(context: LoopContext, status: Exclude<FixStatus, "running">, reason: string): void {
  keep(context, { ...reportSoFar(context), status, reason });
}

/**
 * The driver stops with an error: a loop that was at work says so in its report, so that what remains is told whatever
 * ended it. Never throws: what stopped the driver matters more.
 */
export function closeLoop(
  ledger: Ledger,
  paths: LoopContext["paths"],
  { code, message }: Pick<AppError, "code" | "message">,
  onTrouble: (message: string) => void,
): void {
  try {
    const pipeline = pipelineOf(ledger.db, ledger.lease.pipeline_id);
    const report = findDocument(ledger.db, pipeline.id, "fix_report");
    if (report?.status !== "running") return;
    endLoop({ ...ledger, pipeline, paths }, code === "BUDGET_EXCEEDED" ? "budget" : "stopped", message);
  } catch (cause) {
    onTrouble(messageOf(cause));
  }
}

function verdictOf(
  { pipeline: { context } }: LoopContext,
  report: QualityGateReport,
  stuck: boolean,
): Pick<FixReport, "status" | "reason"> {
  const left = `${report.blocking.length} blocking findings remain`;
  if (report.overall_verdict === "passed") return { status: "passed", reason: "The quality gate passed." };
  if (stuck) return { status: "no_progress", reason: `The last fix pass fixed nothing: the same ${left}.` };
  if (context.quality_attempts >= context.max_quality_retries)
    return { status: "limit", reason: `All ${context.max_quality_retries} fix passes are used; ${left}.` };
  return { status: "running", reason: `${left}; fix pass ${context.quality_attempts + 1} follows.` };
}

function judgedRound(context: LoopContext, after: QualityGateReport, { known }: FixReport) {
  const { db, pipeline } = context;
  const runs = builderRuns(db, pipeline.id).filter((run) => run.phase === "fix_pass" && run.round === after.attempt);
  const before = findDocument(db, pipeline.id, "previous_gate_report");
  if (runs.length === 0 || before === undefined) return undefined;
  const outcome = roundOutcome(before, after, known);
  const round: FixRound = {
    round: after.attempt,
    before: before.blocking.length,
    after: after.blocking.length,
    runs: runs.map((run): FixRun => {
      const { service, attempt, backend, result, started_at, finished_at } = run;
      return {
        service,
        attempt,
        backend: result?.backend ?? backend,
        findings: before.blocking.filter((finding) => finding.service === service).length,
        success: result?.success ?? false,
        cost: result?.cost ?? 0,
        seconds: finished_at === null ? 0 : (Date.parse(finished_at) - Date.parse(started_at)) / 1000,
        error: (result?.error ?? "").slice(0, 500),
        test_findings: result?.test_findings ?? [],
      };
    }),
    counts: outcome.counts,
    findings: outcome.findings,
  };
  return { round, known: outcome.known };
}

function remainingOf({ blocking }: QualityGateReport, known: FixReport["known"]) {
  const remaining: Finding[] = [...blocking].sort(byImportance).slice(0, MAX_REMAINING);
  return { remaining: remaining.map((finding) => withHistory(finding, known)), remaining_total: blocking.length };
}

function reportSoFar({ db, pipeline }: LoopContext): FixReport {
  const empty: FixReport = {
    pipeline_id: pipeline.id,
    generated_at: "",
    status: "running",
    reason: "",
    max_rounds: pipeline.context.max_quality_retries,
    rounds: [],
    remaining: [],
    remaining_total: 0,
    known: {},
  };
  return findDocument(db, pipeline.id, "fix_report") ?? empty;
}

function keep(context: LoopContext, report: FixReport): FixReport {
  const { pipeline, paths } = context;
  const dated = { ...report, generated_at: new Date().toISOString() };
  const phase = pipeline.state;
  putDocument(context, { name: "fix_report", phase, value: dated, path: paths.fixReport });
  putDocument(context, { name: "fix_report_text", phase, text: fixReportText(dated), path: paths.fixReportText });
  return dated;
}

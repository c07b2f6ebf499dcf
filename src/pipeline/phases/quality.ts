import { AppError } from "../../lib/errors.ts";
import { mapPool } from "../../lib/pool.ts";
import { LAYERS, type QualityGateReport } from "../../model/gate-report.ts";
import { gateHtml, runGate } from "../../quality-gate/gate.ts";
import { documentOf, findDocument } from "../documents.ts";
import { beginRound, endLoop, noteJudgement } from "../fix/loop.ts";
import { fixTasks } from "../fix/tasks.ts";
import { gateRequestOf } from "../gate-request.ts";
import { builderRuns, putDocument, recordedStep } from "../ledger.ts";
import type { PipelineEvent } from "../machine.ts";
import type { BuilderRun } from "../records.ts";
import { loadPlans, type Plans, serviceDirectory } from "./build-job.ts";
import { buildService } from "./build-service.ts";
import { codeDigest, integrateRound, refreshEvidence, roundOf } from "./integration.ts";
import type { Phase, PhaseContext } from "./phase.ts";
import { nextAttempt } from "./results.ts";

/** `quality_gate`: judge the present code in four layers (specification 6). */
export const judge: Phase = async (context) => {
  const { pipeline, paths } = context;
  const plans = await loadPlans(context);
  const changed = await refreshEvidence(context, plans);
  if (changed || !isIntegrated(context, plans)) await integrateRound(context, plans);
  const report = await gateRound(context, plans);
  keepReport(context, report);
  const loop = noteJudgement(context, report);
  const layers = Object.fromEntries(Object.values(report.layers).map((result) => [result.layer, result.verdict]));
  const outcome = { verdict: report.overall_verdict, layers, quality_report_path: paths.gateReport };
  if (report.overall_verdict === "passed") return { type: "quality_passed", ...outcome };
  if (loop?.stuck) throw gateFailed("The last fix pass fixed nothing", report);
  if (pipeline.context.quality_attempts < pipeline.context.max_quality_retries)
    return { type: "quality_failed", ...outcome };
  throw gateFailed(
    `The quality gate failed and all ${pipeline.context.max_quality_retries} fix passes are used`,
    report,
  );
};

/** Whether the report that is kept is of this round, this code and these contracts. */
function isIntegrated(context: PhaseContext, plans: Plans): boolean {
  const report = findDocument(context.db, context.pipeline.id, "integration_report");
  if (report?.attempt !== roundOf(context)) return false;
  return report.basis === undefined || report.basis === codeDigest(context, plans);
}

/** The report, the one before it, and the page that shows both. */
function keepReport(context: PhaseContext, report: QualityGateReport): void {
  const { db, pipeline, paths } = context;
  const phase = "quality_gate";
  const last = findDocument(db, pipeline.id, "quality_gate_report");
  // A gate that runs again after a crash replaces its own report, not the one before.
  if (last && last.attempt < report.attempt)
    putDocument(context, { name: "previous_gate_report", phase, value: last, path: paths.previousGateReport });
  putDocument(context, { name: "quality_gate_report", phase, value: report, path: paths.gateReport });
  const previous = findDocument(db, pipeline.id, "previous_gate_report");
  putDocument(context, { name: "quality_gate_page", phase, text: gateHtml(report, previous), path: paths.gatePage });
}

async function gateRound(context: PhaseContext, { services, contracts }: Plans): Promise<QualityGateReport> {
  const { db, pipeline, paths, signal } = context;
  const integration = documentOf(db, pipeline.id, "integration_report");
  return runGate({
    ...gateRequestOf({ db, pipeline, workspace: paths.workspace }, { services, contracts, integration }),
    layers: [...LAYERS],
    step: recordedStep(context, `quality_gate:${codeDigest(context, { services, contracts })}`, roundOf(context)),
    signal,
  });
}

function gateFailed(what: string, report: QualityGateReport): AppError {
  const layers = Object.values(report.layers).filter(({ verdict }) => verdict === "failed" || verdict === "skipped");
  const first = report.blocking.slice(0, 3).map(({ service, code, message }) => `${service} ${code}: ${message}`);
  const reasons = first.length > 0 ? first : layers.map(({ layer, reason }) => `${layer}: ${reason}`);
  return new AppError(
    "GATE_FAILED",
    `${what}; ${report.blocking.length} blocking findings are left. ${reasons.join(" ")}`,
    {
      remedy:
        "Read the gate report, correct the services in the output folder, then resume the pipeline to judge it again.",
    },
  );
}

/** `fix_pass`: only the owners of blocking findings build again, with the findings as their task; then all is tested. */
export const fix: Phase = async (context): Promise<PipelineEvent> => {
  const { db, pipeline } = context;
  const plans = await loadPlans(context);
  const report = documentOf(db, pipeline.id, "quality_gate_report");
  const round = roundOf(context);
  const owners = plans.services.services.filter(({ name }) => report.blocking.some(({ service }) => service === name));
  if (owners.length === 0) {
    endLoop(context, "no_owner", "The quality gate did not pass and no service owns what is wrong.");
    throw gateFailed("The quality gate did not pass and no service owns what is wrong", report);
  }
  const alreadyFixed = new Set(
    builderRuns(db, pipeline.id)
      .filter((run) => run.phase === "fix_pass" && run.round === round && run.result !== null)
      .map((run) => run.service),
  );
  const pending = owners.filter(({ name }) => !alreadyFixed.has(name));
  const attempts = new Map(pending.map(({ name }) => [name, nextAttempt(context, name)]));
  const { known } = findDocument(db, pipeline.id, "fix_report") ?? { known: {} };
  const tasks = fixTasks(report.blocking, known, (service) => serviceDirectory(context, service));
  beginRound(context, report, attempts);
  await mapPool(pending, pipeline.config.builder.max_concurrent, async (service) => {
    context.signal.throwIfAborted();
    const findings = tasks.get(service.name) ?? [];
    const attempt = attempts.get(service.name) ?? nextAttempt(context, service.name);
    await buildService(context, plans, { service, attempt, phase: "fix_pass", round, findings });
  });
  // A contract may have been changed while this pass was interrupted.
  const changed = await refreshEvidence(context, plans);
  if (!changed && !hasProgress(context, round)) {
    endLoop(context, "no_progress", "The fix pass changed nothing.");
    throw gateFailed("The fix pass changed nothing", report);
  }
  await integrateRound(context, plans);
  return { type: "fix_done" };
};

/** Whether this round's fixes left any service's code different from what its previous run left. */
function hasProgress({ db, pipeline }: PhaseContext, round: number): boolean {
  const runs = builderRuns(db, pipeline.id);
  const digestOf = (run: BuilderRun | undefined) => run?.result?.evidence?.tree_digest;
  return runs.some((run, index) => {
    if (run.phase !== "fix_pass" || run.round !== round) return false;
    const previous = runs[index - 1]?.service === run.service ? runs[index - 1] : undefined;
    return digestOf(run) !== digestOf(previous);
  });
}

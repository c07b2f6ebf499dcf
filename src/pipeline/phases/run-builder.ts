import { join } from "node:path";
import { builderConfig } from "../../builders/config.ts";
import type { BuildOutcome, BuildTask } from "../../builders/port.ts";
import { countdown } from "../../lib/countdown.ts";
import { messageOf, toAppError } from "../../lib/errors.ts";
import type { BuilderClaim } from "../../model/builder.ts";
import { buildNotes } from "../build-notes.ts";
import type { Workplace } from "../code/workplace.ts";
import { claimBuilderRun, latestRuns, startBuilderRun } from "../ledger.ts";
import { noteEvent } from "../store.ts";
import { type BuildJob, backendFor, consumes, isOvertaken, isRunOf, type Plans } from "./build-job.ts";
import type { PhaseContext } from "./phase.ts";

/** Run the builder; what it claims, and what we saw it do, is kept as soon as it has ended. */
export async function runAndClaim(
  context: PhaseContext,
  plans: Plans,
  job: BuildJob,
  { workplace, budget }: { workplace: Workplace } & Pick<BuildTask, "budget">,
): Promise<BuilderClaim> {
  const { service, attempt, phase, round } = job;
  const before = latestRuns(context.db, context.pipeline.id).get(service.name);
  const session = before?.claim?.session_id;
  const cut_short = before?.claim === null && isRunOf(job, before) && !isOvertaken(context, before);
  const backend = backendFor(context, service.name);
  startBuilderRun(context, { service: service.name, attempt, phase, round, backend });
  noteEvent(context.db, context.lease, "builder_started", {
    service: service.name,
    attempt,
    backend,
    findings: job.findings.length,
  });
  const { breaches: seen = [], ...said } = await runBuilder(context, plans, job, {
    workplace,
    budget,
    session,
    cut_short,
  });
  const breaches = [...seen, ...workplace.breaches()];
  const claim = breaches.length > 0 ? { ...said, breaches } : said;
  claimBuilderRun(context, service.name, attempt, claim);
  return claim;
}

async function runBuilder(
  context: PhaseContext,
  plans: Plans,
  job: BuildJob,
  { workplace, ...given }: { workplace: Workplace } & Pick<BuildTask, "budget" | "session" | "cut_short">,
): Promise<BuildOutcome> {
  const { pipeline, ports, paths, signal, spawn } = context;
  const { service, attempt } = job;
  const { budget } = given;
  const findings = [...workplace.findings, ...job.findings];
  const timeoutMs = pipeline.config.builder.timeout_per_builder * 1000;
  const limit = countdown(timeoutMs);
  try {
    return await ports.builder.build({
      pipeline_id: pipeline.id,
      service,
      output_dir: workplace.folder,
      prd: pipeline.prd,
      domain_model: plans.domain,
      contracts: plans.contracts.filter((contract) => contract.service_name === service.name),
      consumed: plans.contracts.filter((contract) => consumes(service, contract)),
      attempt,
      findings,
      config: builderConfig(pipeline.config, service),
      timeout_ms: timeoutMs,
      log_file: join(paths.logs, `${service.name}.builder-${attempt}.log`),
      spawn,
      signal: AbortSignal.any([signal, limit.signal]),
      ...buildNotes(context, { service: service.name, attempt }),
      renewTime: limit.renew,
      untimed: (work) => context.untimed(() => limit.whileStopped(work)),
      session: given.session,
      cut_short: given.cut_short,
      // Waiting for money that other builders hold is not the builder's time.
      budget: budget && { reserve: (most) => limit.whileStopped(() => budget.reserve(most, signal)) },
    });
  } catch (cause) {
    signal.throwIfAborted();
    if (limit.signal.aborted)
      return failedClaim(`The builder took longer than ${pipeline.config.builder.timeout_per_builder} s.`);
    const error = toAppError(cause);
    if (["ENVIRONMENT", "INTERRUPTED", "LEASE_LOST", "BUDGET_EXCEEDED"].includes(error.code)) throw error;
    return failedClaim(messageOf(cause));
  } finally {
    limit.end();
  }
}

function failedClaim(error: string): BuilderClaim {
  return { success: false, cost: null, error, test_passed: null, test_total: null, convergence_ratio: null };
}

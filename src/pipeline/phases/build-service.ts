import { existsSync } from "node:fs";
import { join } from "node:path";
import { builderConfig } from "../../builders/config.ts";
import type { BuildOutcome, BuildTask } from "../../builders/port.ts";
import { verifyService } from "../../builders/verify.ts";
import { contractBasis } from "../../contracts/basis.ts";
import { countdown } from "../../lib/countdown.ts";
import { messageOf, toAppError } from "../../lib/errors.ts";
import { listFiles } from "../../lib/fs.ts";
import type { BuilderClaim, BuilderResult } from "../../model/builder.ts";
import type { Contract } from "../../model/contract.ts";
import type { DomainModel } from "../../model/domain-model.ts";
import type { Finding } from "../../model/finding.ts";
import type { Service, ServiceMap } from "../../model/service-map.ts";
import { buildNotes } from "../build-notes.ts";
import { codeOf } from "../code/open.ts";
import { worktreeOf } from "../code/store.ts";
import { type Look, openFolder, openWorktree, type Workplace } from "../code/workplace.ts";
import { changesSince } from "../contract-changes.ts";
import { assertBudget } from "../cost.ts";
import { documentOf } from "../documents.ts";
import { isWeakened, type JudgedRun, judgeTests } from "../fix/test-evidence.ts";
import { claimBuilderRun, finishBuilderRun, latestRuns, startBuilderRun } from "../ledger.ts";
import { buildBudget, settledRuns } from "../paid-runs.ts";
import { noteEvent } from "../store.ts";
import type { PhaseContext } from "./phase.ts";

export { assertKnownServices, deployableResults, isBasedOn, isBuilt, latestResults, nextAttempt } from "./results.ts";

/** One builder run to do. */
export interface BuildJob {
  service: Service;
  phase: "builders_running" | "fix_pass";
  /** Which judgement it follows: 0 for a first build. */
  round: number;
  attempt: number;
  findings: Finding[];
}

/** What a look at a service's work is judged by beside the work. */
export type Judged = Pick<JudgedRun, "contract_basis" | "by_hand">;

/** What every build of one pipeline shares. */
export interface Plans {
  services: ServiceMap;
  domain: DomainModel;
  contracts: Contract[];
}

export async function loadPlans({ db, pipeline, ports }: PhaseContext): Promise<Plans> {
  return {
    services: documentOf(db, pipeline.id, "service_map"),
    domain: documentOf(db, pipeline.id, "domain_model"),
    contracts: await ports.contracts.list({ build_cycle_id: pipeline.id }),
  };
}

/** The folder of a service's code. */
export function serviceDirectory(context: Pick<PhaseContext, "pipeline">, service: string): string {
  return join(context.pipeline.output_dir, service);
}

/**
 * Have one service built or fixed, then look for ourselves: the run's success is the verdict of the evidence. The claim,
 * the result and the cost are recorded as they arrive. A builder that had ended when a crash came is not run again, only
 * judged. Throws only for what is not the builder's fault: infrastructure, budget, a stop.
 */
export async function buildService(context: PhaseContext, plans: Plans, job: BuildJob): Promise<BuilderResult> {
  const { pipeline, db } = context;
  const { service, attempt, phase } = job;
  const ended = await endedRun(context, job);
  if (ended === undefined) assertBudget(db, pipeline.id, pipeline.config.budget_limit);
  const spending = buildBudget(context, { phase, service: service.name });
  const workplace = await workplaceOf(context, plans, { service, attempt }, ended === undefined);
  let result: BuilderResult;
  try {
    const claim = ended?.claim ?? (await runAndClaim(context, plans, job, { workplace, budget: spending?.budget }));
    const settled = ended ? settledRuns(context, { phase, service: service.name }, ended) : (spending?.settled() ?? 0);
    context.signal.throwIfAborted();
    noteEvent(db, context.lease, "builder_verifying", { service: service.name, attempt, claimed: claim.success });
    const contract_basis = contractBasis(service, plans.contracts);
    const gathered = await judge(context, workplace, { service, attempt }, claim, { contract_basis });
    result = { ...gathered, cost: Math.max(gathered.cost, settled) };
    finishBuilderRun(context, phase, result, settled);
  } finally {
    workplace.close();
  }
  noteEvent(db, context.lease, "builder_finished", {
    service: service.name,
    attempt,
    success: result.success,
    error: result.error,
    cost: result.cost,
  });
  return result;
}

/** The run of this job when its builder has ended, and only the look at its work was cut short. */
async function endedRun(
  context: PhaseContext,
  { service, attempt, phase, round }: BuildJob,
): Promise<{ claim: BuilderClaim; started_at: string } | undefined> {
  const run = latestRuns(context.db, context.pipeline.id).get(service.name);
  if (run?.attempt !== attempt || run.phase !== phase || run.round !== round) return undefined;
  const { claim, status, started_at } = run;
  // Contracts that have changed since are a task of their own.
  const isOvertaken = changesSince(context.db, context.pipeline.id, service.name, run).length > 0;
  if (claim === null || status !== "verifying" || isOvertaken) return undefined;
  const code = await codeOf(context);
  const folder = code ? worktreeOf(code.work_dir, service.name).folder : serviceDirectory(context, service.name);
  return existsSync(folder) ? { claim, started_at } : undefined;
}

async function workplaceOf(
  context: PhaseContext,
  plans: Plans,
  { service, attempt }: Pick<BuildJob, "service" | "attempt">,
  forBuilder: boolean,
): Promise<Workplace> {
  const { pipeline, paths } = context;
  const contracts = plans.contracts.filter(
    (contract) => contract.service_name === service.name || consumes(service, contract),
  );
  const aside = join(paths.logs, `${service.name}.outside`);
  const request = { service: service.name, attempt, contracts, aside, forBuilder };
  const code = await codeOf(context);
  return code ? openWorktree(code, request) : openFolder(request, pipeline.output_dir);
}

/** Run the builder; what it claims, and what we saw it do, is kept as soon as it has ended. */
async function runAndClaim(
  context: PhaseContext,
  plans: Plans,
  job: BuildJob,
  { workplace, budget }: { workplace: Workplace } & Pick<BuildTask, "budget">,
): Promise<BuilderClaim> {
  const { service, attempt, phase, round } = job;
  const session = latestRuns(context.db, context.pipeline.id).get(service.name)?.claim?.session_id;
  const backend = backendFor(context, service.name);
  startBuilderRun(context, { service: service.name, attempt, phase, round, backend });
  noteEvent(context.db, context.lease, "builder_started", {
    service: service.name,
    attempt,
    backend,
    findings: job.findings.length,
  });
  const { breaches: seen = [], ...said } = await runBuilder(context, plans, job, { workplace, budget, session });
  const breaches = [...seen, ...workplace.breaches()];
  const claim = breaches.length > 0 ? { ...said, breaches } : said;
  claimBuilderRun(context, service.name, attempt, claim);
  return claim;
}

/** Judge what lies in a service's worktree, where nobody builds now. */
export async function judgeWorktree(
  context: PhaseContext,
  plans: Plans,
  job: Pick<BuildJob, "service" | "attempt">,
  claim: BuilderClaim,
  judged: Judged,
): Promise<BuilderResult> {
  // What a person corrects is not held against contracts as a builder's work is: they may have new versions since.
  const workplace = await workplaceOf(context, { ...plans, contracts: [] }, job, false);
  try {
    return await judge(context, workplace, job, claim, judged);
  } finally {
    workplace.close();
  }
}

/** Look at what lies in a workplace, by the claim of who worked there. */
function judge(
  context: PhaseContext,
  workplace: Workplace,
  { service, attempt }: Pick<BuildJob, "service" | "attempt">,
  { breaches = [], ...claim }: BuilderClaim,
  judged: Judged,
): Promise<BuilderResult> {
  return workplace.judge((look) => gatherResult(context, service.name, attempt, claim, look, judged), breaches);
}

function backendFor({ ports: { builder } }: PhaseContext, service: string): string {
  return builder.nameFor?.(service) ?? builder.name;
}

async function runBuilder(
  context: PhaseContext,
  plans: Plans,
  job: BuildJob,
  { workplace, budget, session }: { workplace: Workplace } & Pick<BuildTask, "budget" | "session">,
): Promise<BuildOutcome> {
  const { pipeline, ports, paths, signal, spawn } = context;
  const { service, attempt } = job;
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
      session,
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

function consumes(service: Service, contract: Contract): boolean {
  if (contract.service_name === service.name) return false;
  return (
    service.depends_on.includes(contract.service_name) ||
    service.consumes_contracts.some(
      (label) => label === `${contract.service_name}-${contract.type === "openapi" ? "api" : "events"}`,
    )
  );
}

function failedClaim(error: string): BuilderClaim {
  return { success: false, cost: null, error, test_passed: null, test_total: null, convergence_ratio: null };
}

/** Evidence for what is in a folder of a service now, beside the claim. */
export async function gatherResult(
  context: PhaseContext,
  service: string,
  attempt: number,
  claim: BuilderClaim,
  look: Look,
  judged: Judged,
): Promise<BuilderResult> {
  const { paths, pipeline, signal, spawn } = context;
  const { directory, breaches } = look;
  const evidence = await verifyService({
    service,
    directory,
    logDir: paths.logs,
    spawn,
    timeoutMs: pipeline.config.builder.timeout_per_builder * 1000,
    signal,
    beforeTests: look.beforeTests,
  });
  signal.throwIfAborted();
  const findings = [...(look.findings ?? []), ...((await look.after?.()) ?? [])];
  const test_findings = judgeTests(context.db, pipeline.id, { service, attempt, evidence, ...judged });
  const weakened = test_findings.filter(({ severity }) => severity === "error");
  const success = evidence.verified && breaches.length === 0 && findings.length === 0 && !isWeakened(test_findings);
  const tests = evidence.commands.find((command) => command.purpose === "test")?.tests ?? null;
  const seen = [...findings, ...weakened].map(({ message }) => message);
  const told = [...breaches, ...seen, claim.error, evidence.reason];
  return {
    system_id: `system-${service}`,
    service_id: service,
    backend: claim.backend ?? backendFor(context, service),
    attempt,
    success,
    cost: claim.cost ?? 0,
    error: success ? "" : told.filter(Boolean).join(" "),
    output_dir: directory,
    test_passed: tests?.passed ?? null,
    test_total: tests?.executed ?? null,
    convergence_ratio: claim.convergence_ratio,
    artifacts: listFiles(directory),
    claim,
    evidence,
    ...(judged.contract_basis === undefined ? {} : { contract_basis: judged.contract_basis }),
    ...(breaches.length > 0 ? { breaches } : {}),
    ...(findings.length > 0 ? { findings } : {}),
    ...(test_findings.length > 0 ? { test_findings } : {}),
  };
}

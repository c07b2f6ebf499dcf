import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { builderConfig } from "../../builders/config.ts";
import { guardOutside } from "../../builders/guard.ts";
import type { BuildOutcome, BuildTask } from "../../builders/port.ts";
import { verifyService } from "../../builders/verify.ts";
import { contractBasis } from "../../contracts/basis.ts";
import { countdown } from "../../lib/countdown.ts";
import { AppError, messageOf, toAppError } from "../../lib/errors.ts";
import { listFiles } from "../../lib/fs.ts";
import type { BuilderClaim, BuilderResult } from "../../model/builder.ts";
import type { Contract } from "../../model/contract.ts";
import type { DomainModel } from "../../model/domain-model.ts";
import type { Finding } from "../../model/finding.ts";
import type { Service, ServiceMap } from "../../model/service-map.ts";
import { buildNotes } from "../build-notes.ts";
import { assertBudget } from "../cost.ts";
import { documentOf } from "../documents.ts";
import { claimBuilderRun, finishBuilderRun, latestRuns, startBuilderRun } from "../ledger.ts";
import { buildBudget } from "../paid-runs.ts";
import { noteEvent } from "../store.ts";
import type { PhaseContext } from "./phase.ts";

/** One builder run to do. */
export interface BuildJob {
  service: Service;
  phase: "builders_running" | "fix_pass";
  /** Which judgement it follows: 0 for a first build. */
  round: number;
  attempt: number;
  findings: Finding[];
}

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
 * the result and the cost are recorded as they arrive. Throws only for what is not the builder's fault: infrastructure,
 * budget, a stop.
 */
export async function buildService(context: PhaseContext, plans: Plans, job: BuildJob): Promise<BuilderResult> {
  const { pipeline, db } = context;
  const { service, attempt, phase, round } = job;
  assertBudget(db, pipeline.id, pipeline.config.budget_limit);
  mkdirSync(serviceDirectory(context, service.name), { recursive: true });
  const session = latestRuns(db, pipeline.id).get(service.name)?.claim?.session_id;
  const backend = backendFor(context, service.name);
  startBuilderRun(context, { service: service.name, attempt, phase, round, backend });
  noteEvent(db, context.lease, "builder_started", {
    service: service.name,
    attempt,
    backend,
    findings: job.findings.length,
  });
  const contract_basis = contractBasis(service, plans.contracts);
  const guard = guardOutside(
    serviceDirectory(context, service.name),
    join(context.paths.logs, `${service.name}.outside`),
  );
  const spending = buildBudget(context, { phase, service: service.name });
  let result: BuilderResult;
  try {
    const { breaches: seen = [], ...claim } = await runBuilder(context, plans, job, {
      budget: spending?.budget,
      session,
    });
    claimBuilderRun(context, service.name, attempt, claim);
    noteEvent(db, context.lease, "builder_verifying", { service: service.name, attempt, claimed: claim.success });
    const breaches = [...seen, ...guard.check()];
    const gathered = await gatherResult(context, service.name, attempt, claim, breaches);
    const settled = spending?.settled() ?? 0;
    result = { ...gathered, cost: Math.max(gathered.cost, settled), contract_basis };
    finishBuilderRun(context, phase, result, settled);
  } finally {
    guard.close();
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

function backendFor({ ports: { builder } }: PhaseContext, service: string): string {
  return builder.nameFor?.(service) ?? builder.name;
}

async function runBuilder(
  context: PhaseContext,
  plans: Plans,
  job: BuildJob,
  { budget, session }: Pick<BuildTask, "budget" | "session">,
): Promise<BuildOutcome> {
  const { pipeline, ports, paths, signal, spawn } = context;
  const { service, attempt, findings } = job;
  const timeoutMs = pipeline.config.builder.timeout_per_builder * 1000;
  const limit = countdown(timeoutMs);
  try {
    return await ports.builder.build({
      pipeline_id: pipeline.id,
      service,
      output_dir: serviceDirectory(context, service.name),
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

/** Evidence for what is in a service's folder now, beside the claim. */
export async function gatherResult(
  context: PhaseContext,
  service: string,
  attempt: number,
  claim: BuilderClaim,
  breaches: string[] = [],
): Promise<BuilderResult> {
  const { paths, pipeline, signal, spawn } = context;
  const directory = serviceDirectory(context, service);
  const evidence = await verifyService({
    service,
    directory,
    logDir: paths.logs,
    spawn,
    timeoutMs: pipeline.config.builder.timeout_per_builder * 1000,
    signal,
  });
  signal.throwIfAborted();
  const success = evidence.verified && breaches.length === 0;
  const tests = evidence.commands.find((command) => command.purpose === "test")?.tests ?? null;
  return {
    system_id: `system-${service}`,
    service_id: service,
    backend: claim.backend ?? backendFor(context, service),
    attempt,
    success,
    cost: claim.cost ?? 0,
    error: success ? "" : [...breaches, claim.error, evidence.reason].filter(Boolean).join(" "),
    output_dir: directory,
    test_passed: tests?.passed ?? null,
    test_total: tests?.executed ?? null,
    convergence_ratio: claim.convergence_ratio,
    artifacts: listFiles(directory),
    claim,
    evidence,
    ...(breaches.length > 0 ? { breaches } : {}),
  };
}

/**
 * The number of the next attempt at a service. A run that a crash cut short keeps its number, so that nothing is counted
 * or paid twice; a finished one is followed by the next number.
 */
export function nextAttempt({ db, pipeline }: Pick<PhaseContext, "db" | "pipeline">, service: string): number {
  const latest = latestRuns(db, pipeline.id).get(service);
  if (latest === undefined) return 1;
  return latest.result === null ? latest.attempt : latest.attempt + 1;
}

/** The newest result of each service; a service that was never finished has none. */
export function latestResults({ db, pipeline }: Pick<PhaseContext, "db" | "pipeline">): Map<string, BuilderResult> {
  const results = new Map<string, BuilderResult>();
  for (const [service, run] of latestRuns(db, pipeline.id)) if (run.result) results.set(service, run.result);
  return results;
}

/** Whether a service's newest run succeeded and its folder is still there. */
export function isBuilt(result: BuilderResult | undefined): boolean {
  return result?.success === true && existsSync(result.output_dir) && listFiles(result.output_dir).length > 0;
}

/** Whether a result still speaks of the contracts as they are: a service is built on its own and on what it uses of others'. */
export function isBasedOn(result: BuilderResult | undefined, service: Service, { contracts }: Plans): boolean {
  if (result === undefined) return false;
  if (result.contract_basis !== undefined) return result.contract_basis === contractBasis(service, contracts);
  return contracts.every(({ supersedes }) => supersedes === null || supersedes === undefined);
}

/** Errors: NOT_FOUND when a name is no service of the map. */
export function assertKnownServices(services: ServiceMap, names: string[]): void {
  const known = services.services.map((service) => service.name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new AppError("NOT_FOUND", `There is no service ${unknown.join(", ")}.`, {
      remedy: `The services are ${known.join(", ")}.`,
    });
}

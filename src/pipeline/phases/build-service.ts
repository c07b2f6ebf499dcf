import { existsSync } from "node:fs";
import { join } from "node:path";
import { contractBasis } from "../../contracts/basis.ts";
import type { BuilderClaim, BuilderResult } from "../../model/builder.ts";
import { codeOf } from "../code/open.ts";
import { worktreeOf } from "../code/store.ts";
import { openFolder, openWorktree, type Workplace } from "../code/workplace.ts";
import { assertBudget } from "../cost.ts";
import { finishBuilderRun, latestRuns } from "../ledger.ts";
import { buildBudget, settledRuns } from "../paid-runs.ts";
import { noteEvent } from "../store.ts";
import { type BuildJob, consumes, isOvertaken, isRunOf, type Plans, serviceDirectory } from "./build-job.ts";
import { gatherResult, type Judged } from "./gather-result.ts";
import type { PhaseContext } from "./phase.ts";
import { runAndClaim } from "./run-builder.ts";

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
  job: BuildJob,
): Promise<{ claim: BuilderClaim; started_at: string } | undefined> {
  const run = latestRuns(context.db, context.pipeline.id).get(job.service.name);
  if (run === undefined || !isRunOf(job, run)) return undefined;
  const { claim, status, started_at } = run;
  if (claim === null || status !== "verifying" || isOvertaken(context, run)) return undefined;
  const code = await codeOf(context);
  const name = job.service.name;
  const folder = code ? worktreeOf(code.work_dir, name).folder : serviceDirectory(context, name);
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

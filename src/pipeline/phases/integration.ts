import { existsSync } from "node:fs";
import { integrate } from "../../integrator/integrate.ts";
import { digestTree } from "../../lib/fs.ts";
import { sha256 } from "../../lib/ids.ts";
import { mapPool } from "../../lib/pool.ts";
import type { BuilderResult } from "../../model/builder.ts";
import type { IntegrationReport } from "../../model/integration-report.ts";
import type { Service } from "../../model/service-map.ts";
import { isWorktreeEdited, standingTrees } from "../code/edits.ts";
import { codeOf } from "../code/open.ts";
import { contractFindings } from "../contract-changes.ts";
import { putDocument, recordedStep, updateResult } from "../ledger.ts";
import { eventsOf } from "../store.ts";
import { testSettings } from "../test-settings.ts";
import { loadPlans, type Plans, serviceDirectory } from "./build-job.ts";
import { buildService, judgeWorktree } from "./build-service.ts";
import { gatherResult } from "./gather-result.ts";
import type { Phase, PhaseContext } from "./phase.ts";
import { deployableResults, isBasedOn, latestResults, nextAttempt } from "./results.ts";

/** `integrating`: deploy what was built, test it against its contracts, take it down. */
export const runIntegration: Phase = async (context) => {
  const plans = await loadPlans(context);
  await refreshEvidence(context, plans);
  await integrateRound(context, plans);
  return {
    type: "integration_done",
    integration_report_path: context.paths.integrationReport,
    report_exists: existsSync(context.paths.integrationReport),
  };
};

/** How often the system has been judged anew: fix passes and manual retries. Records of one round serve no other. */
export function roundOf({ db, pipeline }: Pick<PhaseContext, "db" | "pipeline">): number {
  return eventsOf(db, pipeline.id, 0, 100_000).filter(
    ({ kind }) => kind === "quality_failed" || kind === "retry_quality",
  ).length;
}

/**
 * One digest over the code of all services and the contracts in force: what is recorded below a phase holds only for
 * exactly these.
 */
export function codeDigest(context: PhaseContext, plans: Pick<Plans, "services" | "contracts">): string {
  const digests = plans.services.services.map(({ name }) => {
    const directory = serviceDirectory(context, name);
    return `${name}:${existsSync(directory) ? digestTree(directory) : "absent"}`;
  });
  const frozen = plans.contracts.map((one) => `${one.service_name} ${one.type}:${one.spec_hash}`).sort();
  return sha256([...digests, ...frozen].join("\n")).slice(0, 16);
}

/** Deploy and test the present code as one round, and keep the report. */
export async function integrateRound(context: PhaseContext, plans: Plans): Promise<IntegrationReport> {
  const { pipeline, ports, paths, signal, spawn } = context;
  const round = roundOf(context);
  const basis = codeDigest(context, plans);
  const deployable = deployableResults(context);
  const services = plans.services.services;
  const found = await integrate(
    {
      pipeline_id: pipeline.id,
      attempt: round,
      services: services.map((service) => ({ service, directory: serviceDirectory(context, service.name) })),
      service_map: plans.services,
      contracts: plans.contracts,
      excluded: services.filter(({ name }) => !deployable.has(name)).map(({ name }) => name),
      ...testSettings(context, plans.services),
      log_dir: paths.logs,
      health_timeout_ms: pipeline.config.integration.health_timeout * 1000,
      step: recordedStep(context, `integrating:${basis}`, round),
      spawn,
      signal,
    },
    ports.runtime,
  );
  const report = { ...found, basis };
  putDocument(context, {
    name: "integration_report",
    phase: pipeline.state,
    value: report,
    path: paths.integrationReport,
  });
  return report;
}

/**
 * Make the recorded evidence true for code and contracts as they are: a service whose folder is gone, or whose contracts
 * were changed, is built again; one whose files were changed since (by hand, between two sessions) is verified again.
 * Returns whether anything had changed.
 */
export async function refreshEvidence(context: PhaseContext, plans: Plans): Promise<boolean> {
  const results = latestResults(context);
  const code = await codeOf(context);
  const standing = code && (await standingTrees(code));
  const isAsItWas = async (service: Service, result: BuilderResult) => {
    const now = standing?.get(service.name);
    const was = result.delivery?.standing ?? result.evidence?.git_tree;
    if (code === undefined || now === undefined || was === undefined) return !wasTouched(context, service.name, result);
    return now === was && (result.success || !(await isWorktreeEdited(code, service.name, result)));
  };
  const stale: Service[] = [];
  for (const service of plans.services.services) {
    const result = results.get(service.name);
    if (result && (isToBuild(context, plans, service, result) || !(await isAsItWas(service, result))))
      stale.push(service);
  }
  await mapPool(stale, context.pipeline.config.builder.max_concurrent, async (service) => {
    const result = results.get(service.name);
    if (result === undefined) return;
    if (isToBuild(context, plans, service, result)) {
      const attempt = nextAttempt(context, service.name);
      const findings = contractFindings(context, service.name);
      await buildService(context, plans, { service, attempt, phase: "builders_running", round: 0, findings });
    } else {
      updateResult(context, await verifyAgain(context, plans, service, result, standing?.get(service.name)));
    }
  });
  return stale.length > 0;
}

function isToBuild(context: PhaseContext, plans: Plans, service: Service, result: BuilderResult): boolean {
  return !existsSync(serviceDirectory(context, service.name)) || !isBasedOn(result, service, plans);
}

/** Without git: whether the files are others than those that were seen. */
function wasTouched(context: PhaseContext, service: string, { evidence }: BuilderResult): boolean {
  return evidence !== null && digestTree(serviceDirectory(context, service)) !== evidence.tree_digest;
}

/** What was edited is judged where it was: in the output folder, or in the worktree of a service that was not merged. */
async function verifyAgain(
  context: PhaseContext,
  plans: Plans,
  service: Service,
  result: BuilderResult,
  tree: string | undefined,
): Promise<BuilderResult> {
  const { attempt, claim, breaches = [], delivery, contract_basis, test_findings: by_hand = [] } = result;
  const judged = { contract_basis, by_hand };
  if (delivery?.merged === false && delivery.standing === tree)
    return judgeWorktree(context, plans, { service, attempt }, { ...claim, breaches }, judged);
  const directory = serviceDirectory(context, service.name);
  // With git, what a run was refused for never came here.
  const look = { directory, breaches: tree === undefined ? breaches : [] };
  const seen = await gatherResult(context, service.name, attempt, claim, look, judged);
  if (tree === undefined || seen.evidence === null) return seen;
  const commit = delivery?.commit ?? "";
  return {
    ...seen,
    evidence: { ...seen.evidence, git_tree: tree },
    delivery: { commit, merged: true, standing: tree },
  };
}

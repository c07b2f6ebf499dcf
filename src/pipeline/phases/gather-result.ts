import { verifyService } from "../../builders/verify.ts";
import { listFiles } from "../../lib/fs.ts";
import type { BuilderClaim, BuilderResult } from "../../model/builder.ts";
import type { Look } from "../code/workplace.ts";
import { isWeakened, type JudgedRun, judgeTests } from "../fix/test-evidence.ts";
import { backendFor } from "./build-job.ts";
import type { PhaseContext } from "./phase.ts";

/** What a look at a service's work is judged by beside the work. */
export type Judged = Pick<JudgedRun, "contract_basis" | "by_hand">;

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

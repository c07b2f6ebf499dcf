import { existsSync } from "node:fs";
import { contractBasis } from "../../contracts/basis.ts";
import { AppError } from "../../lib/errors.ts";
import { listFiles } from "../../lib/fs.ts";
import type { BuilderResult } from "../../model/builder.ts";
import type { Contract } from "../../model/contract.ts";
import type { Service, ServiceMap } from "../../model/service-map.ts";
import { builderRuns, latestRuns } from "../ledger.ts";
import type { PhaseContext } from "./phase.ts";

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

/**
 * Results of the services that can be deployed as they stand in the output folder. Where the newest run came to nothing,
 * what an earlier one delivered still stands there.
 */
export function deployableResults({ db, pipeline }: Pick<PhaseContext, "db" | "pipeline">): Map<string, BuilderResult> {
  const runs = builderRuns(db, pipeline.id);
  const found = new Map<string, BuilderResult>();
  for (const [service, latest] of latestResults({ db, pipeline })) {
    const { standing = "" } = latest.delivery ?? {};
    const results = runs.flatMap((run) => (run.service === service && run.result ? [run.result] : []));
    const isStanding = (result: BuilderResult) => result.evidence?.git_tree === standing && standing !== "";
    const result = isBuilt(latest) ? latest : results.findLast((one) => isBuilt(one) && isStanding(one));
    if (result) found.set(service, result);
  }
  return found;
}

/** Whether a result still speaks of the contracts as they are: a service is built on its own and on what it uses of others'. */
export function isBasedOn(
  result: BuilderResult | undefined,
  service: Service,
  { contracts }: { contracts: Contract[] },
): boolean {
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

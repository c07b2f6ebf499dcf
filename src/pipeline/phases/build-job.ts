import { join } from "node:path";
import type { Contract } from "../../model/contract.ts";
import type { DomainModel } from "../../model/domain-model.ts";
import type { Finding } from "../../model/finding.ts";
import type { Service, ServiceMap } from "../../model/service-map.ts";
import { changesSince } from "../contract-changes.ts";
import { documentOf } from "../documents.ts";
import type { BuilderRun } from "../records.ts";
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

/** Whether a recorded run is the one of this job. */
export function isRunOf({ attempt, phase, round }: BuildJob, run: BuilderRun): boolean {
  return run.attempt === attempt && run.phase === phase && run.round === round;
}

/** Contracts that have changed since a run began are a task of their own. */
export function isOvertaken({ db, pipeline }: PhaseContext, run: BuilderRun): boolean {
  return changesSince(db, pipeline.id, run.service, run).length > 0;
}

/** Which backend builds a service. */
export function backendFor({ ports: { builder } }: PhaseContext, service: string): string {
  return builder.nameFor?.(service) ?? builder.name;
}

/** Whether a contract is one that a service calls or listens to. */
export function consumes(service: Service, contract: Contract): boolean {
  if (contract.service_name === service.name) return false;
  return (
    service.depends_on.includes(contract.service_name) ||
    service.consumes_contracts.some(
      (label) => label === `${contract.service_name}-${contract.type === "openapi" ? "api" : "events"}`,
    )
  );
}

import { z } from "zod";
import type { Db } from "../lib/db.ts";
import { sha256 } from "../lib/ids.ts";
import { AffectedService, ContractChange, ContractType } from "../model/contract.ts";
import type { Finding } from "../model/finding.ts";
import { builderRuns } from "./ledger.ts";
import type { BuilderRun } from "./records.ts";
import { eventsOf } from "./store.ts";

/** The kind of the event that tells of an accepted change. */
export const CONTRACT_CHANGED = "contract_changed";

/** What that event holds: at most `MAX_KEPT` changes. */
export const ContractChanged = z.object({
  request_id: z.string(),
  contract_id: z.string(),
  service_name: z.string(),
  type: ContractType,
  version: z.string(),
  reason: z.string(),
  affected: z.array(AffectedService),
  changes: z.array(ContractChange),
});
export type ContractChanged = z.infer<typeof ContractChanged>;

export const MAX_KEPT = 200;
const MAX_FINDINGS = 50;

/** Changes that reopened a service after its newest run began. */
export function changesSince(db: Db, id: string, service: string, run: BuilderRun | undefined): ContractChanged[] {
  if (run === undefined) return [];
  return eventsOf(db, id, 0, 100_000, CONTRACT_CHANGED)
    .filter(({ at }) => at >= run.started_at)
    .map(({ data }) => ContractChanged.parse(data))
    .filter(({ affected }) => affected.some((one) => one.service === service && one.reopens));
}

/** Whether a finished run was overtaken by a change of a contract that it rests on. */
export function isReopened(db: Db, id: string, run: BuilderRun): boolean {
  return run.result !== null && changesSince(db, id, run.service, run).length > 0;
}

/** What a builder is told when its service is built again because a contract has changed. */
export function contractFindings({ db, pipeline }: { db: Db; pipeline: { id: string } }, service: string): Finding[] {
  const run = builderRuns(db, pipeline.id).findLast((one) => one.service === service);
  const told = changesSince(db, pipeline.id, service, run).flatMap((changed) => {
    const own = changed.affected.find((one) => one.service === service);
    const all = own === undefined || own.role === "provider" || own.coarse;
    return changed.changes
      .filter(({ method, path }) => all || own.clauses.includes(`${method} ${path}`))
      .map((change) => findingOf(service, changed, change));
  });
  return told.slice(0, MAX_FINDINGS);
}

function findingOf(service: string, changed: ContractChanged, change: ContractChange): Finding {
  const { service_name, type, version } = changed;
  const contract = `the ${type} contract of ${service_name}, now version ${version}`;
  const { method, path, pointer, breaking, message, id } = change;
  return {
    code: "CONTRACT-CHANGE",
    severity: breaking ? "error" : "warning",
    service,
    where: [method, path].filter(Boolean).join(" ") || `${contract} ${pointer}`,
    message: `In ${contract}: ${message}`,
    fix: service === service_name ? "Implement the contract as it is now." : "Use the contract as it is now.",
    reproduce: "",
    fingerprint: sha256(`${changed.request_id} ${id} ${method} ${path} ${pointer}`).slice(0, 24),
  };
}

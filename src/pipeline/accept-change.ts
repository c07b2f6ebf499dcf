import type { AssessedChange, ContractChanges, ContractRegistry } from "../contracts/port.ts";
import { AppError } from "../lib/errors.ts";
import type { Contract } from "../model/contract.ts";
import { TERMINAL_STATES } from "../model/pipeline.ts";
import { contractFile } from "../model/plan.ts";
import { CONTRACT_CHANGED, ContractChanged, MAX_KEPT } from "./contract-changes.ts";
import { type Control, interruptPipeline, startDriver, withLease } from "./control.ts";
import { documentOf, findDocument } from "./documents.ts";
import { fenced, isHeld, type Lease, leaseOf } from "./lease.ts";
import { putDocument } from "./ledger.ts";
import { pipelinePaths } from "./paths.ts";
import type { PipelineRecord } from "./records.ts";
import { insertEvent, pipelineOf } from "./store.ts";

export interface Accepted extends AssessedChange {
  contract: Contract;
  /** Whether the pipeline was running and goes on. */
  resumed: boolean;
}

/** A change request with what accepting it would do, seen with the services of its pipeline. Errors: NOT_FOUND. */
export async function assessChange({ db }: Pick<Control, "db">, changes: ContractChanges, requestId: string) {
  const assessed = await changes.assess(requestId);
  const { build_cycle_id } = assessed.request;
  const map = build_cycle_id === null ? undefined : findDocument(db, build_cycle_id, "service_map");
  return map === undefined ? assessed : changes.assess(requestId, map.services);
}

/**
 * Accept a change request. The new version, and the event that reopens the services it concerns, are one transaction: from
 * then on their evidence no longer holds, and they are built again wherever the pipeline goes on. A running pipeline is
 * stopped for the moment and goes on. Errors: NOT_FOUND; WRONG_STATE when it was decided, its base is not current any
 * more, or the pipeline has ended; LEASE_HELD.
 */
export async function acceptChange(
  control: Control,
  { changes, contracts }: { changes: ContractChanges; contracts: ContractRegistry },
  requestId: string,
  comment: string,
): Promise<Accepted> {
  const { db } = control;
  const { request } = await changes.assess(requestId);
  const id = request.build_cycle_id;
  if (id === null) {
    const assessed = await changes.assess(requestId);
    return { ...assessed, contract: changes.accept(requestId, assessed.affected, comment), resumed: false };
  }
  assertChangeable(pipelineOf(db, id));
  if (request.status !== "proposed") changes.accept(requestId, [], comment);
  const running = isHeld(leaseOf(db, id));
  if (running) await interruptPipeline(control, id, `Contract change ${requestId} is being accepted.`);
  const accepted = await withLease(db, id, async (lease) => {
    const pipeline = pipelineOf(db, id);
    assertChangeable(pipeline);
    const assessed = await changes.assess(requestId, documentOf(db, id, "service_map").services);
    const before = await contracts.list({ build_cycle_id: id });
    const contract = fenced(db, lease, () => {
      const fresh = changes.accept(requestId, assessed.affected, comment);
      insertEvent(db, id, {
        kind: CONTRACT_CHANGED,
        from: pipeline.state,
        to: pipeline.state,
        data: eventOf(assessed, fresh),
      });
      exportContracts(control, lease, pipeline, before, fresh);
      return fresh;
    });
    return { ...assessed, contract };
  });
  if (running) await startDriver(control, id);
  return { ...accepted, resumed: running };
}

function eventOf({ request, affected, changes }: AssessedChange, contract: Contract): ContractChanged {
  const breakingFirst = changes.toSorted((a, b) => Number(b.breaking) - Number(a.breaking));
  return ContractChanged.parse({
    request_id: request.id,
    contract_id: contract.id,
    service_name: contract.service_name,
    type: contract.type,
    version: contract.version,
    reason: request.reason,
    affected,
    changes: breakingFirst.slice(0, MAX_KEPT),
  });
}

/** The exports follow the registry: the contract's own file, and the list of all. */
function exportContracts(
  { db, workspace }: Control,
  lease: Lease,
  { id, state }: PipelineRecord,
  before: readonly Contract[],
  fresh: Contract,
): void {
  const paths = pipelinePaths(workspace, id);
  const entries = before.map((one) => (one.id === fresh.supersedes ? fresh : one));
  const file = contractFile(fresh);
  putDocument({ db, lease }, { name: file, phase: state, value: fresh.spec, path: `${paths.root}/${file}` });
  putDocument(
    { db, lease },
    {
      name: "contract_registry",
      phase: state,
      value: entries.map(({ spec: _spec, ...entry }) => entry),
      path: paths.registry,
    },
  );
}

function assertChangeable({ id, state }: PipelineRecord): void {
  if (TERMINAL_STATES.includes(state))
    throw new AppError("WRONG_STATE", `Pipeline ${id} has ended (${state}); its contracts do not change any more.`, {
      remedy:
        state === "complete"
          ? "Start a new pipeline for the changed system, or reject the request (decide_contract_change)."
          : "Have it judged again with resume_pipeline and accept the change while it runs, or start a new pipeline.",
    });
  if (state !== "contracts_registering") return;
  throw new AppError("WRONG_STATE", `Pipeline ${id} is still registering its contracts.`, {
    remedy: `Let it go on with resume_pipeline (super-orchestrator resume ${id}), then accept the change.`,
  });
}

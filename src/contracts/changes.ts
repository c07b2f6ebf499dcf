import { randomUUID } from "node:crypto";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { canonicalJson, hashOf } from "../lib/ids.ts";
import { ChangeRequest, type Contract, type ContractDraft } from "../model/contract.ts";
import { compareContracts } from "./breaking/breaking.ts";
import { affectedBy } from "./impact.ts";
import type { ContractChanges } from "./port.ts";
import { type VersionedRegistry, validDraft } from "./registry.ts";
import { addresses, type Consumer } from "./uses.ts";

/** Change requests in the state database, beside the registry whose contracts they change. */
export function createContractChanges(
  db: Db,
  registry: VersionedRegistry,
  clock: () => Date = () => new Date(),
): ContractChanges {
  const now = () => clock().toISOString();
  const rowOf = (id: string): Row => {
    const row = db.prepare<[string], Row>(`${SELECT} WHERE change.id = ?`).get(id);
    if (row) return row;
    throw new AppError("NOT_FOUND", `There is no change request ${id}.`, {
      remedy: "See the requests with list_contract_changes.",
    });
  };
  const undecided = (id: string): Row => {
    const row = rowOf(id);
    if (row.status === "proposed") return row;
    throw new AppError("WRONG_STATE", `Change request ${id} was ${row.status} already.`, {
      remedy: "Propose the change anew if it is still wanted.",
    });
  };
  const decide = (id: string, status: string, comment: string, affected: unknown, result: string | null) =>
    db
      .prepare(
        "UPDATE contracts_change SET status = ?, comment = ?, affected = ?, result_id = ?, decided_at = ? WHERE id = ?",
      )
      .run(status, comment, JSON.stringify(affected), result, now(), id);

  return {
    versionsOf: registry.versionsOf,
    async propose({ contract_id, spec, version, reason }) {
      const base = await registry.get(contract_id);
      assertCurrent(base, registry.versionsOf(contract_id));
      const { service_name, type } = base;
      const hash = hashOf(spec);
      if (hash === base.spec_hash) throw unchanged(base);
      const draft = await validDraft({ service_name, type, version: version ?? base.version, spec });
      const taken = registry.versionsOf(contract_id).map((one) => one.version);
      const next = version ?? nextVersion(base.version, compareContracts(base.spec, spec), taken);
      if (taken.includes(next)) throw takenVersion(base, next);
      const id = randomUUID();
      db.prepare(`INSERT INTO contracts_change VALUES (?, ?, ?, ?, ?, ?, 'proposed', '[]', '', NULL, ?, NULL)`).run(
        id,
        contract_id,
        next,
        canonicalJson(draft.spec),
        hash,
        reason,
        now(),
      );
      return requestFrom(rowOf(id));
    },
    async assess(id, services) {
      const row = rowOf(id);
      const base = await registry.get(row.contract_id);
      const draft = draftFrom(row);
      const all = await registry.list(base.build_cycle_id === null ? {} : { build_cycle_id: base.build_cycle_id });
      const present = all.filter(({ build_cycle_id }) => build_cycle_id === base.build_cycle_id);
      // What a decided request did is told by the contracts as they were.
      const contracts = present.some((one) => one.id === base.id) ? present : withBase(present, base);
      return {
        request: requestFrom(row),
        draft,
        changes: compareContracts(base.spec, draft.spec),
        affected: affectedBy(base, draft, services ?? consumersIn(contracts), contracts),
      };
    },
    list({ build_cycle_id, status }) {
      const rows = db.prepare<[], Row>(`${SELECT} ORDER BY change.rowid DESC`).all();
      return rows
        .filter((row) => build_cycle_id === undefined || row.build_cycle_id === build_cycle_id)
        .filter((row) => status === undefined || row.status === status)
        .map(requestFrom);
    },
    accept(id, affected, comment) {
      const accept = db.transaction((): Contract => {
        const row = undecided(id);
        const contract = registry.supersede(row.contract_id, draftFrom(row));
        decide(id, "accepted", comment, affected, contract.id);
        return contract;
      });
      return accept.immediate();
    },
    reject(id, comment) {
      undecided(id);
      decide(id, "rejected", comment, [], null);
      return requestFrom(rowOf(id));
    },
  };
}

interface Row extends ChangeRequest {
  spec: string;
}

const SELECT = `SELECT change.*, base.build_cycle_id, base.service_name, base.type, base.version AS from_version
  FROM contracts_change AS change JOIN contracts_contract AS base ON base.id = change.contract_id`;

function requestFrom(row: Row): ChangeRequest {
  return ChangeRequest.parse(row);
}

function draftFrom({ service_name, type, version, spec }: Row): ContractDraft {
  return { service_name, type, version, spec: JSON.parse(spec) };
}

function withBase(contracts: readonly Contract[], base: Contract): Contract[] {
  const isSame = (one: Contract) => one.service_name === base.service_name && one.type === base.type;
  return contracts.map((one) => (isSame(one) ? base : one));
}

/** Where no service map says it, services are those that have contracts, and their contracts say what they use. */
function consumersIn(contracts: readonly Contract[]): Consumer[] {
  return [...new Set(contracts.map(({ service_name }) => service_name))].map((name) => ({
    name,
    events_subscribed: addresses(
      contracts.filter(({ service_name }) => service_name === name),
      "RECEIVE",
    ),
  }));
}

/** Major when something breaks, minor otherwise; the next one that is free. */
function nextVersion(from: string, changes: readonly { breaking: boolean }[], taken: readonly string[]): string {
  const [major = 0, minor = 0] = from.split(".").map(Number);
  const breaks = changes.some(({ breaking }) => breaking);
  for (let step = 1; ; step += 1) {
    const version = breaks ? `${major + step}.0.0` : `${major}.${minor + step}.0`;
    if (!taken.includes(version)) return version;
  }
}

function assertCurrent(base: Contract, versions: readonly Contract[]): void {
  const last = versions.at(-1);
  if (last === undefined || last.id === base.id) return;
  throw new AppError("WRONG_STATE", `Contract ${base.id} (version ${base.version}) was superseded.`, {
    remedy: `Propose the change for the current version ${last.version}, contract ${last.id}.`,
  });
}

function unchanged({ service_name, type, version }: Contract): AppError {
  return new AppError("INVALID_INPUT", `The ${type} contract of ${service_name} is exactly version ${version}.`, {
    remedy: "Give the changed document.",
  });
}

function takenVersion({ service_name, type }: Contract, version: string): AppError {
  return new AppError("INVALID_INPUT", `The ${type} contract of ${service_name} has a version ${version} already.`, {
    remedy: "Give another version, or leave it out for the next one.",
  });
}

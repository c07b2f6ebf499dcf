import { randomUUID } from "node:crypto";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { canonicalJson, sha256 } from "../lib/ids.ts";
import { Contract, ContractDraft, type ContractFault } from "../model/contract.ts";
import type { ContractFilter, ContractRegistry } from "./port.ts";
import { validateContract } from "./validate.ts";

/** The embedded registry: contracts in the state database, each version frozen by the hash of its content. */
export function createContractRegistry(db: Db, clock: () => Date = () => new Date()): VersionedRegistry {
  const current = db.prepare<Key, Row>(
    `SELECT * FROM contracts_contract WHERE build_cycle_id IS @build_cycle_id AND service_name = @service_name
     AND type = @type AND ${IS_CURRENT}`,
  );
  const byId = db.prepare<[string], Row>("SELECT * FROM contracts_contract WHERE id = ?");
  const versions = db.prepare<Key, Row>(
    `SELECT * FROM contracts_contract WHERE build_cycle_id IS @build_cycle_id AND service_name = @service_name
     AND type = @type ORDER BY rowid`,
  );
  const insert = db.prepare(
    `INSERT INTO contracts_contract VALUES (@id, @build_cycle_id, @service_name, @type, @version, @spec, @spec_hash,
     'active', @supersedes, @now, @now) ON CONFLICT DO NOTHING`,
  );
  const retire = db.prepare("UPDATE contracts_contract SET status = 'deprecated', updated_at = ? WHERE id = ?");
  const select = db.prepare<{ build_cycle_id: string | null; service_name: string | null }, Row>(
    `SELECT * FROM contracts_contract WHERE (@build_cycle_id IS NULL OR build_cycle_id = @build_cycle_id)
     AND (@service_name IS NULL OR service_name = @service_name) AND ${IS_CURRENT} ORDER BY rowid`,
  );
  const newest = db.prepare<Record<"build_cycle_id" | "service_name" | "type", string | null>, { id: string }>(
    `SELECT id FROM contracts_contract WHERE (@build_cycle_id IS NULL OR build_cycle_id = @build_cycle_id)
     AND (@service_name IS NULL OR service_name = @service_name) AND type = @type AND ${IS_CURRENT}
     ORDER BY rowid DESC LIMIT 1`,
  );
  const rowOf = (id: string): Row => {
    const row = byId.get(id);
    if (row) return row;
    throw new AppError("NOT_FOUND", `There is no contract ${id}.`, {
      remedy: "List the contracts to see their ids (list_contracts).",
    });
  };
  const add = (draft: ContractDraft, build_cycle_id: string | null, supersedes: string | null) => {
    const id = randomUUID();
    const { service_name, type, version } = draft;
    const spec = canonicalJson(draft.spec);
    const spec_hash = sha256(spec);
    insert.run({
      id,
      build_cycle_id,
      service_name,
      type,
      version,
      supersedes,
      spec,
      spec_hash,
      now: clock().toISOString(),
    });
    return { id, spec_hash };
  };

  return {
    name: "builtin",
    validate: validateContract,
    async register(given, buildCycleId) {
      const draft = await validDraft(given);
      const { spec_hash } = add(draft, buildCycleId, null);
      const { service_name, type, version } = draft;
      const row = current.get({ build_cycle_id: buildCycleId, service_name, type });
      if (!row) throw new Error(`contract ${service_name} ${type} vanished while it was registered`);
      if (row.spec_hash !== spec_hash || row.version !== version) throw frozen(draft, row);
      return contractFrom(row);
    },
    async list(filter) {
      const rows = select.all({
        build_cycle_id: filter.build_cycle_id ?? null,
        service_name: filter.service_name ?? null,
      });
      return rows.map(contractFrom);
    },
    get: async (id) => contractFrom(rowOf(id)),
    newestId: ({ build_cycle_id, service_name }, type) =>
      newest.get({ build_cycle_id: build_cycle_id ?? null, service_name: service_name ?? null, type })?.id,
    versionsOf: (id) => versions.all(keyOf(rowOf(id))).map(contractFrom),
    supersede(id, draft) {
      const before = rowOf(id);
      const fresh = add(draft, before.build_cycle_id, id);
      const row = byId.get(fresh.id);
      if (!row) throw outdated(before, versions.all(keyOf(before)).at(-1) ?? before);
      retire.run(clock().toISOString(), id);
      return contractFrom(row);
    },
  };
}

/** A registry that keeps every version of a contract. */
export interface VersionedRegistry extends ContractRegistry {
  /** Id of the current contract that was registered last, without reading it. */
  newestId(filter: ContractFilter, type: Contract["type"]): string | undefined;
  /** All versions of a contract, the first registered first, the current one last. Errors: NOT_FOUND. */
  versionsOf(id: string): Contract[];
  /** Freeze a checked draft as the version after `id`. Errors: NOT_FOUND; WRONG_STATE when `id` is not current or the version is taken. */
  supersede(id: string, draft: ContractDraft): Contract;
}

type Key = Pick<Row, "build_cycle_id" | "service_name" | "type">;

const IS_CURRENT = "id NOT IN (SELECT supersedes FROM contracts_contract WHERE supersedes IS NOT NULL)";

function keyOf({ build_cycle_id, service_name, type }: Row): Key {
  return { build_cycle_id, service_name, type };
}

/** A draft that may be frozen. Errors: CONTRACT_INVALID with the faults. */
export async function validDraft(given: ContractDraft): Promise<ContractDraft> {
  const draft = parseDraft(given);
  const faults = await validateContract(draft);
  const [first] = faults;
  if (first) throw invalid(draft, first, faults);
  return draft;
}

function outdated(before: Row, last: Row): AppError {
  const name = `${before.type} contract of ${before.service_name}`;
  const gone = last.id !== before.id;
  return new AppError(
    "WRONG_STATE",
    gone
      ? `Version ${before.version} of the ${name} is not the current one any more.`
      : `The ${name} has that version.`,
    {
      remedy: gone
        ? `Propose the change again for the current version ${last.version} (contract ${last.id}).`
        : "Give another version.",
    },
  );
}

interface Row extends Omit<Contract, "spec" | "supersedes"> {
  spec: string;
  supersedes: string | null;
}

function contractFrom(row: Row): Contract {
  return Contract.parse({ ...row, spec: JSON.parse(row.spec) });
}

function parseDraft(given: ContractDraft): ContractDraft {
  const draft = ContractDraft.safeParse(given);
  if (draft.success) return draft.data;
  const [issue] = draft.error.issues;
  throw new AppError(
    "CONTRACT_INVALID",
    `The contract's ${issue?.path.join(".") ?? "form"}: ${issue?.message ?? "wrong"}.`,
    {
      remedy: "Give service_name, type (openapi, asyncapi, json_schema), version (x.y.z) and spec (an object).",
    },
  );
}

function invalid(draft: ContractDraft, first: ContractFault, faults: ContractFault[]): AppError {
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  const where = first.pointer || "the document";
  return new AppError(
    "CONTRACT_INVALID",
    `The ${draft.type} contract of ${draft.service_name} is not valid: ${where}: ${first.message}${more}.`,
    { remedy: "Correct the contract at that place and register it again.", details: { faults: faults.slice(0, 50) } },
  );
}

function frozen(draft: ContractDraft, row: Row): AppError {
  return new AppError(
    "WRONG_STATE",
    `The ${draft.type} contract of ${draft.service_name} is frozen in ${row.build_cycle_id ?? "the workspace"} (${row.spec_hash.slice(0, 12)}) and the new one differs.`,
    {
      remedy: `Keep to the registered contract, or propose the changed one with propose_contract_change for contract ${row.id}.`,
      details: { id: row.id, spec_hash: row.spec_hash },
    },
  );
}

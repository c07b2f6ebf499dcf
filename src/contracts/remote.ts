import { z } from "zod";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { hashOf } from "../lib/ids.ts";
import type { Contract, ContractDraft, ContractFault } from "../model/contract.ts";
import type { RemoteTools } from "../model/remote.ts";
import { askRemote, remoteFault, toolAmong } from "../model/remote-answer.ts";
import type { ContractEngine } from "./port.ts";
import { remoteChanges } from "./remote/changes.ts";
import { validateAsSpecified, validateWithBuild1 } from "./remote/endpoint.ts";
import { complete, currentOf, getEntry, listEntries, RemoteEntry } from "./remote/entries.ts";
import { remoteMark, remoteUnimplemented } from "./remote/implementations.ts";
import { type FrozenRecord, frozenRecords } from "./remote/records.ts";
import { remoteTests } from "./remote/tests.ts";
import { validateContract } from "./validate.ts";

const Validation = z.looseObject({ valid: z.boolean(), errors: z.array(z.string()).default([]) });

/** What stands for no pipeline in our records. */
const WORKSPACE = "";

/**
 * A contract engine behind an external server: one with the specification's tools, a Build 1 engine, or another
 * super-orchestrator. What is registered is recorded in `db` with its hash: a server that overwrites a contract, as
 * Build 1 does, cannot change what a pipeline was built from without being noticed.
 * Errors of every method: REMOTE_UNAVAILABLE, REMOTE_ANSWER; and the port's.
 */
export function createRemoteContracts({ remote, db }: { remote: RemoteTools; db: Db }): ContractEngine {
  const records = frozenRecords(db);
  const isBuild1 = async () => (await remote.names()).has("create_contract");

  const validate = async (draft: ContractDraft): Promise<ContractFault[]> => {
    const own = await validateContract(draft);
    if (own.length > 0 || !(await remote.names()).has("validate_spec")) return own;
    const { spec, type } = draft;
    const { valid, errors } = await askRemote(
      remote,
      "validate_spec",
      { spec, "type|contract_type": type },
      Validation,
    );
    if (valid) return [];
    const said = errors.length > 0 ? errors : ["the contract engine refuses it without a reason"];
    return said.map((message) => ({ pointer: "", message }));
  };

  const store = async (draft: ContractDraft, buildCycleId: string | null): Promise<Contract> => {
    const { name } = await toolAmong(remote, ["register_contract", "create_contract"]);
    const { service_name, type, version, spec } = draft;
    // Build 1 refuses a cycle that it did not begin itself, and no tool begins one.
    const build_cycle_id = name === "create_contract" ? undefined : (buildCycleId ?? undefined);
    const offer = { "service_name|service": service_name, "type|contract_type": type, version, spec, build_cycle_id };
    const contract = await complete(remote, await askRemote(remote, name, offer, RemoteEntry));
    if (contract.spec_hash !== hashOf(spec))
      throw remoteFault(remote, name, `kept other content than it was given for ${type} of ${service_name}`);
    return contract;
  };

  return {
    name: "mcp",
    validate,
    async register(draft, buildCycleId: string | null) {
      const { service_name, type, version } = draft;
      const cycle = buildCycleId ?? WORKSPACE;
      const spec_hash = hashOf(draft.spec);
      const held = records
        .ofCycle(cycle)
        .find((record) => record.service_name === service_name && record.type === type);
      if (held && (held.spec_hash !== spec_hash || held.version !== version)) throw frozen(draft, held);
      if (held) {
        const there = await getEntry(remote, held.contract_id).catch(unlessNotFound);
        if (there) return unchanged(remote, there, held);
      }
      const faults = await validate(draft);
      const [first] = faults;
      if (first) throw invalid(draft, first, faults);
      const contract = await store(draft, buildCycleId);
      const contract_id = contract.id;
      records.keep({ build_cycle_id: cycle, service_name, type, version, spec_hash, contract_id });
      return { ...contract, build_cycle_id: buildCycleId };
    },
    async list({ build_cycle_id, service_name }) {
      const held = build_cycle_id === undefined ? [] : records.ofCycle(build_cycle_id);
      if (held.length > 0) {
        const wanted = held.filter((record) => service_name === undefined || record.service_name === service_name);
        const found: Contract[] = [];
        for (const record of wanted) found.push(unchanged(remote, await getEntry(remote, record.contract_id), record));
        return found;
      }
      const entries = currentOf(
        await listEntries(remote, {
          ...(service_name ? { service_name } : {}),
          ...(build_cycle_id ? { build_cycle_id } : {}),
        }),
      );
      const wanted = entries.filter((entry) => build_cycle_id === undefined || entry.build_cycle_id === build_cycle_id);
      return Promise.all(wanted.map((entry) => complete(remote, entry)));
    },
    get: (id) => getEntry(remote, id),
    validateEndpoint: async (exchange) =>
      (await isBuild1()) ? validateWithBuild1(remote, exchange) : validateAsSpecified(remote, exchange),
    generateTests: async (contract_id, options) => remoteTests(remote, contract_id, options, await isBuild1()),
    checkBreakingChanges: (contract_id, new_spec) => remoteChanges(remote, contract_id, new_spec),
    markImplemented: (claim) => remoteMark(remote, claim),
    async getUnimplemented({ build_cycle_id, service_name }) {
      const open = await remoteUnimplemented(remote, service_name);
      if (build_cycle_id === undefined) return open;
      const ids = new Set(records.ofCycle(build_cycle_id).map(({ contract_id }) => contract_id));
      return open.filter(({ id }) => ids.has(id));
    },
  };
}

/** What the server gives must be what was frozen. Errors: WRONG_STATE when somebody changed it over there. */
function unchanged(remote: RemoteTools, contract: Contract, record: FrozenRecord): Contract {
  const { build_cycle_id, service_name, type, spec_hash } = record;
  if (contract.spec_hash === spec_hash)
    return { ...contract, build_cycle_id: build_cycle_id === WORKSPACE ? null : build_cycle_id };
  throw new AppError(
    "WRONG_STATE",
    `${remote.label} changed the ${type} contract of ${service_name} after it was frozen for ${build_cycle_id}: ${spec_hash.slice(0, 12)} became ${contract.spec_hash.slice(0, 12)}.`,
    {
      remedy:
        "Another pipeline registered the same service, type and version there. Start a new pipeline, or give each its own contract engine.",
      details: { id: contract.id, spec_hash, now: contract.spec_hash },
    },
  );
}

function frozen(draft: ContractDraft, held: FrozenRecord): AppError {
  return new AppError(
    "WRONG_STATE",
    `The ${draft.type} contract of ${draft.service_name} is frozen in ${held.build_cycle_id || "the workspace"} (${held.spec_hash.slice(0, 12)}) and the new one differs.`,
    {
      remedy: "Keep to the registered contract, or start a new pipeline for a changed one.",
      details: { id: held.contract_id, spec_hash: held.spec_hash },
    },
  );
}

function invalid(draft: ContractDraft, first: ContractFault, faults: ContractFault[]): AppError {
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  return new AppError(
    "CONTRACT_INVALID",
    `The ${draft.type} contract of ${draft.service_name} is not valid: ${first.pointer || "the document"}: ${first.message}${more}.`,
    { remedy: "Correct the contract at that place and register it again.", details: { faults: faults.slice(0, 50) } },
  );
}

function unlessNotFound(cause: unknown): undefined {
  if (cause instanceof AppError && cause.code === "NOT_FOUND") return undefined;
  throw cause;
}

import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import type { Contract, Exchange } from "../model/contract.ts";
import { compareContracts } from "./breaking/breaking.ts";
import { createClaims } from "./claims.ts";
import { generateTests } from "./conformance/generate.ts";
import { judgeExchange } from "./exchange/exchange.ts";
import { type Api, readApi } from "./exchange/operations.ts";
import type { ContractEngine, ContractFilter, Observation } from "./port.ts";
import { createContractRegistry, type VersionedRegistry } from "./registry.ts";
import { unimplemented } from "./unimplemented.ts";

export interface EngineOptions {
  /** What is known of the service of a contract, beside claims. */
  observe(contract: Pick<Contract, "service_name" | "build_cycle_id">, signal: AbortSignal): Promise<Observation>;
  clock?: () => Date;
}

/** Contracts that are kept ready for looking operations up. */
const MAX_READY = 20;

/** The embedded contract engine: the registry in the state database, and everything that is asked of its contracts. */
export function createContractEngine(db: Db, options: EngineOptions): ContractEngine {
  const clock = options.clock ?? (() => new Date());
  const registry = createContractRegistry(db, clock);
  const claims = createClaims(db, clock);
  const ready = new Map<string, Api>();

  const apiOf = async (id: string): Promise<Api> => {
    const known = ready.get(id);
    if (known) return known;
    const { spec, service_name } = await registry.get(id);
    const api = readApi(spec, service_name);
    ready.set(id, api);
    for (const oldest of ready.keys()) if (ready.size > MAX_READY) ready.delete(oldest);
    return api;
  };

  return {
    name: "builtin",
    validate: registry.validate,
    register: registry.register,
    list: registry.list,
    get: registry.get,
    validateEndpoint: async (exchange) => judgeExchange(await apiOf(await newestApi(registry, exchange)), exchange),
    generateTests: async (id, { framework, include_negative, operations }) =>
      generateTests(await registry.get(id), { framework, negative: include_negative ?? true, operations }),
    async checkBreakingChanges(id, fresh) {
      const contract = await registry.get(id);
      if (fresh !== undefined) return compareContracts(contract.spec, fresh);
      if (contract.supersedes) {
        const before = await registry.get(contract.supersedes);
        return compareContracts(before.spec, contract.spec);
      }
      throw new AppError("INVALID_INPUT", `Contract ${id} is the first version; there is none to compare it with.`, {
        remedy: "Pass the changed contract as new_spec.",
      });
    },
    async markImplemented(claim) {
      const contract = await registry.get(claim.contract_id);
      claims.keep(claim);
      const all = await registry.list(scopeOf(contract));
      const own = all.filter((one) => one.service_name === contract.service_name);
      const isClaimed = ({ id }: Contract) => claims.of(id).length > 0;
      return {
        marked: true,
        total_implementations: claims.of(contract.id).length,
        all_implemented: own.every(isClaimed),
      };
    },
    async getUnimplemented(filter: ContractFilter, signal = new AbortController().signal) {
      const observed = new Map<string, Promise<Observation>>();
      const found = [];
      for (const contract of await registry.list(filter)) {
        const key = `${contract.build_cycle_id ?? ""} ${contract.service_name}`;
        const seen = observed.get(key) ?? options.observe(contract, signal);
        observed.set(key, seen);
        signal.throwIfAborted();
        const open = unimplemented(contract, await seen, claims.of(contract.id));
        if (open) found.push(open);
      }
      return found;
    },
  };
}

function scopeOf({ build_cycle_id }: Contract): ContractFilter {
  return build_cycle_id === null ? {} : { build_cycle_id };
}

/** Id of the newest OpenAPI contract of a service. Errors: NOT_FOUND with the services that have one. */
async function newestApi(
  registry: Pick<VersionedRegistry, "list" | "newestId">,
  { service_name, build_cycle_id }: Exchange,
): Promise<string> {
  const scope = build_cycle_id === undefined ? {} : { build_cycle_id };
  const id = registry.newestId({ ...scope, service_name }, "openapi");
  if (id !== undefined) return id;
  const others = (await registry.list(scope)).filter(({ type }) => type === "openapi");
  const names = [...new Set(others.map((one) => one.service_name))];
  throw new AppError("NOT_FOUND", `${service_name} has no registered OpenAPI contract.`, {
    remedy:
      names.length === 0
        ? "Register one with register_contract."
        : `Services with one: ${names.slice(0, 20).join(", ")}. Register another with register_contract.`,
  });
}

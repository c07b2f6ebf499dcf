import type { Contract } from "../model/contract.ts";
import { OperationCall } from "../model/contract.ts";
import type { Service } from "../model/service-map.ts";
import { type Clause, clausesOf } from "./clauses.ts";
import { nodesOf, objectAt } from "./document.ts";

/** What one service needs of another one's contract. */
export interface Use {
  contract: Contract;
  /** Names of the clauses it uses; null: nothing says which, so it counts for all of them. */
  clauses: string[] | null;
  /** How that is known. */
  because: string;
}

/** The part of a service that tells what it needs. */
export type Consumer = Pick<Service, "name"> &
  Partial<Pick<Service, "depends_on" | "consumes_contracts" | "events_subscribed">>;

/**
 * The contracts of others that a service uses, and which clauses of them: operations by `x-calls` in its own contract,
 * events by its subscriptions. Where it depends on a service without saying what it calls, all of its API counts.
 */
export function usesOf(consumer: Consumer, contracts: readonly Contract[]): Use[] {
  const own = contracts.filter(({ service_name }) => service_name === consumer.name);
  const others = contracts.filter(({ service_name }) => service_name !== consumer.name);
  return [...apiUses(consumer, own, others), ...eventUses(consumer, own, others)];
}

function apiUses(consumer: Consumer, own: readonly Contract[], others: readonly Contract[]): Use[] {
  const calls = own.flatMap(callsIn);
  return others.flatMap((contract): Use[] => {
    const { service_name, type } = contract;
    if (type === "asyncapi") return [];
    const named = calls.filter(({ service }) => service === service_name);
    const label = consumer.consumes_contracts?.includes(`${service_name}-api`) === true;
    const depends = consumer.depends_on?.includes(service_name) === true;
    if (named.length === 0 && !label && !depends) return [];
    if (type === "json_schema" || named.length === 0) {
      const because = `depends on ${service_name}; its contract names no calls (x-calls), so every operation counts`;
      return [{ contract, clauses: null, because }];
    }
    const clauses = clausesOf(contract);
    const found = named.map(({ operation_id }) => clauses.find((one) => one.operation_id === operation_id)?.name);
    const known = found.filter((name) => name !== undefined);
    if (known.length === named.length)
      return [{ contract, clauses: [...new Set(known)], because: "calls it (x-calls)" }];
    const because = `calls an operation that ${service_name} does not have, so every operation counts`;
    return [{ contract, clauses: null, because }];
  });
}

function callsIn({ type, spec }: Contract): OperationCall[] {
  if (type !== "openapi") return [];
  return nodesOf(objectAt(spec, "paths"), "/paths", true).flatMap(({ node }) => {
    const calls = node["x-calls"];
    return Array.isArray(calls) ? calls.flatMap((call) => OperationCall.safeParse(call).data ?? []) : [];
  });
}

function eventUses(consumer: Consumer, own: readonly Contract[], others: readonly Contract[]): Use[] {
  const wanted = new Set([...(consumer.events_subscribed ?? []), ...addresses(own, "RECEIVE")]);
  return others.flatMap((contract): Use[] => {
    if (contract.type !== "asyncapi") return [];
    const sent = clausesOf(contract).filter(({ method, path }) => method === "SEND" && wanted.has(path));
    if (sent.length > 0) return [{ contract, clauses: sent.map(({ name }) => name), because: "subscribes to it" }];
    if (consumer.consumes_contracts?.includes(`${contract.service_name}-events`) !== true) return [];
    const because = `consumes ${contract.service_name}-events without naming an event, so every event counts`;
    return [{ contract, clauses: null, because }];
  });
}

/** Addresses that contracts send to or receive from. */
export function addresses(contracts: readonly Contract[], method: "SEND" | "RECEIVE"): string[] {
  return contracts
    .filter(({ type }) => type === "asyncapi")
    .flatMap((contract) => clausesOf(contract).filter((one) => one.method === method))
    .map(({ path }) => path);
}

/** Names of clauses that differ between two versions: added, removed or changed. */
export function changedClauses(before: Contract, after: Pick<Contract, "type" | "spec">): string[] {
  const [old, fresh] = [byName(clausesOf(before)), byName(clausesOf(after))];
  const names = [...new Set([...old.keys(), ...fresh.keys()])];
  return names.filter((name) => old.get(name)?.digest() !== fresh.get(name)?.digest());
}

function byName(clauses: readonly Clause[]): Map<string, Clause> {
  return new Map(clauses.map((clause) => [clause.name, clause]));
}

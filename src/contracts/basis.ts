import { hashOf } from "../lib/ids.ts";
import type { Contract } from "../model/contract.ts";
import { clausesOf, documentDigest } from "./clauses.ts";
import { type Consumer, usesOf } from "./uses.ts";

/**
 * Digest of what a service is built on: its own contracts whole, and of those of others the clauses that it uses. Evidence
 * holds for one basis; a service whose basis has changed has to be built again, every other one stays.
 */
export function contractBasis(service: Consumer, contracts: readonly Contract[]): string {
  const own = contracts.filter(({ service_name }) => service_name === service.name);
  const used = usesOf(service, contracts).map(({ contract, clauses }) => {
    const key = `${contract.service_name} ${contract.type}`;
    if (clauses === null) return [key, documentDigest(contract.spec)];
    const all = clausesOf(contract);
    return [key, clauses.map((name) => [name, all.find((one) => one.name === name)?.digest() ?? null])];
  });
  return hashOf([own.map(({ type, spec_hash }) => [type, spec_hash]).sort(), used]).slice(0, 32);
}

/** Services of which the basis differs between two states of the contracts. */
export function rebasedServices(
  services: readonly Consumer[],
  before: readonly Contract[],
  after: readonly Contract[],
): string[] {
  return services
    .filter((service) => contractBasis(service, before) !== contractBasis(service, after))
    .map(({ name }) => name);
}

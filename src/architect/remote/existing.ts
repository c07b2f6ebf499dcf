import type { ContractRegistry } from "../../contracts/port.ts";
import { AppError } from "../../lib/errors.ts";
import { sha256 } from "../../lib/ids.ts";
import type { Question } from "../../model/plan.ts";
import type { RemoteTools } from "../../model/remote.ts";
import { askRemote, remoteFault } from "../../model/remote-answer.ts";
import { RemoteDomainModel, RemoteServiceMap, type ServiceContract, ServiceContracts } from "./answers.ts";

/**
 * The plan that a server with the specification's three tools holds already: no tool takes a PRD. A map for another PRD
 * is refused. Errors: REMOTE_ANSWER, NOT_FOUND.
 */
export async function existingPlan(remote: RemoteTools, prd: string, { signal, contracts, ask }: Options) {
  const asking = { signal };
  const service_map = await askRemote(remote, "get_service_map", {}, RemoteServiceMap, asking);
  if (service_map.prd_hash === "")
    ask({
      about: "architect",
      question: "Is this the plan of this PRD? The architect does not say what it planned from.",
      line: null,
    });
  else if (service_map.prd_hash !== sha256(prd))
    throw remoteFault(
      remote,
      "get_service_map",
      `gave the plan of another PRD (${service_map.project_name}, PRD hash ${service_map.prd_hash.slice(0, 12)}); it has no tool decompose that would take this one`,
    );
  const domain_model = await askRemote(remote, "get_domain_model", {}, RemoteDomainModel, asking);
  const stubs: Record<string, unknown>[] = [];
  for (const { name } of service_map.services) {
    const offer = { service_name: name, specs: true };
    for (const contract of await askRemote(remote, "get_contracts_for_service", offer, ServiceContracts, asking))
      if (isOwn(contract, name)) stubs.push(await stubOf(contract, name, { remote, contracts, ask }));
  }
  return {
    tool: "get_contracts_for_service",
    service_map,
    domain_model,
    stubs: stubs.filter((stub) => Object.keys(stub).length > 0),
  };
}

interface Options {
  signal?: AbortSignal | undefined;
  /** Where a contract is looked up of which the architect gives a summary only. */
  contracts?: Pick<ContractRegistry, "get"> | undefined;
  ask: (question: Question) => void;
}

/** A summary also tells the contracts of others that a service uses. */
function isOwn({ role, service_name }: ServiceContract, service: string): boolean {
  return role !== "consumer" && (service_name ?? service) === service;
}

async function stubOf(
  contract: ServiceContract,
  service: string,
  { remote, contracts, ask }: Options & { remote: RemoteTools },
): Promise<Record<string, unknown>> {
  const { id, type, version, spec } = contract;
  if (spec) return { type, version, spec, service_id: service };
  if (id && contracts)
    try {
      const found = await contracts.get(id);
      return { type: found.type, version: found.version, spec: found.spec, service_id: service };
    } catch (cause) {
      if (!(cause instanceof AppError && cause.code === "NOT_FOUND")) throw cause;
    }
  ask({
    about: `service ${service}`,
    question: `What does its contract ${id ?? "without an id"} say? ${remote.label} gives a summary only (${contract.summary ?? "empty"}), and the contract engine does not know it; it is left out.`,
    line: null,
  });
  return {};
}

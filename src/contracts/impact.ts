import type { AffectedService, Contract, ContractDraft } from "../model/contract.ts";
import { contractBasis } from "./basis.ts";
import { addresses, type Consumer, changedClauses, usesOf } from "./uses.ts";

/**
 * Whom a new version of a contract concerns: its provider, and everybody who uses it. A consumer is built again only when
 * a clause that it uses has changed; where nothing says what it uses, any change counts.
 */
export function affectedBy(
  before: Contract,
  draft: ContractDraft,
  services: readonly Consumer[],
  contracts: readonly Contract[],
): AffectedService[] {
  const after: Contract = { ...before, ...draft, id: "", spec_hash: "", supersedes: before.id };
  const replaced = contracts.map((one) => (one.id === before.id ? after : one));
  const changed = new Set(changedClauses(before, draft));
  const provider: AffectedService = {
    service: before.service_name,
    role: "provider",
    clauses: [...changed],
    coarse: false,
    because: "provides it",
    reopens: true,
  };
  const consumers = services.flatMap((service): AffectedService[] => {
    if (service.name === before.service_name) return [];
    const use = usesOf(service, contracts).find(({ contract }) => contract.id === before.id);
    const fresh = usesOf(service, replaced).find(({ contract }) => contract.id === "");
    const known = use ?? fresh;
    if (known === undefined) return [];
    const clauses = [...new Set([...(use?.clauses ?? []), ...(fresh?.clauses ?? [])])].filter((one) =>
      changed.has(one),
    );
    const coarse = known.clauses === null;
    return [
      {
        service: service.name,
        role: "consumer",
        clauses: coarse ? [...changed] : clauses,
        coarse,
        because: known.because + twinOf(service, clauses, contracts),
        reopens: contractBasis(service, contracts) !== contractBasis(service, replaced),
      },
    ];
  });
  return [provider, ...consumers];
}

/** A subscriber's own contract describes the event too, and stays as it is. */
function twinOf(service: Consumer, clauses: readonly string[], contracts: readonly Contract[]): string {
  const own = contracts.filter(({ service_name }) => service_name === service.name);
  const received = new Set(addresses(own, "RECEIVE"));
  const events = clauses.filter((name) => name.startsWith("SEND ")).map((name) => name.slice("SEND ".length));
  const kept = events.filter((name) => received.has(name));
  if (kept.length === 0) return "";
  return `; its own contract describes ${kept.join(", ")} as before: propose a change for it too`;
}

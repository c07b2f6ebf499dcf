import { AppError } from "../../lib/errors.ts";
import type { Contract } from "../../model/contract.ts";
import type { ContractChanges, ContractRegistry } from "../port.ts";

/**
 * Change requests beside an external contract engine, which has none of its own by the specification: they stay possible
 * for contracts that are kept here, and are refused for those over there, whose versions are not known.
 * Errors of `propose`: also WRONG_STATE for a contract of the external engine, REMOTE_UNAVAILABLE.
 */
export function changesBesideRemote(here: ContractChanges, engine: Pick<ContractRegistry, "get">): ContractChanges {
  const versionsOf = (contractId: string): Contract[] => {
    try {
      return here.versionsOf(contractId);
    } catch (cause) {
      if (cause instanceof AppError && cause.code === "NOT_FOUND") return [];
      throw cause;
    }
  };
  return {
    ...here,
    versionsOf,
    async propose(proposal) {
      if (versionsOf(proposal.contract_id).length > 0) return here.propose(proposal);
      const { type, service_name, version } = await engine.get(proposal.contract_id);
      throw new AppError(
        "WRONG_STATE",
        `Version ${version} of the ${type} contract of ${service_name} is kept by the external contract engine (contracts.backend: mcp), which takes no change requests from here.`,
        {
          remedy:
            "See what would break with check_breaking_changes (contract_id and new_spec). Propose the change at that server itself when it is a super-orchestrator, or start a new pipeline from the changed PRD; with contracts.backend builtin contracts are kept here and can be changed.",
          details: { contract_id: proposal.contract_id },
        },
      );
    },
  };
}

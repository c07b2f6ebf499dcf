import type { ContractRegistry } from "../../contracts/port.ts";
import { pointerPart } from "../../lib/json-schema-bundle.ts";
import type { Plan } from "../../model/plan.ts";
import type { PlanFault } from "../port.ts";
import { checkContracts } from "./contracts.ts";
import { checkCoverage, type WantedEndpoint } from "./coverage.ts";
import { checkDomain } from "./domain.ts";
import { checkEvents } from "./events.ts";
import { complaintsOf } from "./fault.ts";
import { checkServices } from "./services.ts";

/**
 * What does not hold together in a plan, each with its place as a JSON pointer into the plan: names, dependencies that do
 * not exist or go in a circle, events nobody publishes, entities without an owner, state machines, contracts that are
 * missing, belong to nobody or leave out one of the `wanted` endpoints. Empty when it is sound. The contracts'
 * own validity is `contractFaults`.
 */
export function planFaults(plan: Plan, wanted: readonly WantedEndpoint[] = []): PlanFault[] {
  return complaintsOf(plan, [checkServices, checkDomain, checkEvents, checkContracts, checkCoverage(wanted)]);
}

/** Every fault of every contract by its specification, with its place in the plan. */
export async function contractFaults(
  plan: Plan,
  validate: ContractRegistry["validate"],
  signal?: AbortSignal,
): Promise<PlanFault[]> {
  const faults: PlanFault[] = [];
  for (const [index, contract] of plan.contracts.entries()) {
    signal?.throwIfAborted();
    for (const { pointer, message } of await validate(contract))
      faults.push({
        path: `${["contracts", index, "spec"].map(pointerPart).join("")}${pointer}`,
        about: `${contract.type} contract of ${contract.service_name}`,
        message: `The ${contract.type} contract of ${contract.service_name} is not valid: ${pointer || "the document"}: ${message}.`,
      });
  }
  return faults;
}

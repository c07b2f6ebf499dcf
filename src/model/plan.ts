import { z } from "zod";
import { ContractDraft } from "./contract.ts";
import { DomainModel } from "./domain-model.ts";
import { ServiceMap } from "./service-map.ts";

/** Something the PRD leaves open or says doubtfully; answered in the architecture review. */
export const Question = z.object({
  /** What it is about, e.g. "event order.paid" or "endpoint GET /reports". */
  about: z.string(),
  question: z.string(),
  /** Line of the PRD, from 1; null when it is about something absent. */
  line: z.number().int().nullable(),
});
export type Question = z.infer<typeof Question>;

/** What an architect delivers: services, domain, contracts, and what it could not decide. */
export const Plan = z.object({
  service_map: ServiceMap,
  domain_model: DomainModel,
  contracts: z.array(ContractDraft),
  questions: z.array(Question),
});
export type Plan = z.infer<typeof Plan>;

/** How a plan is laid out in a folder: relative path to the value that is written there as JSON. */
export function planFiles(plan: Plan): Record<string, unknown> {
  const contracts = plan.contracts.map((contract) => [contractFile(contract), contract.spec]);
  return {
    "service-map.json": plan.service_map,
    "domain-model.json": plan.domain_model,
    "questions.json": plan.questions,
    ...Object.fromEntries(contracts),
  };
}

/** The service map as a Mermaid flowchart, beside them. */
export const DIAGRAM_FILE = "service-map.mmd";

/** Where a contract is written, relative to the plan's folder. */
export function contractFile(contract: Pick<ContractDraft, "service_name" | "type">): string {
  return `contracts/${contract.service_name}.${contract.type}.json`;
}

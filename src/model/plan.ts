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

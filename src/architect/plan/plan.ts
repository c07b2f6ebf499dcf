import { sha256 } from "../../lib/ids.ts";
import type { Plan } from "../../model/plan.ts";
import type { Outline } from "../outline.ts";
import { asyncApiFor } from "./asyncapi.ts";
import { catalogue } from "./catalogue.ts";
import { planDomain } from "./domain.ts";
import { askAboutOperations, orderQuestions } from "./doubts.ts";
import type { Ask } from "./draft.ts";
import { openApiFor } from "./openapi.ts";
import { planServices } from "./service-map.ts";
import { settle } from "./settle.ts";

/**
 * Turn what a PRD says into services, domain and contracts. The same outline gives the same plan, up to `generated_at`,
 * which `clock` provides. What the PRD leaves open becomes a question and is never filled in silently.
 * Errors: PRD_UNREADABLE when the outline names no services.
 */
export function planFrom(outline: Outline, prd: string, clock: () => Date = () => new Date()): Plan {
  const draft = settle(outline);
  const ask: Ask = (about, question, line) => draft.questions.push({ about, question, line });
  const operations = catalogue(draft, ask);
  askAboutOperations(draft, operations, ask);
  const generatedAt = clock().toISOString();
  const contracts = draft.services.flatMap((service) => [
    ...(service.is_frontend ? [] : [openApiFor(service, operations, draft, ask)]),
    ...[asyncApiFor(service, operations, draft, ask)].filter((contract) => contract !== undefined),
  ]);
  return {
    service_map: {
      project_name: outline.title || "project",
      services: planServices(draft, ask),
      generated_at: generatedAt,
      prd_hash: sha256(prd),
      build_cycle_id: null,
    },
    domain_model: planDomain(draft, outline.relationships, generatedAt),
    contracts,
    questions: orderQuestions(draft.questions),
  };
}

import { endpointCount } from "../../model/operations.ts";
import type { Plan } from "../../model/plan.ts";

/** A plan in numbers and names, short enough for an answer. */
export interface PlanSummary {
  project_name: string;
  services: {
    name: string;
    /** Operations of its OpenAPI contract, the health endpoint included. */
    endpoints: number;
    entities: string[];
    publishes: string[];
    consumes: string[];
    depends_on: string[];
  }[];
  entities: number;
  endpoints: number;
  events: number;
  contracts: number;
  questions: number;
}

/** Count what a plan holds. */
export function summarisePlan(plan: Plan): PlanSummary {
  const services = plan.service_map.services.map((service) => ({
    name: service.name,
    endpoints: endpointCount(plan.contracts, service.name),
    entities: service.owns_entities,
    publishes: service.events_published,
    consumes: service.events_subscribed,
    depends_on: service.depends_on,
  }));
  return {
    project_name: plan.service_map.project_name,
    services,
    entities: plan.domain_model.entities.length,
    endpoints: services.reduce((sum, service) => sum + service.endpoints, 0),
    events: new Set(services.flatMap((service) => [...service.publishes, ...service.consumes])).size,
    contracts: plan.contracts.length,
    questions: plan.questions.length,
  };
}

import type { Db } from "../lib/db.ts";
import { endpointCount } from "../model/operations.ts";
import type { Plan } from "../model/plan.ts";
import type { Service } from "../model/service-map.ts";
import { serviceMapDiagram } from "../model/service-map-diagram.ts";
import type { PipelineStatus } from "../model/status.ts";
import { findPlan } from "./documents.ts";

/** What a reviewer needs to see first; the documents have the rest. */
export function reviewOf(db: Db, id: string): PipelineStatus["review"] {
  const plan = findPlan(db, id);
  if (plan === undefined) return null;
  return {
    services: plan.service_map.services.slice(0, 40).map((service) => inWords(service, plan)),
    diagram: serviceMapDiagram(plan.service_map),
  };
}

function inWords(
  { name, owns_entities, events_published, events_subscribed, depends_on }: Service,
  plan: Plan,
): string {
  const list = (what: string, values: string[]) => {
    const more = values.length > 8 ? ` +${values.length - 8}` : "";
    return values.length === 0 ? [] : [`${what} ${values.slice(0, 8).join(", ")}${more}`];
  };
  return [
    `${name}: ${endpointCount(plan.contracts, name)} endpoints`,
    ...list("owns", owns_entities),
    ...list("calls", depends_on),
    ...list("publishes", events_published),
    ...list("consumes", events_subscribed),
  ].join("; ");
}

import type { Plan } from "../../model/plan.ts";
import { Service } from "../../model/service-map.ts";
import { checkDomain } from "../check/domain.ts";
import { complaintsOf, notAmong, repeated } from "../check/fault.ts";
import type { PlanFault } from "../port.ts";
import type { Proposal } from "./proposal.ts";

/**
 * Names in a proposal that lead nowhere. The planner would leave out what it cannot place and ask; whoever wrote a
 * proposal can say it at once.
 */
export function referenceFaults(proposal: Proposal): PlanFault[] {
  const { services, endpoints, events, auth } = proposal;
  const names = services.map(({ name }) => name);
  const backends = services.filter(({ is_frontend }) => !is_frontend).map(({ name }) => name);
  const faults: PlanFault[] = [];
  const need = (known: string[], name: string, path: string, about: string, what: string) => {
    if (!known.includes(name))
      faults.push({ path, about, message: `${what} ${name}, which ${notAmong("service", known)}.` });
  };
  const once = (values: string[], path: string, what: string) => {
    for (const [value, index] of repeated(values))
      faults.push({ path: `${path}/${index}`, about: `${what} ${value}`, message: `${value} is there twice.` });
  };
  once(names, "/services", "service");
  once(
    endpoints.map(({ service, method, path }) => `${service} ${method} ${path.replace(/\{[^}]*\}/g, "{}")}`),
    "/endpoints",
    "endpoint",
  );
  for (const [index, { name, depends_on }] of services.entries())
    for (const [at, other] of depends_on.entries())
      need(names, other, `/services/${index}/depends_on/${at}`, `service ${name}`, `${name} depends on`);
  faults.push(...domainFaults(proposal));
  for (const [index, { service, method, path }] of endpoints.entries())
    need(
      backends,
      service,
      `/endpoints/${index}/service`,
      `endpoint ${method} ${path}`,
      `${method} ${path} is answered by`,
    );
  for (const [index, event] of events.entries())
    for (const key of ["publishers", "consumers"] as const)
      for (const [at, service] of event[key].entries())
        need(
          names,
          service,
          `/events/${index}/${key}/${at}`,
          `event ${event.name}`,
          `${event.name} names in its ${key}`,
        );
  if (auth.issuer !== null) need(names, auth.issuer, "/auth/issuer", "authentication", "The issuer of tokens is");
  return faults;
}

/** Owners, relationships and state machines as they stand here: planning would mend them without a word. */
function domainFaults({ project_name, services, entities, relationships }: Proposal): PlanFault[] {
  const owned = (name: string) =>
    entities.filter((entity) => entity.owning_service === name).map((entity) => entity.name);
  const known = services.map(({ name, is_frontend }) =>
    Service.parse({ name, is_frontend, stack: { language: "" }, owns_entities: owned(name) }),
  );
  const plan: Plan = {
    service_map: { project_name, services: known, generated_at: "", prd_hash: "", build_cycle_id: null },
    domain_model: { entities, relationships, generated_at: "" },
    contracts: [],
    questions: [],
  };
  return complaintsOf(plan, [checkDomain]).map((fault) => ({
    ...fault,
    path: fault.path.replace("/domain_model", ""),
  }));
}

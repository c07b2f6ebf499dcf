import type { Outline } from "../../../src/architect/outline.ts";

/** An outline in short: one line for each fact, so that expectations stay readable. */
export function summary(outline: Outline) {
  return {
    title: outline.title,
    services: outline.services.map((service) =>
      [service.name, service.technology, service.database, service.port, service.is_frontend ? "frontend" : ""]
        .filter(Boolean)
        .join(" | "),
    ),
    entities: outline.entities.map(
      (entity) =>
        `${entity.name} @ ${entity.owner}: ${entity.fields.map((field) => `${field.name}${field.required ? "" : "?"} ${field.type}`).join(", ")}`,
    ),
    states: outline.entities.flatMap((entity) => {
      const machine = entity.state_machine;
      return machine === null
        ? []
        : [`${entity.name}.${machine.field}: ${machine.states.join(", ")}; starts ${machine.initial_state}`];
    }),
    transitions: outline.entities.flatMap((entity) =>
      (entity.state_machine?.transitions ?? []).map(
        (step) => `${entity.name}: ${step.from_state} -> ${step.to_state} [${step.trigger}] (${step.guard ?? ""})`,
      ),
    ),
    endpoints: outline.endpoints.map((endpoint) => {
      const query = endpoint.query.map((parameter) => `${parameter.name}${parameter.optional ? "?" : ""}`).join("&");
      const responses = endpoint.responses.map((response) => `${response.status} ${shape(response.shape)}`).join(", ");
      return `${endpoint.method} ${endpoint.path}${query === "" ? "" : `?${query}`} @ ${endpoint.owner} auth=${endpoint.auth} in=${shape(endpoint.request)} out=${responses}`;
    }),
    events: outline.events.map(
      (event) =>
        `${event.name}: ${event.publisher} -> ${event.consumers.join(", ")} on ${event.channel} ${shape(event.payload)}`,
    ),
    relationships: outline.relationships.map(
      (each) => `${each.source_entity} ${each.relationship_type} ${each.target_entity} ${each.cardinality}`,
    ),
    dependencies: outline.dependencies.map((each) => `${each.from} -> ${each.to}`),
    auth: `${outline.auth.scheme} by ${outline.auth.issuer}`,
    questions: outline.questions.map((question) => `${question.line} ${question.about}: ${question.question}`),
  };
}

type Shape = NonNullable<Outline["endpoints"][number]["request"]>;

function shape(value: Shape | null): string {
  if (value === null) return "-";
  if (value.kind === "scalar") return value.type;
  if (value.kind === "array") return `[${shape(value.items)}]`;
  return `{ ${value.fields.map((field) => `${field.name}${field.optional ? "?" : ""}: ${shape(field.shape)}`).join(", ")} }`;
}

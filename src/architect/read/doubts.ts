import type { Outline } from "../outline.ts";
import type { Document } from "./document.ts";

/** Adds the questions that the finished outline leaves open: things without owner, publisher, consumer or target. */
export function askDoubts(outline: Outline, document: Document): void {
  for (const entity of outline.entities) {
    if (entity.owner === null)
      document.doubt(`entity ${entity.name}`, `Which service owns ${entity.name}?`, entity.line);
    if (entity.fields.length === 0)
      document.doubt(`entity ${entity.name}`, `Which fields does ${entity.name} have?`, entity.line);
    const machine = entity.state_machine;
    if (machine !== null && machine.transitions.length === 0)
      document.doubt(
        `state machine of ${entity.name}`,
        `Between which of ${machine.states.join(", ")} may ${entity.name} change?`,
        machine.line,
      );
  }
  for (const endpoint of outline.endpoints)
    if (endpoint.owner === null)
      document.doubt(
        `endpoint ${endpoint.method} ${endpoint.path}`,
        `Which service offers ${endpoint.method} ${endpoint.path}?`,
        endpoint.line,
      );
  const strangers = new Set(
    outline.questions.filter((each) => / is said to /.test(each.question)).map((each) => each.about),
  );
  for (const event of outline.events) {
    if (event.publisher === null && !strangers.has(`event ${event.name}`))
      document.doubt(`event ${event.name}`, `Which service publishes ${event.name}?`, event.line);
    if (event.consumers.length === 0 && !strangers.has(`event ${event.name}`))
      document.doubt(`event ${event.name}`, `Which service consumes ${event.name}?`, event.line);
  }
  for (const service of outline.services) {
    if (service.description === "" && service.technology === "" && outline.services.length > 1)
      document.doubt(
        `service ${service.name}`,
        `What is ${service.name} for? The PRD names it without describing it.`,
        service.line,
      );
    const idle =
      !service.is_frontend &&
      !outline.entities.some((each) => each.owner === service.name) &&
      !outline.endpoints.some((each) => each.owner === service.name);
    if (idle && outline.services.length > 1)
      document.doubt(
        `service ${service.name}`,
        `What does ${service.name} own or offer? The PRD gives it no entity and no endpoint.`,
        service.line,
      );
  }
  if (outline.auth.scheme === "jwt" && outline.auth.issuer === null)
    document.doubt("authentication", "Which service issues the tokens?", null);
}

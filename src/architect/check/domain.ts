import type { Entity } from "../../model/domain-model.ts";
import type { Plan } from "../../model/plan.ts";
import { type Complain, notAmong, repeated } from "./fault.ts";

/** Every entity has one owner that exists and knows of it; relationships and state machines hold together. */
export function checkDomain({ service_map: { services }, domain_model }: Plan, complain: Complain): void {
  const { entities, relationships } = domain_model;
  const names = entities.map(({ name }) => name);
  for (const [name, index] of repeated(names))
    complain(`entity ${name}`, ["domain_model", "entities", index, "name"], `There are two entities named ${name}.`);
  for (const [index, entity] of entities.entries()) {
    checkOwner(entity, index, services, complain);
    checkFields(entity, index, complain);
    checkStateMachine(entity, index, complain);
  }
  for (const [index, { name, owns_entities }] of services.entries())
    for (const [at, owned] of owns_entities.entries())
      if (!names.includes(owned))
        complain(
          `service ${name}`,
          ["service_map", "services", index, "owns_entities", at],
          `${name} owns ${owned}, which ${notAmong("entity", names)}.`,
        );
  for (const [index, { source_entity, target_entity }] of relationships.entries())
    for (const [key, name] of Object.entries({ source_entity, target_entity }))
      if (!names.includes(name))
        complain(
          `entity ${name}`,
          ["domain_model", "relationships", index, key],
          `A relationship names ${name}, which ${notAmong("entity", names)}.`,
        );
}

function checkOwner(entity: Entity, index: number, services: Plan["service_map"]["services"], complain: Complain) {
  const { name, owning_service } = entity;
  const place = ["domain_model", "entities", index, "owning_service"];
  const owner = services.find((service) => service.name === owning_service);
  const known = services.map((service) => service.name);
  if (owner === undefined) {
    const who = owning_service || "nobody";
    complain(`entity ${name}`, place, `${name} is owned by ${who}, which ${notAmong("service", known)}.`);
    return;
  }
  if (owner.is_frontend)
    complain(`entity ${name}`, place, `${name} is owned by ${owner.name}, a frontend: frontends keep no data.`);
  const claiming = services.filter((service) => service.owns_entities.includes(name)).map((service) => service.name);
  if (!claiming.includes(owner.name))
    complain(`entity ${name}`, place, `${name} is owned by ${owner.name}, but is not in its owns_entities.`);
  const others = claiming.filter((service) => service !== owner.name);
  if (others.length > 0)
    complain(`entity ${name}`, place, `${name} is owned by ${owner.name}, but also in owns_entities of ${others}.`);
}

function checkFields({ name, fields }: Entity, index: number, complain: Complain): void {
  for (const [field, at] of repeated(fields.map((one) => one.name)))
    complain(
      `entity ${name}`,
      ["domain_model", "entities", index, "fields", at, "name"],
      `${name} has two fields named ${field}.`,
    );
}

function checkStateMachine({ name, fields, state_machine }: Entity, index: number, complain: Complain): void {
  if (state_machine === null) return;
  const { field, states, initial_state, transitions } = state_machine;
  const place = ["domain_model", "entities", index, "state_machine"];
  const fault = (at: (string | number)[], message: string) => complain(`entity ${name}`, [...place, ...at], message);
  if (fields.length > 0 && !fields.some((one) => one.name === field))
    fault(["field"], `The state of ${name} is kept in ${field}, which is none of its fields.`);
  for (const [state, at] of repeated(states)) fault(["states", at], `${name} has the state ${state} twice.`);
  if (!states.includes(initial_state))
    fault(["initial_state"], `${name} begins as ${initial_state}, which is none of its states (${states.join(", ")}).`);
  for (const [at, transition] of transitions.entries())
    for (const key of ["from_state", "to_state"] as const)
      if (!states.includes(transition[key]))
        fault(
          ["transitions", at, key],
          `${name} moves ${key === "from_state" ? "from" : "to"} ${transition[key]}, which is none of its states (${states.join(", ")}).`,
        );
}

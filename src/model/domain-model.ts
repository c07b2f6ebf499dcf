import { z } from "zod";

/** A field as the PRD gives it: `type` is its own word (`UUID`, `decimal`, `enum [A, B]`), read by whoever needs a schema. */
export const Field = z.object({
  name: z.string(),
  type: z.string().default("string"),
  required: z.boolean().default(true),
  description: z.string().default(""),
});
export type Field = z.infer<typeof Field>;

export const Transition = z.object({
  from_state: z.string(),
  to_state: z.string(),
  /** The word that causes it; "" when the PRD names none. */
  trigger: z.string().default(""),
  guard: z.string().nullable().default(null),
});
export type Transition = z.infer<typeof Transition>;

export const StateMachine = z.object({
  /** The field that holds the state. */
  field: z.string().default("status"),
  states: z.array(z.string()).min(2),
  initial_state: z.string(),
  /** Empty when the PRD lists states only: nothing is invented. */
  transitions: z.array(Transition).default([]),
});
export type StateMachine = z.infer<typeof StateMachine>;

export const Entity = z.object({
  name: z.string(),
  description: z.string().default(""),
  owning_service: z.string(),
  fields: z.array(Field).default([]),
  state_machine: StateMachine.nullable().default(null),
});
export type Entity = z.infer<typeof Entity>;

export const Relationship = z.object({
  source_entity: z.string(),
  target_entity: z.string(),
  relationship_type: z.enum(["OWNS", "HAS_MANY", "BELONGS_TO", "REFERENCES", "TRIGGERS", "EXTENDS", "DEPENDS_ON"]),
  cardinality: z.enum(["1:1", "1:N", "N:1", "N:N"]),
  description: z.string().default(""),
});
export type Relationship = z.infer<typeof Relationship>;

/** Entities and how they relate (Build 1 DomainModel). */
export const DomainModel = z.object({
  entities: z.array(Entity),
  relationships: z.array(Relationship).default([]),
  /** ISO 8601. */
  generated_at: z.string(),
});
export type DomainModel = z.infer<typeof DomainModel>;

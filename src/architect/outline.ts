import type { Field, Relationship, Transition } from "../model/domain-model.ts";
import type { Question } from "../model/plan.ts";

/**
 * What a PRD says, before anything is decided: the readers fill it from the Markdown tree, the planner turns it into a
 * plan. Everything keeps the line it was read from (from 1), so that doubts can be pointed at.
 */
export interface Outline {
  title: string;
  description: string;
  services: OutlineService[];
  entities: OutlineEntity[];
  relationships: Relationship[];
  endpoints: OutlineEndpoint[];
  events: OutlineEvent[];
  /** Synchronous calls that the PRD states, by service name. */
  dependencies: { from: string; to: string }[];
  /** Whether the PRD asks for bearer tokens (JWT) and which service issues them, when it says so. */
  auth: { scheme: "jwt" | "none"; issuer: string | null };
  /** Doubts found while reading. */
  questions: Question[];
}

export interface OutlineService {
  /** Normalised: lower-case words joined by hyphens, e.g. "billing-service". */
  name: string;
  domain: string;
  description: string;
  /** The PRD's own words, e.g. "Python 3.12 / FastAPI"; "" when it says nothing. */
  technology: string;
  database: string | null;
  message_broker: string | null;
  is_frontend: boolean;
  port: number | null;
  line: number;
}

export interface OutlineEntity {
  name: string;
  /** Normalised service name; null when the PRD does not say. */
  owner: string | null;
  description: string;
  fields: Field[];
  state_machine: OutlineStateMachine | null;
  line: number;
}

export interface OutlineStateMachine {
  /** The field it is about, when the PRD names one. */
  field: string | null;
  states: string[];
  /** null when the PRD does not say; the planner takes the first state. */
  initial_state: string | null;
  transitions: Transition[];
  line: number;
}

/** The shape of a body or payload as written: `{ id: uuid, tags: [string], customer: { name } }`. */
export type Shape =
  | { kind: "object"; fields: ShapeField[] }
  | { kind: "array"; items: Shape }
  /** A type word (`uuid`, `decimal`, `string?`) or the name of an entity or class. */
  | { kind: "scalar"; type: string };

export interface ShapeField {
  name: string;
  optional: boolean;
  shape: Shape;
  /** Further words, e.g. "min 1", "unique", "enum: A, B". */
  note: string;
}

export interface OutlineEndpoint {
  /** Upper case. */
  method: string;
  /** With `{param}` parameters; query strings are taken off into `query`. */
  path: string;
  /** Normalised service name; null when the PRD does not say. */
  owner: string | null;
  summary: string;
  query: ShapeField[];
  request: Shape | null;
  responses: { status: number; shape: Shape | null; description: string }[];
  /** true: needs a token; false: said to be public; null: not said. */
  auth: boolean | null;
  line: number;
}

export interface OutlineEvent {
  /** As the PRD writes it, e.g. "order.created" or "OrderCreated". */
  name: string;
  publisher: string | null;
  consumers: string[];
  payload: Shape | null;
  channel: string | null;
  description: string;
  line: number;
}

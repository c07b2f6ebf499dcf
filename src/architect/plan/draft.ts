import type { StateMachine, Transition } from "../../model/domain-model.ts";
import type { Question } from "../../model/plan.ts";
import type { OutlineEndpoint, OutlineEntity, OutlineEvent, OutlineService, Shape } from "../outline.ts";
import { matchKey } from "./words.ts";

/** Note a doubt: what it is about, the question, the line of the PRD. */
export type Ask = (about: string, question: string, line: number | null) => void;
/** A service's exact name for a name as the PRD uses it; undefined when there is no such service. */
export type FindService = (name: string | null) => string | undefined;

/** An outline with its owners settled: what has none is left out, each with a question. */
export interface Draft {
  services: OutlineService[];
  entities: DraftEntity[];
  endpoints: DraftEndpoint[];
  events: DraftEvent[];
  dependencies: { from: string; to: string }[];
  jwt: boolean;
  /** The service that the PRD names as the issuer of tokens. */
  issuer: string | null;
  /** Health endpoint of each service, `/health` unless the PRD says otherwise. */
  health: Map<string, string>;
  questions: Question[];
}

export interface DraftEntity extends Omit<OutlineEntity, "owner" | "state_machine"> {
  owner: string;
  state_machine: (StateMachine & { transitions: Transition[] }) | null;
}

export interface DraftEndpoint extends OutlineEndpoint {
  owner: string;
}

/** An event with everything that any row or sentence of the PRD says about it. */
export interface DraftEvent extends Pick<OutlineEvent, "name" | "channel" | "description" | "line"> {
  publishers: string[];
  consumers: string[];
  payload: Shape | null;
}

/** The operation's name for people: `GET /orders/{id}`. */
export function nameOf(endpoint: Pick<OutlineEndpoint, "method" | "path">): string {
  return `${endpoint.method} ${endpoint.path}`;
}

const indexes = new WeakMap<readonly DraftEntity[], Map<string, DraftEntity>>();

/** Entities by `matchKey` of their name; made once for a list. */
export function indexOf(entities: readonly DraftEntity[]): ReadonlyMap<string, DraftEntity> {
  const known = indexes.get(entities);
  if (known) return known;
  const index = new Map(entities.map((entity) => [matchKey(entity.name), entity]));
  indexes.set(entities, index);
  return index;
}

import type { Field } from "../../model/domain-model.ts";
import type { OutlineEntity } from "../outline.ts";
import type { Ask, DraftEntity } from "./draft.ts";
import { enumValues } from "./types.ts";
import { matchKey } from "./words.ts";

/** The entity with its state machine tied to the field that holds the state. */
export function settleStateMachine(entity: OutlineEntity, ask: Ask): Omit<DraftEntity, "owner"> {
  const outline = entity.state_machine;
  if (!outline) return { ...entity, state_machine: null };
  const about = `state machine of ${entity.name}`;
  const mentioned = outline.transitions.flatMap((transition) => [transition.from_state, transition.to_state]);
  const states = [...new Set([...outline.states, ...mentioned])];
  const [first] = states;
  if (first === undefined || states.length < 2) {
    ask(
      about,
      `Which states can ${entity.name} be in? At least two are needed; the state machine is left out.`,
      outline.line,
    );
    return { ...entity, state_machine: null };
  }
  const stated = outline.initial_state ?? first;
  const initial = livelier(stated, outline.transitions);
  if (initial !== stated)
    ask(
      about,
      `Which state does ${entity.name} start in? The PRD reads as ${stated}, from which nothing leads on; taken as ${initial}, from which everything starts.`,
      outline.line,
    );
  else if (outline.initial_state === null)
    ask(about, `Which state does ${entity.name} start in? Taken as ${first}, the first one named.`, outline.line);
  if (outline.transitions.length === 0)
    ask(about, `Which changes of state does ${entity.name} allow? The PRD lists states only.`, outline.line);
  const known = outline.field ?? stateField(entity.fields, states)?.name;
  const field = known ?? "status";
  const fields = entity.fields.some((candidate) => candidate.name === field)
    ? entity.fields
    : [...entity.fields, { name: field, type: `enum [${states.join(", ")}]`, required: true, description: "" }];
  if (fields !== entity.fields)
    ask(about, `Which field of ${entity.name} holds its state? None is listed; \`${field}\` is added.`, outline.line);
  return {
    ...entity,
    fields,
    state_machine: {
      field,
      states: states.includes(initial) ? states : [initial, ...states],
      initial_state: initial,
      transitions: uniqueTransitions(outline.transitions),
    },
  };
}

/** In place of a state that is a dead end, the only one that others are reached from and that is reached from none. */
function livelier(stated: string, transitions: Transitions): string {
  if (transitions.length === 0 || transitions.some(({ from_state }) => from_state === stated)) return stated;
  const reached = new Set(transitions.map(({ to_state }) => to_state));
  const sources = [...new Set(transitions.map(({ from_state }) => from_state))].filter((state) => !reached.has(state));
  return sources.length === 1 ? (sources[0] ?? stated) : stated;
}

function stateField(fields: Field[], states: string[]): Field | undefined {
  const byValues = fields.find((field) => enumValues(field.type)?.some((value) => states.includes(value)));
  return byValues ?? fields.find((field) => /(?:^|-)(?:status|state|phase|stage)$/.test(matchKey(field.name)));
}

type Transitions = NonNullable<OutlineEntity["state_machine"]>["transitions"];

function uniqueTransitions(transitions: Transitions): Transitions {
  const key = (transition: Transitions[number]) =>
    JSON.stringify([transition.from_state, transition.to_state, transition.trigger]);
  return [...new Map(transitions.map((transition) => [key(transition), transition])).values()];
}

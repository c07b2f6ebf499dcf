import type { Field } from "../../model/domain-model.ts";
import type { OutlineEntity, OutlineStateMachine } from "../outline.ts";
import type { Document } from "./document.ts";
import { enumValues } from "./fields.ts";
import { initialState } from "./initial-state.ts";
import { Finder, overlap, STATE_FIELD } from "./machine-finder.ts";
import { machineItems, machineSentences } from "./machine-prose.ts";
import { type Account, machineAccounts } from "./machine-sections.ts";
import { key } from "./text.ts";
import { addSteps, noSteps, statesOf } from "./transitions.ts";

/** Gives the entities their state machines: from sections, labelled lines, tables and sentences, else from a status enum. */
export function readStateMachines(document: Document, entities: readonly OutlineEntity[]): void {
  const finder = new Finder(entities, document);
  const accounts = document.sections.flatMap((section) => [
    ...machineAccounts(section, finder),
    ...machineSentences(section, finder),
    ...machineItems(section, finder),
  ]);
  const byEntity = new Map<OutlineEntity | null, Account[]>();
  for (const account of accounts) {
    const same = byEntity.get(account.entity);
    if (same === undefined) byEntity.set(account.entity, [account]);
    else same.push(account);
  }
  for (const entity of entities) {
    const told = byEntity.get(entity) ?? [];
    const own = told.some((account) => account.own) ? told.filter((account) => account.own) : told;
    const [first] = own;
    entity.state_machine = first === undefined ? enumOnly(entity) : machine(entity, own, first.line, document);
  }
  for (const account of accounts)
    if (account.entity === null && account.steps.transitions.length > 0)
      document.doubt(
        `state machine ${account.title}`,
        `Which entity does the state machine "${account.title}" belong to?`,
        account.line,
      );
}

function machine(
  entity: OutlineEntity,
  accounts: readonly Account[],
  line: number,
  document: Document,
): OutlineStateMachine {
  const steps = noSteps();
  for (const account of accounts) addSteps(steps, account.steps);
  const mentioned = statesOf({ ...steps, states: [] });
  const field = stateField(entity, mentioned.length > 0 ? mentioned : steps.states);
  const declared = [...new Set([...(field === null ? [] : enumValues(field.type, "")), ...steps.states])];
  const names = canonical([...declared, ...mentioned]);
  const seen = new Set<string>();
  const transitions = steps.transitions
    .map((step) => ({ ...step, from_state: names(step.from_state), to_state: names(step.to_state) }))
    .filter((step) => {
      const id = `${step.from_state}\n${step.to_state}\n${step.trigger}`;
      const again = seen.has(id) || (step.trigger === "" && seen.has(`${step.from_state}\n${step.to_state}`));
      seen.add(id).add(`${step.from_state}\n${step.to_state}`);
      return !again;
    });
  if (declared.length >= 2)
    for (const state of new Set(mentioned.map(names)))
      if (!declared.some((each) => key(each) === key(state)))
        document.doubt(
          `state machine of ${entity.name}`,
          `A transition names the state "${state}", which is not among ${declared.join(", ")}. Is it a state?`,
          line,
        );
  for (const text of steps.open)
    document.doubt(`state machine of ${entity.name}`, `From which states exactly: "${text}"?`, line);
  const states = [...new Set([...declared, ...mentioned].map(names))].filter((state) => state !== "");
  return {
    field: field?.name ?? null,
    states,
    initial_state: initialState(entity, steps.initial, states, field, document),
    transitions,
    line,
  };
}

/** One spelling for each state, the first one met. */
function canonical(states: readonly string[]): (state: string) => string {
  const spelling = new Map<string, string>();
  for (const state of states) if (!spelling.has(key(state))) spelling.set(key(state), state);
  return (state) => spelling.get(key(state)) ?? state;
}

function stateField(entity: OutlineEntity, states: readonly string[]): Field | null {
  const wanted = new Set(states.map(key));
  const ranked = entity.fields
    .map((field) => ({ field, share: overlap(field, wanted) }))
    .filter((each) => each.share >= 0.5)
    .sort((a, b) => b.share - a.share);
  return (
    ranked[0]?.field ??
    entity.fields.find((field) => /^(?:status|state)$/.test(field.name)) ??
    entity.fields.find((field) => STATE_FIELD.test(field.name) && enumValues(field.type, "").length === 0) ??
    null
  );
}

/** A status field that lists its values: states, and no transitions, because the PRD tells none. */
function enumOnly(entity: OutlineEntity): OutlineStateMachine | null {
  const field =
    entity.fields.find((each) => /^(?:status|state)$/.test(each.name)) ??
    entity.fields.find((each) => STATE_FIELD.test(each.name));
  const states = field === undefined ? [] : enumValues(field.type, "");
  if (field === undefined || states.length < 2) return null;
  const initial = /\bdefault(?:s to)?\s*[:=]?\s*["'`]?([\w-]+)/i.exec(field.description)?.[1];
  return {
    field: field.name,
    states,
    initial_state: states.find((state) => key(state) === key(initial ?? "")) ?? null,
    transitions: [],
    line: entity.line,
  };
}

import { asTransition } from "./actions.ts";
import type { DraftEntity } from "./draft.ts";
import type { PlannedOperation } from "./operation.ts";

/**
 * An operation whose name fits several changes of state makes the one that no other operation makes: beside
 * `/complete` for `closing → closed`, `/close` can only be `open → closing`. Where more than one is left, it stays open.
 */
export function settleTransitions(operations: PlannedOperation[]): PlannedOperation[] {
  const taken = new Map<DraftEntity, Set<string>>();
  for (const { meaning } of operations) {
    const { entity, transition } = meaning;
    if (!entity || !transition) continue;
    const changes = taken.get(entity) ?? new Set();
    for (const from of transition.from) changes.add(change(from, transition.to));
    taken.set(entity, changes);
  }
  return operations.map((operation) => {
    const { entity, between = [] } = operation.meaning;
    const machine = entity?.state_machine;
    if (!entity || !machine || between.length === 0) return operation;
    const left = between.filter(({ from_state, to_state }) => !taken.get(entity)?.has(change(from_state, to_state)));
    const [to, ...others] = [...new Set(left.map(({ to_state }) => to_state))];
    if (to === undefined || others.length > 0) return operation;
    const transition = asTransition(machine.field, to, left);
    return { ...operation, meaning: { action: "transition", entity, transition, doubt: "" } };
  });
}

function change(from: string, to: string): string {
  return JSON.stringify([from, to]);
}

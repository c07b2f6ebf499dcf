import type { ChangeRule } from "./change.ts";
import { PLACES } from "./places.ts";
import { MESSAGES } from "./rules-bodies.ts";
import { OPERATIONS, PARAMETERS, SECURITY } from "./rules-request.ts";
import { EVENTS, outgoing } from "./rules-sending.ts";
import { type Aspect, judge, MEMBER_ASPECTS, VALUE_ASPECTS } from "./schema-aspects.ts";

function schemaRules(): ChangeRule[] {
  const rules = new Map<string, ChangeRule>();
  const add = (id: string, aspect: Aspect, direction: "request" | "response") =>
    rules.set(id, { id, ...judge(aspect, direction) });
  for (const { direction, root, inner, member } of Object.values(PLACES)) {
    for (const [name, aspect] of Object.entries(VALUE_ASPECTS)) {
      add(`${root}-${name}`, aspect, direction);
      add(`${inner}-${name}`, aspect, direction);
    }
    for (const [name, aspect] of Object.entries(MEMBER_ASPECTS)) add(`${member}-${name}`, aspect, direction);
  }
  return [...rules.values()];
}

const written = [OPERATIONS, PARAMETERS, MESSAGES, SECURITY, outgoing("webhook"), outgoing("callback"), EVENTS]
  .flat()
  .map(([id, severity, breaking, explanation]) => ({ id, severity, breaking, explanation }));

const RULES = new Map([...written, ...schemaRules()].map((rule) => [rule.id, rule]));

/** Every rule: what is told of, how grave it is, and why. */
export function describeChanges(): ChangeRule[] {
  return [...RULES.values()];
}

/** The rule of an id. Errors: a plain Error for an id that is in no table, which is a defect. */
export function ruleOf(id: string): ChangeRule {
  const rule = RULES.get(id);
  if (!rule) throw new Error(`no rule ${id}`);
  return rule;
}

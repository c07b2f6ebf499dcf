import type { Rule } from "./rule.ts";
import { RULES } from "./rules/index.ts";
import { IDLE_SUPPRESSION } from "./suppress-rule.ts";

/** What there is to know of a rule, without how it finds. */
export type RuleDescription = Omit<Rule, "detect">;

/** Every rule with its examples, for the documentation and the tests. */
export function describeRules(): RuleDescription[] {
  return RULES.map(({ detect: _detect, ...description }) => description);
}

/** Every code a scan can report: the rules, and what the scan says of comments. */
export function describeCodes(): RuleDescription[] {
  return [...describeRules(), IDLE_SUPPRESSION];
}

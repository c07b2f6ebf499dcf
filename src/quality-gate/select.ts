import { AppError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { ScanCategory } from "../model/finding.ts";
import type { Rule } from "./rule.ts";
import { RULES } from "./rules/index.ts";
import { IDLE_SUPPRESSION } from "./suppress-rule.ts";

/** What a request's codes and categories come to. */
export interface Selection {
  /** Rules whose findings are reported. */
  rules: Rule[];
  /** Rules that have to run: more than `rules` when only idle suppressions are asked for. */
  run: Rule[];
  /** Whether comments that silence nothing are reported. */
  idle: boolean;
}

/** `own` are codes of a project's own rules. Errors: INVALID_INPUT when a name is neither a rule's code nor a category. */
export function selectRules(only: readonly string[], own: readonly string[] = []): Selection {
  if (only.length === 0) return { rules: [...RULES], run: [...RULES], idle: true };
  const known = [...knownNames(), ...own];
  for (const name of only)
    if (!known.includes(name)) {
      const meant = nearest(name, known);
      throw new AppError("INVALID_INPUT", `There is no rule or category ${name}.`, {
        remedy: `${meant ? `Did you mean ${meant}? ` : ""}Categories: ${ScanCategory.options.join(", ")}.`,
      });
    }
  const rules = RULES.filter(({ code, category }) => only.includes(code) || only.includes(category));
  const idle = only.includes(IDLE_SUPPRESSION.code) || only.includes(IDLE_SUPPRESSION.category);
  const ownOnly = only.every((name) => own.includes(name));
  return { rules, run: rules.length === 0 && !ownOnly ? [...RULES] : rules, idle };
}

/** Codes that comments may name. */
export const KNOWN_CODES: readonly string[] = RULES.map(({ code }) => code);

function knownNames(): string[] {
  return [...ScanCategory.options, ...KNOWN_CODES, IDLE_SUPPRESSION.code];
}

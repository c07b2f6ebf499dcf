import { pointerPart } from "../../lib/json-schema-bundle.ts";
import type { Plan } from "../../model/plan.ts";
import type { PlanFault } from "../port.ts";

/** Collects faults: what it is about ("event order.paid"), where in the plan (its keys), and what is wrong. */
export type Complain = (about: string, place: (string | number)[], message: string) => void;

/** Run checks over a plan and give what they complain about. */
export function complaintsOf(plan: Plan, checks: ((plan: Plan, complain: Complain) => void)[]): PlanFault[] {
  const faults: PlanFault[] = [];
  const complain: Complain = (about, place, message) =>
    faults.push({ path: place.map(pointerPart).join(""), about, message });
  for (const check of checks) check(plan, complain);
  return faults;
}

/** Values that occur more than once, each with the index of its second occurrence. */
export function repeated(values: readonly string[]): [value: string, index: number][] {
  const seen = new Set<string>();
  const found = new Map<string, number>();
  for (const [index, value] of values.entries()) {
    if (seen.has(value) && !found.has(value)) found.set(value, index);
    seen.add(value);
  }
  return [...found];
}

/** "is no service of the plan (orders-service, billing-service)". */
export function notAmong(what: string, known: readonly string[]): string {
  const shown = known.slice(0, 20).join(", ");
  return `is no ${what} of the plan (${known.length === 0 ? "it has none" : shown}${known.length > 20 ? ", …" : ""})`;
}

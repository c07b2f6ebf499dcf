import { endpointOf, type Operation } from "../operation.ts";
import { isOnOne } from "../session/candidates.ts";

/** The states of an operation's success, apart from the caller's. */
export function stateOf(operation: Operation, filled: ReadonlySet<string>): { name: string }[] {
  if (isFilled(operation, filled)) return [{ name: stateNames(operation).filled }];
  const { one, registered, references } = stateNames(operation);
  if (isOnOne(operation)) return [{ name: one }];
  if (operation.action === "login") return [{ name: registered }];
  return operation.body !== null || operation.path.includes("{") ? [{ name: references }] : [];
}

/** That the caller may call it. */
export function callerState(operation: Operation): { name: string }[] {
  return operation.secured ? [{ name: stateNames(operation).caller }] : [];
}

/** The provider states that pacts made here ask for: whoever makes them can also arrange them. */
export function stateNames(operation: Operation) {
  const { entity, transition } = operation;
  const article = /^[aeiou]/.test(entity ?? "") ? "an" : "a";
  const from = transition === null || transition.from.length === 0 ? "" : ` whose ${transition.field} is `;
  return {
    one: `${article} ${entity} exists${from === "" ? "" : from + (transition?.from.join(" or ") ?? "")}`,
    filled: `at least one ${entity} exists`,
    missing: `no such ${entity} exists`,
    registered: "somebody is registered",
    references: `what ${endpointOf(operation)} refers to exists`,
    caller: "the caller is authorized",
  };
}

/** A list of something that can be made, and that no required query narrows down. */
export function isFilled({ action, entity, parameters }: Operation, filled: ReadonlySet<string>): boolean {
  const narrowed = parameters.some((parameter) => parameter.in === "query" && parameter.required);
  return action === "list" && entity !== null && filled.has(entity) && !narrowed;
}

import type { Service } from "../../model/service-map.ts";
import type { OperationPlan, ServicePlan } from "./plan.ts";
import { literal } from "./source.ts";

/** `test/cases.js`: what the tests know of the operations beyond the contract. */
export function renderCases(plan: ServicePlan, service: Service, consumed: string[]): string {
  const stored = plan.entities.map(({ name, id, initial }) => [name, { id, initial }]);
  return [
    "// Written from contracts/. Change the contract and build again, or go on from here by hand.",
    "",
    "/** Where the service says that it is alive. */",
    `export const healthPath = ${literal(service.health_endpoint)};`,
    "",
    "/** Services whose contracts are in contracts/consumed/. */",
    `export const consumed = ${literal(consumed)};`,
    "",
    "/** The property that holds each entity's id, and the values it starts with. */",
    `export const entities = ${literal(Object.fromEntries(stored))};`,
    "",
    "/** The contract's operations. */",
    `export const operations = ${literal(plan.operations.map(caseOf))};`,
    "",
    "/** Events it listens to. */",
    `export const subscriptions = ${literal(plan.subscriptions.map(({ name, payload, creates }) => ({ name, payload, creates })))};`,
    "",
  ].join("\n");
}

function caseOf(operation: OperationPlan): Record<string, unknown> {
  const { id, method, path, action, access, entity, lookup, transition, credentials, references, calls, publishes } =
    operation;
  return {
    ...{ id, method, path, action, access, entity, lookup, parent: operation.parent, unbuilt: operation.unbuilt },
    transition: transition && { state: transition.field, from: transition.from, to: transition.to },
    credentials: credentials && { identifier: credentials.identifier, secret: credentials.secret },
    references,
    calls: calls.map(({ service, reference }) => ({ service, reference })),
    publishes: publishes.map(({ name, payload }) => ({ name, payload })),
  };
}

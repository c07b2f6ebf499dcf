import { z } from "zod";
import type { ContractDraft } from "../../model/contract.ts";
import { OperationCall } from "../../model/contract.ts";
import { operationsOf } from "../../model/operations.ts";
import type { Plan } from "../../model/plan.ts";
import type { Service } from "../../model/service-map.ts";
import { type Complain, notAmong, repeated } from "./fault.ts";
import { messageNames, plainName } from "./messages.ts";

/** Every contract belongs to a service, every service that offers something has its contract, and references resolve. */
export function checkContracts(plan: Plan, complain: Complain): void {
  const { service_map, contracts } = plan;
  const names = service_map.services.map(({ name }) => name);
  for (const [index, { service_name }] of contracts.entries())
    if (!names.includes(service_name))
      complain(
        `service ${service_name}`,
        ["contracts", index, "service_name"],
        `A contract belongs to ${service_name}, which ${notAmong("service", names)}.`,
      );
  for (const [key, index] of repeated(contracts.map(({ service_name, type }) => `${service_name} ${type}`)))
    complain(`service ${key.split(" ")[0]}`, ["contracts", index], `There are two contracts ${key}.`);
  for (const [index, service] of service_map.services.entries()) {
    checkOffer(service, index, contracts, complain);
    checkLabels(service, index, plan, complain);
  }
  checkCalls(plan, complain);
}

function has(contracts: readonly ContractDraft[], service: string, type: ContractDraft["type"]): boolean {
  return contracts.some((contract) => contract.service_name === service && contract.type === type);
}

function checkOffer(service: Service, index: number, contracts: readonly ContractDraft[], complain: Complain): void {
  const { name, is_frontend, events_published, events_subscribed } = service;
  const place = ["service_map", "services", index, "provides_contracts"];
  if (!is_frontend && !has(contracts, name, "openapi"))
    complain(`service ${name}`, place, `${name} has no OpenAPI contract; every backend answers at least its health.`);
  if (events_published.length + events_subscribed.length === 0) return;
  const at = contracts.findIndex(({ service_name, type }) => service_name === name && type === "asyncapi");
  const contract = contracts[at];
  if (contract === undefined) {
    complain(`service ${name}`, place, `${name} publishes or consumes events, but has no AsyncAPI contract.`);
    return;
  }
  const known = messageNames(contract);
  for (const event of [...events_published, ...events_subscribed])
    if (!known.has(plainName(event)))
      complain(`event ${event}`, ["contracts", at, "spec"], `The AsyncAPI contract of ${name} does not have ${event}.`);
}

/** `<service>-api` and `<service>-events` name contracts that are there. */
function checkLabels(service: Service, index: number, { service_map, contracts }: Plan, complain: Complain): void {
  const labels = new Map(
    service_map.services.flatMap(({ name }) => [
      [`${name}-api`, has(contracts, name, "openapi")],
      [`${name}-events`, has(contracts, name, "asyncapi")],
    ]),
  );
  for (const key of ["provides_contracts", "consumes_contracts"] as const)
    for (const [at, label] of service[key].entries())
      if (!labels.get(label))
        complain(
          `service ${service.name}`,
          ["service_map", "services", index, key, at],
          `${service.name} names the contract ${label}, which is not in the plan.`,
        );
}

/** What an operation calls or publishes exists. */
function checkCalls({ service_map, contracts }: Plan, complain: Complain): void {
  const offered = new Set(
    contracts.flatMap((contract) =>
      operationsOf(contract).map(({ operation }) => `${contract.service_name} ${operation.operationId}`),
    ),
  );
  for (const [index, contract] of contracts.entries())
    for (const { path, method, operation } of operationsOf(contract)) {
      const place = ["contracts", index, "spec", "paths", path, method];
      const about = `endpoint ${method.toUpperCase()} ${path}`;
      const calls = z.array(OperationCall).catch([]).parse(operation["x-calls"]);
      for (const [at, { service, operation_id }] of calls.entries())
        if (!offered.has(`${service} ${operation_id}`))
          complain(
            about,
            [...place, "x-calls", at],
            `It calls ${operation_id} of ${service}, which no contract offers.`,
          );
      const owner = service_map.services.find(({ name }) => name === contract.service_name);
      const publishes = z.array(z.string()).catch([]).parse(operation["x-publishes"]);
      for (const [at, event] of publishes.entries())
        if (owner && !owner.events_published.includes(event))
          complain(
            about,
            [...place, "x-publishes", at],
            `It publishes ${event}, which is not in events_published of ${owner.name}.`,
          );
    }
}

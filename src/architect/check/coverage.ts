import { operationsOf } from "../../model/operations.ts";
import type { Plan } from "../../model/plan.ts";
import type { Complain } from "./fault.ts";

/** An endpoint that was asked for, by the PRD or by who planned. */
export interface WantedEndpoint {
  service: string;
  /** Upper case. */
  method: string;
  /** With `{param}` parameters, whose names do not matter. */
  path: string;
}

/** Every endpoint that was asked for is in the contract of its service. */
export function checkCoverage(wanted: readonly WantedEndpoint[]) {
  return ({ service_map, contracts }: Plan, complain: Complain): void => {
    const offered = new Set(
      contracts.flatMap((contract) =>
        operationsOf(contract).map(({ method, path }) => keyOf({ service: contract.service_name, method, path })),
      ),
    );
    for (const endpoint of wanted) {
      if (offered.has(keyOf(endpoint))) continue;
      const { service, method, path } = endpoint;
      const at = contracts.findIndex(({ service_name, type }) => service_name === service && type === "openapi");
      const index = service_map.services.findIndex(({ name }) => name === service);
      const place = at >= 0 ? ["contracts", at, "spec", "paths"] : ["service_map", "services", index];
      complain(`endpoint ${method} ${path}`, place, `No contract of ${service} has ${method} ${path}.`);
    }
  };
}

function keyOf({ service, method, path }: WantedEndpoint): string {
  return `${service} ${method.toUpperCase()} ${path.replace(/\{[^}]*\}/g, "{}").replace(/(?<=.)\/$/, "")}`;
}

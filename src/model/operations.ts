import { z } from "zod";
import type { ContractDraft } from "./contract.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const Paths = z.record(z.string(), z.record(z.string(), z.unknown()).catch({})).catch({});
const Operation = z.record(z.string(), z.unknown()).catch({});

/** The operations of an OpenAPI contract, whatever else is wrong with it; none of any other. */
export function operationsOf(contract: Pick<ContractDraft, "type" | "spec">) {
  if (contract.type !== "openapi") return [];
  return Object.entries(Paths.parse(contract.spec.paths)).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => ({
      path,
      method,
      operation: Operation.parse(item[method]),
    })),
  );
}

/** How many operations a service's OpenAPI contract has, the health endpoint included. */
export function endpointCount(contracts: readonly ContractDraft[], service: string): number {
  return contracts
    .filter(({ service_name }) => service_name === service)
    .reduce((sum, contract) => sum + operationsOf(contract).length, 0);
}

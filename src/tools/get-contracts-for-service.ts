import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import type { Contract, ContractDraft, ContractType } from "../model/contract.ts";
import { operationsOf } from "../model/operations.ts";
import type { Service } from "../model/service-map.ts";
import { documentOf, findDocument } from "../pipeline/documents.ts";
import { pipelineOf } from "../pipeline/store.ts";
import { pickPlan, planFields } from "./architecture-fields.ts";
import { defineTool } from "./define-tool.ts";

/** One contract, from the service's point of view (Build 1's summary, and more). */
interface Row {
  /** null before the contracts are registered. */
  id: string | null;
  role: "provider" | "consumer";
  type: ContractType;
  version: string;
  /** Who uses it, or who provides it. */
  counterparty: string;
  summary: string;
  spec?: Record<string, unknown>;
}

/** What a client is told of a row; the rest is there too. */
const ShownRow = z.looseObject({ role: z.string(), type: z.string(), counterparty: z.string(), summary: z.string() });

export const getContractsForService = defineTool({
  name: "get_contracts_for_service",
  title: "A service's contracts",
  toolset: "architect",
  description: "Planned contracts that a service provides and consumes.",
  input: z.object({
    service_name: z.string().describe("Service name; as in the service map."),
    ...planFields,
    specs: z.boolean().default(false).describe("Add the documents."),
  }),
  output: z.object({ service_name: z.string(), contracts: z.array(ShownRow) }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["project_name"],
  cli: { command: "contracts-for-service", arguments: ["service_name", "pipeline_id"] },
  run: async (input, { ctx }) => {
    const id = pickPlan(ctx.db, input);
    const { services } = documentOf(ctx.db, id, "service_map");
    const service = services.find(({ name }) => name === input.service_name);
    if (service === undefined)
      throw new AppError("NOT_FOUND", `The plan has no service ${input.service_name}.`, {
        remedy: `It has ${services.map(({ name }) => name).join(", ")}.`,
      });
    const { contracts } = await ctx.portsFor(pipelineOf(ctx.db, id).config);
    const registered = await contracts.list({ build_cycle_id: id });
    const known = registered.length > 0 ? registered : (findDocument(ctx.db, id, "contract_drafts") ?? []);
    const rows = rowsOf(service, services, known, input.specs);
    return { service_name: service.name, contracts: rows.map((row) => ({ ...row })) };
  },
  text: ({ service_name, contracts }) =>
    [
      `${service_name}: ${contracts.length} contracts`,
      ...contracts.map(
        ({ id, role, type, version, counterparty, summary }) =>
          `  ${role} of ${type} ${version}${counterparty ? ` (${counterparty})` : ""}: ${summary}${id === null ? "" : ` [${id}]`}`,
      ),
    ].join("\n"),
});

function rowsOf(service: Service, services: Service[], contracts: (Contract | ContractDraft)[], specs: boolean): Row[] {
  const row = (contract: Contract | ContractDraft, role: Row["role"], counterparty: string): Row => ({
    id: "id" in contract ? contract.id : null,
    role,
    type: contract.type,
    version: contract.version,
    counterparty,
    summary: summaryOf(contract, services),
    ...(specs ? { spec: contract.spec } : {}),
  });
  const own = contracts
    .filter(({ service_name }) => service_name === service.name)
    .map((contract) => {
      const label = labelOf(contract.service_name, contract.type);
      const users = services.filter(({ consumes_contracts }) => consumes_contracts.includes(label));
      return row(contract, "provider", users.map(({ name }) => name).join(", "));
    });
  const used = contracts
    .filter(
      ({ service_name, type }) =>
        service_name !== service.name && service.consumes_contracts.includes(labelOf(service_name, type)),
    )
    .map((contract) => row(contract, "consumer", contract.service_name));
  return [...own, ...used];
}

function labelOf(service: string, type: ContractType): string {
  return `${service}-${type === "asyncapi" ? "events" : "api"}`;
}

const SHOWN = 6;

function summaryOf(contract: ContractDraft, services: Service[]): string {
  if (contract.type === "openapi") {
    const names = operationsOf(contract).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    return `${names.length} endpoints: ${some(names)}`;
  }
  const owner = services.find(({ name }) => name === contract.service_name);
  const sent = owner?.events_published ?? [];
  const received = owner?.events_subscribed ?? [];
  return [sent.length > 0 && `publishes ${some(sent)}`, received.length > 0 && `consumes ${some(received)}`]
    .filter(Boolean)
    .join("; ");
}

function some(names: string[]): string {
  return names.length > SHOWN ? `${names.slice(0, SHOWN).join(", ")} +${names.length - SHOWN}` : names.join(", ");
}

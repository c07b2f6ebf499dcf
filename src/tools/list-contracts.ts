import { z } from "zod";
import { ContractType } from "../model/contract.ts";
import { ContractEntry, cycle, engineOf, entryText, serviceFields, serviceIn } from "./contract-fields.ts";
import { defineTool } from "./define-tool.ts";

export const listContracts = defineTool({
  name: "list_contracts",
  title: "List contracts",
  toolset: "contracts",
  description: "Registered contracts in their current version, without the documents.",
  input: z.object({
    ...serviceFields,
    contract_type: ContractType.optional().describe("Contract type; only this one."),
    build_cycle_id: cycle,
    page: z.number().int().min(1).default(1).describe("Page; from 1."),
    page_size: z.number().int().min(1).max(100).default(20).describe("Page size; contracts on a page."),
  }),
  output: z.object({
    items: z.array(ContractEntry),
    total: z.number().int(),
    page: z.number().int(),
    page_size: z.number().int(),
    next_step: z.string(),
  }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["service_name"],
  cli: { command: "list-contracts", arguments: ["service"] },
  run: async ({ contract_type, build_cycle_id, page, page_size, ...given }, { ctx }) => {
    const service_name = serviceIn(given);
    const engine = await engineOf(ctx);
    const all = (
      await engine.list({ ...(build_cycle_id ? { build_cycle_id } : {}), ...(service_name ? { service_name } : {}) })
    ).filter(({ type }) => contract_type === undefined || type === contract_type);
    const items = all.slice((page - 1) * page_size, page * page_size).map((one) => ContractEntry.parse(one));
    const more = page * page_size < all.length;
    const next_step =
      all.length === 0
        ? "Register one with register_contract; a pipeline registers its own."
        : more
          ? `Pass page ${page + 1} for more.`
          : "Read one with get_contract and its contract_id.";
    return { items, total: all.length, page, page_size, next_step };
  },
  text: ({ items, total, next_step }) =>
    [...items.map(entryText), `${items.length} of ${total} contracts. ${next_step}`].join("\n"),
});

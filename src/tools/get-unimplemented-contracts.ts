import { z } from "zod";
import { UnimplementedContract } from "../model/contract.ts";
import { cycle, engineOf, serviceFields, serviceIn } from "./contract-fields.ts";
import { defineTool } from "./define-tool.ts";

const MAX_MISSING = 20;

export const getUnimplementedContracts = defineTool({
  name: "get_unimplemented_contracts",
  title: "Unimplemented contracts",
  toolset: "contracts",
  description:
    "Contracts with operations or events of which code and checked answers show no evidence. Claims do not count.",
  input: z.object({
    ...serviceFields,
    build_cycle_id: cycle,
    limit: z.number().int().min(1).max(100).default(20).describe("Limit; contracts to show."),
    whole: z.boolean().default(false).describe("Whole; every missing operation."),
  }),
  output: z.object({
    items: z.array(UnimplementedContract.extend({ missing_total: z.number().int() })),
    total: z.number().int(),
    next_step: z.string(),
  }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["service_name", "limit", "build_cycle_id"],
  cli: { command: "get-unimplemented-contracts", arguments: ["service"] },
  run: async ({ build_cycle_id, limit, whole, ...given }, { ctx, signal }) => {
    const service_name = serviceIn(given);
    const engine = await engineOf(ctx);
    const filter = {
      ...(build_cycle_id ? { build_cycle_id } : {}),
      ...(service_name ? { service_name } : {}),
    };
    const all = await engine.getUnimplemented(filter, signal);
    const items = all.slice(0, limit).map((one) => ({
      ...one,
      missing: whole ? one.missing : one.missing.slice(0, MAX_MISSING),
      missing_total: one.missing.length,
    }));
    const [first] = all;
    const next_step = first
      ? `Implement ${first.missing[0] ?? "it"} in ${first.expected_service}; it counts once its route is in the code or its check passed.`
      : "Nothing is missing.";
    return { items, total: all.length, next_step };
  },
  text: ({ items, total, next_step }) =>
    [
      ...items.flatMap(
        ({ expected_service, type, version, status, missing, missing_total, operations_total, claim }) => [
          `${expected_service} ${type} ${version}: ${status}, ${missing_total} of ${operations_total} without evidence${claim ? ` (claimed by ${claim.service_name})` : ""}`,
          ...missing.map((one) => `  ${one}`),
        ],
      ),
      `${total} contracts. ${next_step}`,
    ].join("\n"),
  exitCode: ({ total }) => (total > 0 ? 1 : 0),
});

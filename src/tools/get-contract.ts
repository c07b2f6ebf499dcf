import { z } from "zod";
import { type Contract, ContractType } from "../model/contract.ts";
import { ContractEntry, changesOf, contractIn, engineOf, entryText, serviceFields } from "./contract-fields.ts";
import { fitting, operationPart, outlineOf, pointerTarget, SHORT } from "./contract-part.ts";
import { defineTool } from "./define-tool.ts";

export const getContract = defineTool({
  name: "get_contract",
  title: "Read a contract",
  toolset: "contracts",
  description:
    "A registered contract's document; of a large one its operations: then ask for an operation, a pointer, or whole.",
  input: z.object({
    contract_id: z.string().optional().describe("Contract id; or give service and type."),
    ...serviceFields,
    type: ContractType.optional().describe("Type; with service, openapi first when left out."),
    operation: z.string().optional().describe("METHOD /path or operationId."),
    pointer: z.string().optional().describe("JSON pointer; e.g. /components/schemas/Order."),
    whole: z.boolean().default(false).describe("Whole; all of it, however long."),
  }),
  output: ContractEntry.extend({
    spec: z.unknown().describe("The document, or the part that was asked for; null when it is too long."),
    complete: z.boolean().describe("Whether spec is the whole document."),
    outline: z.array(z.string()).describe("What parts there are, when spec is null."),
    outline_total: z.number().int(),
    next_step: z.string(),
  }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["service_name", "pointer"],
  cli: { command: "get-contract", arguments: ["contract_id"] },
  run: async ({ operation, pointer, whole, ...given }, { ctx }) => {
    const contract = await contractIn(await engineOf(ctx), given);
    const entry = ContractEntry.parse(contract);
    const newer = newerOf(contract, (await changesOf(ctx)).versionsOf(contract.id));
    const part =
      operation !== undefined
        ? operationPart(contract.spec, operation)
        : pointer !== undefined
          ? pointerTarget(contract.spec, pointer)
          : contract.spec;
    const length = JSON.stringify(part).length;
    if (whole || length <= SHORT) {
      const complete = part === contract.spec;
      const next_step = newer || "Check an exchange against it with validate_endpoint.";
      return { ...entry, spec: part, complete, outline: [], outline_total: 0, next_step };
    }
    const parts = partsOf(contract, part, pointer);
    const hint = `It has ${length} characters: ask for an operation, a pointer, or whole.`;
    return {
      ...entry,
      spec: null,
      complete: false,
      outline: fitting(parts),
      outline_total: parts.length,
      next_step: [newer, hint].filter(Boolean).join(" "),
    };
  },
  text: ({ spec, outline, outline_total, next_step, complete: _complete, ...entry }) =>
    [
      entryText(entry),
      ...(spec === null ? outline : [JSON.stringify(spec, null, 2)]),
      ...(outline.length < outline_total ? [`… and ${outline_total - outline.length} more`] : []),
      `Next: ${next_step}`,
    ].join("\n"),
});

function partsOf({ spec }: Contract, part: unknown, pointer: string | undefined): string[] {
  if (part === spec) return outlineOf(spec);
  const base = pointer?.replace(/^#/, "") ?? "";
  if (typeof part !== "object" || part === null) return [];
  const below = (value: object, at: string) =>
    Object.keys(value).map((key) => `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  if (pointer !== undefined) return below(part, base);
  // An operation that reaches a lot: itself, and what it refers to.
  return Object.entries(part).flatMap(([key, inner]) =>
    typeof inner === "object" && inner !== null
      ? Object.entries(inner).flatMap(([name, value]) => {
          const at = `/${key}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
          return key === "components" && typeof value === "object" && value !== null ? below(value, at) : [at];
        })
      : [],
  );
}

function newerOf(contract: Contract, versions: readonly Contract[]): string {
  const last = versions.at(-1);
  return last === undefined || last.id === contract.id ? "" : `Version ${last.version} (${last.id}) is current.`;
}

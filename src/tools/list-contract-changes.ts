import { z } from "zod";
import { ChangeRequest } from "../model/contract.ts";
import { assessChange } from "../pipeline/accept-change.ts";
import { effectFields, effectOf, effectText, RequestView, requestText, requestView } from "./contract-change.ts";
import { changesOf, cycle } from "./contract-fields.ts";
import { defineTool } from "./define-tool.ts";

export const listContractChanges = defineTool({
  name: "list_contract_changes",
  title: "List contract changes",
  toolset: "contracts",
  description: "Change requests, newest first; with request_id one of them in detail.",
  input: z.object({
    request_id: z.string().optional().describe("Request id; look at this one."),
    status: ChangeRequest.shape.status.optional().describe("Status; only these."),
    build_cycle_id: cycle,
    limit: z.number().int().min(1).max(100).default(20).describe("How many."),
  }),
  output: z.object({
    items: z.array(RequestView),
    total: z.number().int(),
    ...z.object(effectFields).partial().shape,
    next_step: z.string(),
  }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["limit", "status"],
  cli: { command: "list-contract-changes", arguments: ["request_id"] },
  run: async ({ request_id, status, build_cycle_id, limit }, { ctx }) => {
    const changes = await changesOf(ctx);
    if (request_id !== undefined) {
      const assessed = await assessChange(ctx, changes, request_id);
      const open = assessed.request.status === "proposed";
      const next_step = open ? "Decide with decide_contract_change." : "Nothing to do: it is decided.";
      return { items: [requestView(assessed.request)], total: 1, ...effectOf(assessed), next_step };
    }
    const all = changes.list({ ...(status ? { status } : {}), ...(build_cycle_id ? { build_cycle_id } : {}) });
    const next_step =
      all.length === 0 ? "Propose one with propose_contract_change." : "Look at one with its request_id.";
    return { items: all.slice(0, limit).map(requestView), total: all.length, next_step };
  },
  text: ({ items, total, next_step, breaking, changes = [], total_changes = 0, reopens = [], affected = [] }) => {
    const lines = items.map(requestText);
    if (breaking === undefined)
      return [...lines, `${items.length} of ${total} change requests. ${next_step}`].join("\n");
    const effect = effectText({ breaking, changes, total_changes, reopens, affected });
    return [...lines, ...effect, `Next: ${next_step}`].join("\n");
  },
});

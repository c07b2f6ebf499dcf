import { z } from "zod";
import { acceptChange } from "../pipeline/accept-change.ts";
import { RequestView, requestText, requestView } from "./contract-change.ts";
import { changesOf, engineOf } from "./contract-fields.ts";
import { defineTool } from "./define-tool.ts";

export const decideContractChange = defineTool({
  name: "decide_contract_change",
  title: "Decide on a change",
  toolset: "contracts",
  description:
    "Accept or reject a proposed contract change. Accepting reopens only the services that use the changed clauses.",
  input: z.object({
    request_id: z.string().describe("Request id; of the change request."),
    decision: z.enum(["accept", "reject"]).describe("Decision."),
    comment: z.string().default("").describe("Why."),
  }),
  output: RequestView.extend({
    result_id: z.string().nullable().describe("The new version's contract."),
    reopened: z.array(z.string()).describe("Services that are built again."),
    resumed: z.boolean().describe("The pipeline was running and goes on."),
    next_step: z.string(),
  }),
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  cli: { command: "decide-contract-change", arguments: ["decision", "request_id"] },
  run: async ({ request_id, decision, comment }, { ctx }) => {
    const changes = await changesOf(ctx);
    if (decision === "reject") {
      const request = changes.reject(request_id, comment);
      return {
        ...requestView(request),
        result_id: null,
        reopened: [],
        resumed: false,
        next_step: "The frozen version stays; nothing is built again.",
      };
    }
    const accepted = await acceptChange(ctx, { changes, contracts: await engineOf(ctx) }, request_id, comment);
    const { request } = await changes.assess(request_id);
    const reopened = accepted.affected.filter(({ reopens }) => reopens).map(({ service }) => service);
    const id = request.build_cycle_id;
    const next_step =
      id === null
        ? `Version ${request.version} is current: bring ${reopened.join(", ")} to it.`
        : accepted.resumed
          ? `${reopened.join(", ")} is built again; wait with get_pipeline_status and pipeline_id ${id}.`
          : `Have ${reopened.join(", ")} built again with resume_pipeline and pipeline_id ${id}.`;
    return {
      ...requestView(request),
      result_id: accepted.contract.id,
      reopened: id === null ? [] : reopened,
      resumed: accepted.resumed,
      next_step,
    };
  },
  text: ({ reopened, next_step, resumed: _resumed, ...request }) =>
    [requestText(request), reopened.length > 0 && `Reopened: ${reopened.join(", ")}`, `Next: ${next_step}`]
      .filter(Boolean)
      .join("\n"),
});

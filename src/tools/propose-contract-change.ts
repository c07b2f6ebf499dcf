import { z } from "zod";
import { assessChange } from "../pipeline/accept-change.ts";
import { effectFields, effectOf, effectText, RequestView, requestText, requestView } from "./contract-change.ts";
import { changesOf, documentField, documentIn } from "./contract-fields.ts";
import { defineTool } from "./define-tool.ts";

export const proposeContractChange = defineTool({
  name: "propose_contract_change",
  title: "Propose a change",
  toolset: "contracts",
  description:
    "Propose a new version of a frozen contract: what breaks and what is built again. Changes nothing until decide_contract_change.",
  input: z.object({
    contract_id: z.string().describe("Contract id; of the current version."),
    file: z.string().optional().describe("File; the changed document."),
    spec: documentField.describe("Instead of file; the changed document itself."),
    version: z.string().optional().describe("x.y.z; the next one when left out."),
    reason: z.string().default("").describe("Why."),
  }),
  output: RequestView.extend({ ...effectFields, next_step: z.string() }),
  paths: ["file"],
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  cli: { command: "propose-contract-change", arguments: ["contract_id", "file"] },
  run: async ({ contract_id, file, spec, version, reason }, { ctx }) => {
    const { document } = await documentIn(ctx, { file, spec });
    const changes = await changesOf(ctx);
    const request = await changes.propose({
      contract_id,
      spec: document,
      reason,
      ...(version === undefined ? {} : { version }),
    });
    const effect = effectOf(await assessChange(ctx, changes, request.id));
    const next_step = `Decide with decide_contract_change and request_id ${request.id}; accepting has ${effect.reopens.join(", ")} built again.`;
    return { ...requestView(request), ...effect, next_step };
  },
  text: ({ next_step, ...view }) => [requestText(view), ...effectText(view), `Next: ${next_step}`].join("\n"),
});

import { z } from "zod";
import { ImplementationCount } from "../model/contract.ts";
import { engineOf, neededService, serviceFields } from "./contract-fields.ts";
import { defineTool } from "./define-tool.ts";

export const markImplemented = defineTool({
  name: "mark_implemented",
  title: "Claim implemented",
  toolset: "contracts",
  description: "Keep the claim that a service implements a contract. It proves nothing.",
  input: z.object({
    contract_id: z.string().describe("Contract."),
    ...serviceFields,
    evidence_path: z.string().default("").describe("Evidence path; file or folder that implements it."),
  }),
  output: ImplementationCount.extend({ next_step: z.string() }),
  paths: ["evidence_path"],
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["service_name"],
  cli: { command: "mark-implemented", arguments: ["contract_id", "service"] },
  run: async ({ contract_id, evidence_path, ...given }, { ctx }) => {
    const claim = { contract_id, service_name: neededService(given), evidence_path };
    const count = await (await engineOf(ctx)).markImplemented(claim);
    return { ...count, next_step: "See with get_unimplemented_contracts what has no evidence yet." };
  },
  text: ({ total_implementations, all_implemented, next_step }) =>
    `Claim kept; ${total_implementations} for this contract${all_implemented ? ", every contract of the service is claimed" : ""}.\nNext: ${next_step}`,
});

import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { ContractType } from "../model/contract.ts";
import {
  ContractEntry,
  documentField,
  documentIn,
  engineOf,
  entryText,
  neededService,
  serviceFields,
} from "./contract-fields.ts";
import { defineTool } from "./define-tool.ts";

export const registerContract = defineTool({
  name: "register_contract",
  title: "Register a contract",
  toolset: "contracts",
  description: "Check an OpenAPI, AsyncAPI or JSON Schema contract and freeze it by hash for a service.",
  input: z.object({
    ...serviceFields,
    file: z.string().optional().describe("File; JSON or YAML, relative to the project folder."),
    spec: documentField.describe("Instead of file; the document itself."),
    type: ContractType.optional().describe("Type; told from the document when left out."),
    version: z.string().optional().describe("x.y.z; the document's own when left out."),
  }),
  output: ContractEntry.extend({ next_step: z.string() }),
  paths: ["file"],
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["service_name"],
  cli: { command: "register-contract", arguments: ["service", "file"] },
  run: async ({ file, spec, type, version, ...given }, { ctx }) => {
    const service_name = neededService(given);
    const { document } = await documentIn(ctx, { file, spec });
    const { kindOf } = await import("../contracts/breaking/breaking.ts");
    const kind = type ?? kindOf(document);
    if (kind === undefined)
      throw new AppError("CONTRACT_INVALID", "The document has neither openapi nor asyncapi, and is no JSON Schema.", {
        remedy: "Give an OpenAPI, AsyncAPI or JSON Schema document, or say which type it is.",
      });
    ctx.createStore();
    const draft = { service_name, type: kind, version: version ?? versionIn(document), spec: document };
    const contract = await (await engineOf(ctx)).register(draft, null);
    const next_step = `Change it with propose_contract_change and contract_id ${contract.id}; get tests for it with generate_tests.`;
    return { ...ContractEntry.parse(contract), next_step };
  },
  text: ({ next_step, ...entry }) => `Registered ${entryText(entry)}\nNext: ${next_step}`,
});

/** The version that a document gives itself, as x.y.z. */
export function versionIn(document: Record<string, unknown>): string {
  const info = document.info;
  const stated = typeof info === "object" && info !== null && "version" in info ? String(info.version) : "";
  const [, major, minor = "0", patch = "0"] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(stated) ?? [];
  return major === undefined ? "1.0.0" : `${major}.${minor}.${patch}`;
}

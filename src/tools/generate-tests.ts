import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import { type ContractTestCase, TestFramework } from "../model/contract.ts";
import { engineOf } from "./contract-fields.ts";
import { fitting, SHORT } from "./contract-part.ts";
import { defineTool } from "./define-tool.ts";

export const generateTests = defineTool({
  name: "generate_tests",
  title: "Generate tests",
  toolset: "contracts",
  description:
    "Runnable conformance tests of a contract, against BASE_URL with AUTH_TOKEN. Give output to write the files.",
  input: z.object({
    contract_id: z.string().describe("Contract."),
    format: TestFramework.optional().describe("Another name of framework."),
    framework: TestFramework.optional().describe("Framework; runner, json is the cases as data (default)."),
    include_negative: z.boolean().default(true).describe("Include negative; invalid cases too."),
    operations: z.array(z.string()).default([]).describe("METHOD /path or operationId; only these."),
    output: z.string().optional().describe("Folder; the files are written there."),
    whole: z.boolean().default(false).describe("Whole; answer with all cases and file contents, however long."),
  }),
  output: z.object({
    contract_id: z.string(),
    framework: TestFramework,
    cases: z
      .array(z.record(z.string(), z.unknown()))
      .describe("id, name, kind, operation, request, expect; the first few, unless whole."),
    total: z.number().int(),
    by_kind: z.record(z.string(), z.number().int()),
    files: z.array(z.object({ path: z.string(), content: z.string().nullable() })),
    command: z.string(),
    skipped: z.array(z.string()).describe("Operations without cases, with the reason."),
    next_step: z.string(),
  }),
  paths: ["output"],
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["format"],
  cli: { command: "generate-tests", arguments: ["contract_id"] },
  run: async ({ contract_id, format, framework, include_negative, operations, output, whole }, { ctx }) => {
    if (format !== undefined && framework !== undefined && format !== framework)
      throw new AppError("INVALID_INPUT", `format is ${format} and framework is ${framework}.`, {
        remedy: "Give one.",
      });
    const engine = await engineOf(ctx);
    const made = await engine.generateTests(contract_id, {
      framework: format ?? framework ?? "json",
      include_negative,
      operations,
    });
    const folder = output === undefined ? undefined : resolve(ctx.workspace, output);
    if (folder !== undefined) {
      mkdirSync(folder, { recursive: true });
      for (const { path, content } of made.files) writeFileAtomic(join(folder, path), content);
    }
    const shown = (content: string) => whole || (folder === undefined && content.length <= SHORT);
    const hidden = made.files.some(({ content }) => !shown(content));
    const cases = whole ? made.cases : fitting(made.cases, SHORT / 2);
    return {
      contract_id,
      framework: made.framework,
      cases,
      total: made.cases.length,
      by_kind: countBy(made.cases),
      files: made.files.map(({ path, content }) => ({
        path: folder === undefined ? path : join(folder, path),
        content: shown(content) ? content : null,
      })),
      command: made.command,
      skipped: (made.skipped ?? []).slice(0, whole ? undefined : 20),
      next_step:
        folder !== undefined
          ? made.command === ""
            ? "Read the cases from the file."
            : `Run in ${folder}: ${made.command}`
          : hidden
            ? "Pass output to have the files written, operations for some of them, or whole."
            : `Write the files, then run: ${made.command}`,
    };
  },
  text: ({ total, by_kind, files, skipped, next_step }) =>
    [
      `${total} cases (${Object.entries(by_kind)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(", ")})`,
      ...files.map(({ path, content }) => (content === null ? path : content)),
      ...skipped.map((one) => `no cases: ${one}`),
      `Next: ${next_step}`,
    ].join("\n"),
});

function countBy(cases: readonly ContractTestCase[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of cases) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

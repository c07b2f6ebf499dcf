import { resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import type { ToolCall } from "./define-tool.ts";

/** What a fuzz run takes, whoever asks. */
export const fuzzFields = {
  spec: z.string().describe("OpenAPI file; 3.0 or 3.1, JSON or YAML."),
  url: z.string().describe("URL; base address of the running service, nothing else is asked."),
  header: z.array(z.string()).default([]).describe("`Name: value`; header for every request."),
  bearer: z.string().optional().describe("Bearer; its token."),
  include: z.array(z.string()).default([]).describe("`GET /orders/*` or operation id; only these."),
  exclude: z.array(z.string()).default([]).describe("Never call these."),
  max_examples: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(50)
    .describe("Random requests an operation, valid and invalid each."),
  seed: z.number().int().min(0).optional().describe("Same seed, same requests."),
};

/** Headers from `Name: value` lines. Errors: INVALID_INPUT. */
export function headersFrom(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined)
        throw new AppError("INVALID_INPUT", "A header is not written as `Name: value`.", {
          remedy: "Give it like `X-Tenant: 7`.",
        });
      return [name, value.trim()];
    }),
  );
}

/** The contract that a call names. Errors: NOT_FOUND, INVALID_INPUT. */
export async function contractFor(spec: string, { ctx }: ToolCall): Promise<Record<string, unknown>> {
  const { readContractFile } = await import("../contracts/breaking/breaking.ts");
  return readContractFile(resolve(ctx.workspace, spec)).document;
}

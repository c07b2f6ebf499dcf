import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { parseArguments } from "../../src/lib/arguments.ts";
import { outputSchema } from "../../src/lib/zod-schema.ts";
import type { AnyTool } from "../../src/tools/define-tool.ts";

const Recorded = z.object({
  arguments: z.record(z.string(), z.unknown()),
  answer: z.record(z.string(), z.unknown()),
});

/** A call of each tool and what it answered, by `npm run docs:record`; answers are shortened. */
export type Examples = Record<string, z.infer<typeof Recorded>>;

const FILE = new URL("examples.json", import.meta.url);

export function readExamples(): Examples {
  if (!existsSync(FILE)) return {};
  return z.record(z.string(), Recorded).parse(JSON.parse(readFileSync(FILE, "utf8")));
}

/**
 * What was recorded for a tool, as far as it still fits: arguments by the whole schema, the answer by its fields, since it
 * is shortened. Throws when it does not fit any more: record it anew.
 */
export function exampleFor(tool: AnyTool, examples: Examples): Examples[string] | undefined {
  const example = examples[tool.name];
  if (example === undefined) return undefined;
  parseArguments(tool.input, example.arguments, tool.name);
  if (typeof example.answer.error === "object" && Object.keys(example.answer).length === 1) return example;
  const { properties = {}, required = [] } = outputSchema(tool.output);
  const open = tool.output.def.catchall !== undefined;
  const unknown = Object.keys(example.answer).filter((field) => !open && !(field in properties));
  const missing = required.filter((field) => !(field in example.answer));
  if (unknown.length + missing.length > 0)
    throw new Error(
      `The recorded answer of ${tool.name} does not fit its schema (unknown: ${unknown.join(", ") || "none"}; missing: ${missing.join(", ") || "none"}): run npm run docs:record.`,
    );
  return example;
}

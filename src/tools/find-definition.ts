import { z } from "zod";
import { Definition } from "../model/codebase.ts";
import { codebaseOf, folder, language } from "./codebase-fields.ts";
import { defineTool } from "./define-tool.ts";

export const findDefinition = defineTool({
  name: "find_definition",
  title: "Find a definition",
  toolset: "codebase",
  description: "Where a function, class, method or type is defined. Use it instead of grep.",
  input: z.object({
    symbol: z.string().min(1).describe("Name, Class.method or file:name."),
    language,
    path: folder,
    limit: z.number().int().min(1).max(100).default(10).describe("Limit; others listed."),
  }),
  output: Definition.extend({
    others: z.array(Definition).describe("Others of the name, likeliest first."),
    total: z.number().int(),
    next_step: z.string(),
  }),
  paths: ["path"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["limit"],
  cli: { command: "find-definition", arguments: ["symbol"] },
  run: async ({ symbol, language: wanted, path, limit }, call) => {
    const codebase = await codebaseOf(call, path);
    const found = await codebase.findDefinition({
      symbol,
      signal: call.signal,
      ...(wanted !== undefined && { language: wanted }),
    });
    const [best, ...others] = found;
    if (!best) throw new Error("A definition that was found is missing.");
    return {
      ...best,
      others: others.slice(0, limit),
      total: found.length,
      next_step:
        others.length > 0
          ? `If another one is meant, ask for it by its file: ${others[0]?.file}:${others[0]?.symbol}.`
          : `find_callers with ${best.symbol} says who uses it.`,
    };
  },
  text: (answer) =>
    [
      `${answer.file}:${answer.line} ${answer.kind} ${answer.signature}`,
      ...answer.others.map((one) => `${one.file}:${one.line} ${one.kind} ${one.symbol}`),
      ...(answer.total > answer.others.length + 1 ? [`${answer.total} definitions in all`] : []),
    ].join("\n"),
});

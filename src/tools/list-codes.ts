import { z } from "zod";
import { Severity } from "../model/finding.ts";
import { cursor, nextCursor, pageFrom } from "./codebase-fields.ts";
import { allCodes, type CodeEntry } from "./codes.ts";
import { defineTool } from "./define-tool.ts";
import { limitField } from "./short.ts";

export const listCodes = defineTool({
  name: "list_codes",
  title: "List codes",
  toolset: "quality",
  description: "Codes that a scan or gate may report, with severity and category.",
  input: z.object({
    category: z
      .string()
      .optional()
      .describe("Category; only this one: security, cors, secrets, docker, …, service, integration, contract."),
    min_severity: Severity.default("info").describe("Min severity; leave out what is below."),
    limit: limitField("Limit; codes on a page", 1000),
    cursor,
  }),
  output: z.object({
    total: z.number().int(),
    codes: z.array(z.object({ code: z.string(), severity: Severity, category: z.string(), title: z.string() })),
    next_cursor: nextCursor,
    next_step: z.string(),
  }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["limit", "min_severity"],
  cli: { command: "codes", arguments: ["category"] },
  run: async ({ category, min_severity, limit, cursor: from }) => {
    const { codes: found } = await allCodes({ category, min_severity });
    const codes = found.map(({ code, severity, category, title }: CodeEntry) => ({ code, severity, category, title }));
    const { page, next_cursor } = pageFrom(codes, limit, from);
    return {
      total: codes.length,
      codes: page,
      next_cursor,
      next_step: "explain_code with a code says why it matters and how to fix it.",
    };
  },
  text: ({ codes, total, next_cursor }) =>
    [
      ...codes.map(
        ({ code, severity, category, title }) =>
          `${code.padEnd(16)} ${severity.padEnd(9)} ${category.padEnd(12)} ${title}`,
      ),
      `${total} codes; explain CODE says more.`,
      ...(next_cursor === null ? [] : [`More: cursor ${next_cursor}`]),
    ].join("\n"),
});

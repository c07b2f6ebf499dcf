import { z } from "zod";
import { Caller } from "../model/codebase.ts";
import { codebaseOf, cursor, folder, nextCursor, pageFrom } from "./codebase-fields.ts";
import { defineTool } from "./define-tool.ts";
import { limitField } from "./short.ts";

/** Callers that are looked at for pages. */
const MOST = 10_000;

export const findCallers = defineTool({
  name: "find_callers",
  title: "Find callers",
  toolset: "codebase",
  description:
    "Every use of a function, class or method, through imports, aliases and types. Use it before you change or remove one.",
  input: z.object({
    symbol: z.string().min(1).describe("Name, Class.method, or file:name."),
    path: folder,
    max_results: limitField("Max results; page size", 500),
    cursor,
  }),
  output: z.object({
    callers: z.array(Caller),
    total: z.number().int(),
    known: z.boolean().describe("false: there may be more that cannot be told from others of the name."),
    next_cursor: nextCursor,
    next_step: z.string(),
  }),
  paths: ["path"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  cli: { command: "find-callers", arguments: ["symbol"] },
  run: async ({ symbol, path, max_results, cursor: from }, call) => {
    const codebase = await codebaseOf(call, path);
    const found = await codebase.findCallers({ symbol, max_results: MOST, signal: call.signal });
    const { page, next_cursor } = pageFrom(found.callers, max_results, from);
    return {
      callers: page,
      total: found.total,
      known: found.known,
      next_cursor,
      next_step: nextStep(symbol, found),
    };
  },
  text: ({ callers, total, known, next_cursor }) =>
    [
      ...callers.map(
        (one) =>
          `${one.file_path}:${one.line} ${one.caller_symbol || "(top of the file)"}${one.resolved_by === "name" ? " (by its name alone)" : ""}`,
      ),
      `${total} callers${known ? "" : "; there may be more that cannot be told from others of the name"}`,
      ...(next_cursor === null ? [] : [`More: cursor ${next_cursor}`]),
    ].join("\n"),
});

function nextStep(
  symbol: string,
  { callers, total, known }: { callers: Caller[]; total: number; known: boolean },
): string {
  if (total === 0)
    return known
      ? `Nothing in the folder uses ${symbol}; check_dead_code says whether something outside may.`
      : `No use of ${symbol} is certain, but some calls could not be told apart: look for the name yourself.`;
  const guessed = callers.filter(({ resolved_by }) => resolved_by === "name").length;
  return guessed > 0
    ? `${guessed} of them are guessed by the name alone: look before you rely on them.`
    : "These are the uses of it.";
}

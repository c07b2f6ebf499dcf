import { z } from "zod";
import { CodeChunk } from "../model/codebase.ts";
import {
  codebaseOf,
  cursor,
  folder,
  language,
  nextCursor,
  pageFrom,
  serviceFields,
  serviceOf,
} from "./codebase-fields.ts";
import { defineTool } from "./define-tool.ts";
import { limitField } from "./short.ts";

/** Results that are looked at for pages. */
const MOST = 200;

export const searchSemantic = defineTool({
  name: "search_semantic",
  title: "Search by meaning",
  toolset: "codebase",
  description: "Functions and classes by what they do, in plain words. Use it when you do not know the name.",
  input: z.object({
    query: z.string().min(1).describe("What the code does."),
    language,
    ...serviceFields,
    n_results: limitField("N results; page size", 50),
    max_lines: z.number().int().min(0).max(80).default(12).describe("Lines of each result."),
    cursor,
    path: folder,
  }),
  output: z.object({
    chunks: z.array(CodeChunk),
    next_cursor: nextCursor,
    note: z.string().describe('Why embeddings were not used; "" otherwise.'),
    next_step: z.string(),
  }),
  // An embeddings endpoint, when one is configured, is somebody else's machine.
  paths: ["path"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  unlisted: ["service", "max_lines"],
  cli: { command: "search", arguments: ["query"] },
  run: async ({ query, language: wanted, n_results, max_lines, cursor: from, path, ...given }, call) => {
    const codebase = await codebaseOf(call, path);
    const service_name = serviceOf(given);
    let note = "";
    const chunks = await codebase.searchSemantic({
      query,
      n_results: MOST,
      signal: call.signal,
      onFallback: (reason) => {
        note = reason;
      },
      ...(wanted !== undefined && { language: wanted }),
      ...(service_name !== undefined && { service_name }),
    });
    const short = chunks.map((chunk) => ({ ...chunk, content: chunk.content.split("\n", max_lines).join("\n") }));
    const { page, next_cursor } = pageFrom(short, n_results, from);
    return {
      chunks: page,
      next_cursor,
      note,
      next_step:
        page.length > 0
          ? "Read the best one; find_callers with its symbol says who uses it."
          : "Nothing fits; try other words, or the name of a thing instead of a sentence.",
    };
  },
  text: ({ chunks, note, next_cursor }) =>
    [
      ...chunks.map(
        (one) =>
          `${one.file_path}:${one.line_start} ${one.symbol_name ?? "(top of the file)"} ${one.score.toFixed(2)}\n${one.content}`,
      ),
      ...(chunks.length === 0 ? ["Nothing fits."] : []),
      ...(note === "" ? [] : [note]),
      ...(next_cursor === null ? [] : [`More: cursor ${next_cursor}`]),
    ].join("\n\n"),
});

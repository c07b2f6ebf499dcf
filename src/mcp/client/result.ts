import { z } from "zod";
import { AppError, type ErrorCode } from "../../lib/errors.ts";

/** A tool's result, read leniently: what servers add is left alone. */
export const ToolResult = z.looseObject({
  content: z.array(z.unknown()).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});
export type CallResult = z.infer<typeof ToolResult>;

const Block = z.union([
  z.looseObject({ type: z.literal("text"), text: z.string() }).transform(({ text }) => text),
  z
    .looseObject({ type: z.literal("resource"), resource: z.looseObject({ text: z.string() }) })
    .transform(({ resource }) => resource.text),
]);

/** How much of a server's own words goes into a message, in characters. */
const MAX_WORDS = 600;

/**
 * A result as data. Structured content stands over text; FastMCP wraps in `result` what is no object. Without it each
 * text block is one value: a list comes as one block per item, an empty list as none.
 * Errors: REMOTE_ANSWER for an error result, or the error's own code when the server speaks ours.
 */
export function dataOf(result: CallResult, { label, tool }: { label: string; tool: string }): unknown {
  const texts = result.content.flatMap((block) => {
    const text = Block.safeParse(block);
    return text.success ? [text.data] : [];
  });
  if (result.isError) throw ownError(texts.join("\n")) ?? answerError(label, `answer ${tool}`, texts.join("\n"));
  const structured = result.structuredContent;
  if (structured !== null && typeof structured === "object") {
    const keys = Object.keys(structured);
    return keys.length === 1 && "result" in structured ? structured.result : structured;
  }
  const values = texts.map(parsed);
  return values.length === 1 ? values[0] : values;
}

/** The JSON of a text block; text that is no object, list or null stays text. */
function parsed(text: string): unknown {
  if (!/^\s*(?:[{[]|null\s*$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** REMOTE_ANSWER with the server's words. `doing` goes on from "could not": "answer get_contract". */
export function answerError(label: string, doing: string, words: string): AppError {
  const said = words.trim().replace(/\s+/g, " ");
  const shown = said.length > MAX_WORDS ? `${said.slice(0, MAX_WORDS)}…` : said || "it gave no reason";
  return new AppError("REMOTE_ANSWER", `${label} could not ${doing}: ${shown.replace(/[.\s]*$/, "")}.`, {
    remedy: "Look at the server's log and version; its tools are compared with what is expected in docs/remote.md.",
  });
}

const OwnError = z.object({
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string(), details: z.unknown().optional() }),
});
/** Errors about what was asked mean the same wherever they are found; all others are the server's own trouble. */
const SHARED: readonly ErrorCode[] = [
  "NOT_FOUND",
  "INVALID_INPUT",
  "CONTRACT_INVALID",
  "WRONG_STATE",
  "PRD_UNREADABLE",
];

function ownError(text: string): AppError | undefined {
  const own = OwnError.safeParse(parsed(text));
  if (!own.success) return undefined;
  const { code, message, remedy } = own.data.error;
  const shared = SHARED.find((known) => known === code);
  return shared !== undefined ? new AppError(shared, message, { remedy }) : undefined;
}

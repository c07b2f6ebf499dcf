import { appendFileSync } from "node:fs";
import { z } from "zod";
import type { RunWatch } from "./watch-run.ts";

/** Characters of one line of the log. */
const MAX_LINE = 600;

const text = z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]);
const Block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
  tool_use_id: z.string().optional(),
  is_error: z.boolean().nullish(),
  content: text.nullish().catch(undefined),
});
/** Messages of `claude` as far as they say what it does (stream-json, 2.1). */
const Message = z.union([
  z.looseObject({
    type: z.enum(["assistant", "user"]),
    message: z.looseObject({ id: z.string().optional(), content: z.array(Block) }),
  }),
  z.looseObject({
    type: z.literal("system"),
    subtype: z.literal("api_retry"),
    retry_delay_ms: z.number(),
    error_status: z.number().nullish(),
  }),
  z.looseObject({
    type: z.literal("rate_limit_event"),
    rate_limit_info: z.looseObject({ status: z.string().optional(), resetsAt: z.number().nullish() }),
  }),
  z.looseObject({
    type: z.literal("result"),
    subtype: z.string(),
    result: z.string().optional(),
    num_turns: z.number(),
    total_cost_usd: z.number(),
  }),
]);
type Block = z.infer<typeof Block>;

/** What was read of a run so far. */
export interface ClaudeReader {
  read(message: unknown): void;
  /** Seconds since 1970 at which its account may be used again; undefined when nothing was said of it. */
  resetsAt(): number | undefined;
}

/**
 * Reads the messages of a run of `claude`: a line for each thing it said and did goes to `logFile`; answers and failed tool
 * calls are told to the watch.
 */
export function claudeReader(logFile: string, watch: Pick<RunWatch, "turn" | "failed" | "waits">): ClaudeReader {
  const attempted = new Map<string, string>();
  let answer: string | undefined;
  let resets: number | undefined;
  const say = (line: string) => {
    const clock = new Date().toISOString().slice(11, 19);
    try {
      appendFileSync(logFile, `${clock} ${line.replaceAll(/\s+/g, " ").trim().slice(0, MAX_LINE)}\n`);
    } catch {
      // Messages come from a timer: a full disk must not end the driver there. What matters is kept elsewhere.
    }
  };
  const readBlock = (block: Block) => {
    if (block.type === "text" && block.text) say(block.text);
    if (block.type === "tool_use") {
      const call = `${block.name ?? "a tool"} ${JSON.stringify(block.input ?? {})}`;
      attempted.set(block.id ?? "", call);
      say(call);
    }
    if (block.type === "tool_result" && block.is_error) {
      const error = textOf(block.content);
      say(`failed: ${error}`);
      watch.failed(attempted.get(block.tool_use_id ?? "") ?? "", error);
    }
  };
  return {
    resetsAt: () => resets,
    read: (message) => {
      const parsed = Message.safeParse(message);
      if (!parsed.success) return;
      const { data } = parsed;
      if (data.type === "system") {
        watch.waits(data.retry_delay_ms);
        return say(`the API refused (${data.error_status ?? "no answer"}), again in ${data.retry_delay_ms / 1000} s`);
      }
      if (data.type === "rate_limit_event") {
        const { status, resetsAt } = data.rate_limit_info;
        if (status === "rejected" && typeof resetsAt === "number") resets = resetsAt;
        return;
      }
      if (data.type === "result")
        return say(`ended (${data.subtype}), ${data.num_turns} turns, $${data.total_cost_usd.toFixed(2)}`);
      // An answer comes in as many messages as it has blocks.
      if (data.type === "assistant" && data.message.id !== answer) watch.turn();
      if (data.type === "assistant") answer = data.message.id;
      for (const block of data.message.content) readBlock(block);
    },
  };
}

function textOf(content: Block["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text ?? "").join(" ");
}

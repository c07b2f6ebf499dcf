import { z } from "zod";
import type { BuildProgress } from "../port.ts";

/** A message of the assistant, or the result, as far as it shows how far it is (stream-json, 2.1). */
const Message = z.union([
  z.looseObject({
    type: z.literal("assistant"),
    message: z.looseObject({
      content: z.array(z.looseObject({ type: z.string(), name: z.string().optional(), input: z.unknown().optional() })),
    }),
  }),
  z.looseObject({ type: z.literal("result"), num_turns: z.number().int(), total_cost_usd: z.number() }),
]);

/** Turns messages of `claude` into progress: one report an answer of the model, and one with the cost at the end. */
export function claudeProgress(report: ((progress: BuildProgress) => void) | undefined): (message: unknown) => void {
  let turns = 0;
  return (message) => {
    const parsed = Message.safeParse(message);
    if (!parsed.success || report === undefined) return;
    if (parsed.data.type === "result") {
      report({ doing: "ended", turns: parsed.data.num_turns, cost: parsed.data.total_cost_usd });
      return;
    }
    turns += 1;
    const uses = parsed.data.message.content.filter(({ type }) => type === "tool_use");
    report({ doing: uses.map(doing).join(", ") || "thinking", turns, cost: null });
  };
}

function doing({ name = "a tool", input }: { name?: string | undefined; input?: unknown }): string {
  const place = z.looseObject({ file_path: z.string() }).safeParse(input);
  return place.success ? `${name} ${place.data.file_path}` : name;
}

import { z } from "zod";
import { readBuilderLog } from "../pipeline/builder-log.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { defineTool } from "./define-tool.ts";
import { pipelineId } from "./pipeline-fields.ts";

/** About 2,000 tokens. */
const MAX_BYTES = 8000;

export const getBuilderLog = defineTool({
  name: "get_builder_log",
  title: "Builder log",
  toolset: "builder",
  description: "What a service's builder said and did: last lines, or from cursor on.",
  input: z.object({
    service: z.string().describe("Service."),
    pipeline_id: pipelineId,
    attempt: z.number().int().min(1).optional().describe("Attempt; the newest when left out."),
    cursor: z.number().int().min(0).optional().describe("Cursor; of the answer before, a byte offset."),
    tail: z.number().int().min(1).max(500).default(50).describe("Lines from the end, without a cursor."),
  }),
  output: z.object({
    log: z.string(),
    /** Goes on behind this part. */
    cursor: z.number().int(),
    /** Whether there is more behind it now. */
    more: z.boolean(),
    service: z.string(),
    attempt: z.number().int(),
    path: z.string(),
    /** Bytes of the log. */
    size: z.number().int(),
  }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["attempt", "tail"],
  cli: { command: "builder-log", arguments: ["service", "pipeline_id"] },
  run: async ({ pipeline_id, ...request }, { ctx }) => {
    const id = pickPipeline(ctx.db, pipeline_id);
    const { text: log, ...part } = readBuilderLog(ctx, { pipeline_id: id, ...request, maxBytes: MAX_BYTES });
    return { log, ...part, more: part.cursor < part.size };
  },
  text: ({ log, service, attempt }) =>
    log === "" ? `The builder of ${service} wrote nothing (attempt ${attempt}).` : log.trimEnd(),
});

import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { defineTool } from "./define-tool.ts";
import { deployedPipeline } from "./deployment-fields.ts";
import { pipelineId } from "./pipeline-fields.ts";

/** More would fill a conversation. */
const MAX_CHARACTERS = 20_000;

export const getServiceLogs = defineTool({
  name: "get_service_logs",
  title: "Service logs",
  toolset: "integration",
  description: "Last log lines of one deployed service, gateway or database.",
  input: z.object({
    service: z.string().describe("Service."),
    pipeline_id: pipelineId,
    tail: z.number().int().min(1).max(2000).default(100).describe("Lines; from the end."),
    since: z.string().optional().describe("30s, 10m, 2h or ISO 8601 time; only what is newer."),
  }),
  output: z.object({ service: z.string(), lines: z.number().int(), truncated: z.boolean(), log: z.string() }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  unlisted: ["since"],
  cli: { command: "logs", arguments: ["service", "pipeline_id"] },
  run: async ({ service, pipeline_id, tail, since }, call) => {
    const { project } = await deployedPipeline(call, pipeline_id);
    const { systemLogs } = await import("../integrator/deployment.ts");
    const from = since === undefined ? {} : { since: unixTime(since) };
    const text = await systemLogs(project, service, { tail, ...from });
    const log = text.slice(-MAX_CHARACTERS);
    return { service, lines: log.split("\n").filter(Boolean).length, truncated: log.length < text.length, log };
  },
  text: ({ log, service }) => (log === "" ? `${service} wrote nothing.` : log.trimEnd()),
});

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds since 1970. Errors: INVALID_INPUT. */
function unixTime(since: string): number {
  const span = /^(\d+)([smhd])$/.exec(since.trim());
  const unit = Object.entries(SECONDS).find(([letter]) => letter === span?.[2])?.[1];
  if (span?.[1] !== undefined && unit !== undefined) return Math.floor(Date.now() / 1000) - Number(span[1]) * unit;
  const time = Date.parse(since);
  if (!Number.isNaN(time)) return Math.floor(time / 1000);
  throw new AppError("INVALID_INPUT", `since: ${since} is neither a span nor a time.`, {
    remedy: "Give 30s, 10m, 2h, 1d, or a time such as 2026-01-31T12:00:00Z.",
  });
}

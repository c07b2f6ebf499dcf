import { z } from "zod";
import { giveBack, reportProgress } from "../pipeline/build-queue/work.ts";
import { claimIdField, costField } from "./builder-fields.ts";
import { defineTool } from "./define-tool.ts";

export const reportBuildProgress = defineTool({
  name: "report_build_progress",
  title: "Report build progress",
  toolset: "builder",
  description: "Keep a claim, saying what you are doing; release gives the task back.",
  input: z.object({
    claim_id: claimIdField,
    doing: z.string().min(1).max(500).describe("Doing; in a sentence."),
    release: z.boolean().default(false).describe("Release; another agent gets the task."),
    turns: z.number().int().min(0).optional().describe("Answers of your model so far, when known."),
    cost: costField,
  }),
  output: z.object({
    held: z.boolean(),
    /** Seconds after which the claim is lost without another report or a changed file; 0 when given back. */
    lease_seconds: z.number(),
    /** Where to work; "" when given back. */
    folder: z.string(),
    service: z.string(),
    next_step: z.string(),
  }),
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["turns", "cost"],
  cli: { command: "report-progress", arguments: ["claim_id", "doing"] },
  run: async ({ claim_id, doing, release, turns, cost }, { ctx }) => {
    if (release) {
      const { service } = giveBack(ctx, claim_id, doing);
      const next_step = `Stop working on ${service}; claim_build_task gives another task.`;
      return { held: false, lease_seconds: 0, folder: "", service, next_step };
    }
    const task = reportProgress(ctx, claim_id, { doing, turns: turns ?? null, cost: cost ?? null });
    return {
      held: true,
      lease_seconds: task.lease_ms / 1000,
      folder: task.briefing.folder,
      service: task.service,
      next_step: "Go on; hand the work in with submit_build_result.",
    };
  },
  text: ({ held, service, lease_seconds, next_step }) =>
    `${held ? `${service} is yours for another ${lease_seconds} s.` : `${service} was given back.`} ${next_step}`,
});

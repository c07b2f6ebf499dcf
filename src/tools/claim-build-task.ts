import { readFileSync } from "node:fs";
import { z } from "zod";
import { randomHex } from "../lib/ids.ts";
import { claimId } from "../pipeline/build-queue/refusal.ts";
import { claimTask, waitingTasks } from "../pipeline/build-queue/work.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineHandle } from "../pipeline/status.ts";
import { waitField } from "./builder-fields.ts";
import { defineTool } from "./define-tool.ts";
import { pipelineId } from "./pipeline-fields.ts";

/** Characters of the task that are answered; all of it lies in task_path. */
const MAX_TASK = 4000;

export const claimBuildTask = defineTool({
  name: "claim_build_task",
  title: "Claim a build task",
  toolset: "builder",
  description:
    "Get a service to build or fix: folder, brief, contracts. Then report_build_progress, in the end submit_build_result.",
  input: z.object({
    pipeline_id: pipelineId,
    service: z.string().optional().describe("Service; this one only."),
    agent: z.string().min(1).max(80).optional().describe("Your name; shown to others."),
    wait_seconds: waitField("for a task"),
  }),
  output: z.object({
    claimed: z.boolean(),
    /** Names the claim in report_build_progress and submit_build_result; "" without a task, like all below. */
    claim_id: z.string(),
    folder: z.string(),
    pipeline_id: z.string(),
    agent: z.string(),
    service: z.string(),
    attempt: z.number().int(),
    kind: z.enum(["build", "fix", "none"]),
    /** What is to be done; begins the file at task_path. */
    task: z.string(),
    task_path: z.string(),
    brief_path: z.string(),
    /** Read-only files below folder. */
    contracts: z.array(z.string()),
    /** A claim without a report or a changed file for so long is lost. */
    lease_seconds: z.number(),
    /** Tasks that wait for other agents. */
    waiting: z.number().int(),
    next_step: z.string(),
  }),
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  unlisted: ["service"],
  cli: { command: "claim", arguments: ["pipeline_id"] },
  run: async ({ pipeline_id, service, agent: name, wait_seconds }, { ctx, signal, progress }) => {
    const id = pickPipeline(ctx.db, pipeline_id);
    const agent = name ?? `agent-${randomHex(3)}`;
    const task = await claimTask(ctx, id, {
      agent,
      service,
      timeoutMs: wait_seconds * 1000,
      signal,
      onWait: () => progress(`no task yet in ${id}`, 0, 0),
    });
    const waiting = waitingTasks(ctx.db, id);
    if (task === undefined) {
      const { status, next_step } = pipelineHandle(ctx.db, id);
      const later =
        status === "running"
          ? "Nothing to claim now: call it again with wait_seconds, more may come (fixes)."
          : next_step;
      return { ...NOTHING, pipeline_id: id, agent, waiting, next_step: later };
    }
    const { briefing, lease_ms, attempt } = task;
    const { kind, folder, brief_path, task_path, contracts } = briefing;
    const claim_id = claimId(task);
    return {
      claimed: true,
      claim_id,
      folder,
      pipeline_id: id,
      agent,
      service: task.service,
      attempt,
      kind,
      task: textOf(task_path).slice(0, MAX_TASK),
      task_path,
      brief_path,
      contracts,
      lease_seconds: lease_ms / 1000,
      waiting,
      next_step:
        `Read ${brief_path}, work in ${folder} only, never edit contracts/. Call report_build_progress at least every ` +
        `${Math.ceil(lease_ms / 2000)} s, then submit_build_result with claim_id ${claim_id} and wait_seconds.`,
    };
  },
  text: ({ claimed, task, claim_id, next_step }) =>
    [...(claimed ? [`Claim ${claim_id}`, task.trimEnd()] : []), `Next: ${next_step}`].join("\n"),
  exitCode: ({ claimed }) => (claimed ? 0 : 1),
});

const NOTHING = {
  claimed: false,
  claim_id: "",
  folder: "",
  service: "",
  attempt: 0,
  kind: "none" as const,
  task: "",
  task_path: "",
  brief_path: "",
  contracts: [],
  lease_seconds: 0,
};

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

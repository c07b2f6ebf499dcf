import { z } from "zod";
import { PipelineStatus } from "../model/status.ts";
import { waitForPipeline } from "../pipeline/control.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineStatus } from "../pipeline/status.ts";
import { defineTool } from "./define-tool.ts";
import { exitCodeOf, pipelineId, statusText } from "./pipeline-fields.ts";

/** Characters of one builder's error. */
const MAX_ERROR = 300;

export const getPipelineStatus = defineTool({
  name: "get_pipeline_status",
  title: "Pipeline status",
  toolset: "pipeline",
  description:
    "State, builders, gate, cost and next_step of a pipeline. With wait_seconds it answers when the pipeline ends or needs you: use that, do not poll.",
  input: z.object({
    pipeline_id: pipelineId,
    wait_seconds: z
      .number()
      .min(0)
      .max(3600)
      .default(0)
      .describe("Wait seconds; up to this long for it to end or to need you."),
  }),
  output: PipelineStatus,
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  cli: { command: "status", arguments: ["pipeline_id"] },
  run: async ({ pipeline_id, wait_seconds }, { ctx, signal, progress, tell }) => {
    let told = "";
    const id = pickPipeline(ctx.db, pipeline_id);
    await waitForPipeline(ctx.db, id, {
      timeoutMs: wait_seconds * 1000,
      signal,
      onChange: () => {
        const { state, builders, phases } = pipelineStatus(ctx.db, id);
        const built = builders.filter(({ status }) => status === "succeeded" || status === "failed").length;
        const detail = state === "builders_running" ? `, ${built} of ${builders.length} services built` : "";
        if (state !== told) tell?.("info", `${id} is in ${state}`);
        told = state;
        progress(`${state}${detail}`, phases.filter(({ status }) => status === "done").length, phases.length);
      },
    });
    const status = pipelineStatus(ctx.db, id);
    const builders = status.builders.map((builder) => ({ ...builder, error: shortened(builder.error) }));
    return { ...status, builders };
  },
  text: statusText,
  exitCode: exitCodeOf,
});

/** A builder's error can be a whole log; its report has all of it. */
function shortened(error: string): string {
  return error.length > MAX_ERROR ? `${error.slice(0, MAX_ERROR)}…` : error;
}

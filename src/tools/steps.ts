import { AppError } from "../lib/errors.ts";
import { PIPELINE_STATES, type PipelineStateName } from "../model/pipeline.ts";
import type { PipelineHandle } from "../model/status.ts";
import { resumePipeline } from "../pipeline/control.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineHandle } from "../pipeline/status.ts";
import { pipelineOf } from "../pipeline/store.ts";
import type { ToolCall } from "./define-tool.ts";

/** What every step of a pipeline does to the world. */
export const stepHints = { readOnly: false, destructive: false, idempotent: false, openWorld: true };

/**
 * Let a pipeline go on until just before `pause_at`. Errors: WRONG_STATE when it has not come to `from` yet, or is past
 * the step already.
 */
export async function goOn(
  { ctx }: ToolCall,
  request: {
    pipeline_id?: string | undefined;
    step: string;
    from: PipelineStateName;
    pause_at: PipelineStateName | null;
    only_services?: string[] | undefined;
  },
): Promise<PipelineHandle> {
  const id = pickPipeline(ctx.db, request.pipeline_id);
  const { state } = pipelineOf(ctx.db, id);
  const at = (name: PipelineStateName) => PIPELINE_STATES.indexOf(name);
  const wrong = (message: string) =>
    new AppError("WRONG_STATE", message, { remedy: pipelineHandle(ctx.db, id).next_step });
  if (at(state) < at(request.from)) throw wrong(`Pipeline ${id} is in state ${state}; ${request.step} comes later.`);
  if (request.pause_at !== null && at(state) >= at(request.pause_at))
    throw wrong(`Pipeline ${id} is in state ${state}; ${request.step} is done.`);
  const only_services = request.only_services?.length ? request.only_services : null;
  await resumePipeline(ctx, id, { limits: { pause_at: request.pause_at, only_services } });
  return pipelineHandle(ctx.db, id);
}

import { z } from "zod";
import { PipelineHandle, PipelineStatus } from "../model/status.ts";
import type { AnyTool, ToolCall } from "../tools/define-tool.ts";
import { hasColors, type TerminalIo } from "./io.ts";
import { renderSummary, watchPipeline } from "./live-view.ts";

/** How a command looks at the pipeline it started, and stops it. */
export interface PipelineAccess {
  read(ctx: ToolCall["ctx"], id: string): PipelineStatus;
  interrupt(ctx: ToolCall["ctx"], id: string, reason: string): Promise<void>;
}

/**
 * The command of a tool that starts a pipeline: it stays and shows how the pipeline gets on until nobody drives it any
 * more, and Ctrl-C interrupts the pipeline so that it can be resumed. With --detach it is the tool alone.
 */
export function followed(tool: AnyTool, io: TerminalIo, access: PipelineAccess): AnyTool {
  return {
    ...tool,
    input: tool.input.extend({
      detach: z.boolean().default(false).describe("Return at once; the pipeline goes on by itself."),
    }),
    // A whole status once it has followed, the tool's own answer otherwise.
    output: z.looseObject({}),
    run: async ({ detach, ...input }, call) => {
      const output = await tool.run(input, call);
      const started = PipelineHandle.safeParse(output);
      return detach || !started.success ? output : follow(started.data.pipeline_id, io, access, call);
    },
    exitCode: (output) => tool.exitCode?.(output) ?? 0,
    text: (output) => {
      const status = PipelineStatus.safeParse(output);
      return status.success ? renderSummary(status.data, hasColors(io.stdout, io.env)) : tool.text(output);
    },
  };
}

async function follow(id: string, { stderr, env }: TerminalIo, access: PipelineAccess, { ctx, signal }: ToolCall) {
  const status = await watchPipeline({ read: () => access.read(ctx, id), stream: stderr, env, signal });
  if (!signal.aborted || status.status !== "running") return status;
  await access.interrupt(ctx, id, "Stopped from the terminal.");
  return access.read(ctx, id);
}

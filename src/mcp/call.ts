import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { AppError, ERROR_CODES, toAppError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { interrupted, runOperation } from "../lib/operation.ts";
import type { AnyTool, ToolCall, ToolsetSwitch } from "../tools/define-tool.ts";

export interface CallEnvironment {
  /** Gives the context; may fail (a damaged database), which is then this call's error. */
  context: () => Promise<ToolCall["ctx"]>;
  signal: AbortSignal;
  progress: ToolCall["progress"];
  toolsets: ToolsetSwitch;
  log: Log;
}

/** Run one tool call to its result. Never throws: whatever goes wrong is the call's own `isError` result. */
export async function callTool(tool: AnyTool, given: unknown, environment: CallEnvironment): Promise<CallToolResult> {
  const { context, signal, progress, toolsets, log } = environment;
  try {
    const output = await runOperation(tool, given, async () => ({
      ctx: await context(),
      signal,
      progress,
      toolsets,
    }));
    return { content: [{ type: "text", text: tool.text(output) }], structuredContent: output };
  } catch (thrown) {
    const stopped = signal.aborted && !(thrown instanceof AppError);
    const error = stopped ? interrupted(tool.name, thrown) : toAppError(thrown);
    if (error.code === "INTERNAL") log.error({ err: error.cause ?? error, tool: tool.name }, "tool call failed");
    else log.debug({ tool: tool.name, code: error.code }, error.message);
    return errorResult(error);
  }
}

/** An error as a model and a program can both read it. No structuredContent: that has to fit the output schema. */
export function errorResult({ code, message, remedy, details }: AppError): CallToolResult {
  const extra = Object.keys(details).length > 0 ? { details } : {};
  const error = { code, message, remedy, retryable: ERROR_CODES[code].retryable, ...extra };
  return { isError: true, content: [{ type: "text", text: JSON.stringify({ error }, null, 2) }] };
}

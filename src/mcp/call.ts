import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { AppError, ERROR_CODES, toAppError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { interrupted, runOperation } from "../lib/operation.ts";
import type { AnyTool, ToolCall } from "../tools/define-tool.ts";
import { assertConfined } from "./confinement.ts";

export interface CallEnvironment extends Omit<ToolCall, "ctx"> {
  /** Gives the context; may fail (a damaged database), which is then this call's error. */
  context: () => Promise<ToolCall["ctx"]>;
  /** Folders that arguments may name besides the workspace; undefined when any may be. */
  folders: () => Promise<readonly string[] | undefined>;
  log: Log;
}

/** Run one tool call to its result. Never throws: whatever goes wrong is the call's own `isError` result. */
export async function callTool(tool: AnyTool, given: unknown, environment: CallEnvironment): Promise<CallToolResult> {
  const { context, folders, log, ...call } = environment;
  const { signal, tell } = call;
  const began = performance.now();
  const confined: AnyTool = {
    ...tool,
    run: async (input, inner) => {
      const allowed = tool.paths === undefined ? undefined : await folders();
      if (allowed !== undefined) assertConfined(tool, input, { workspace: inner.ctx.workspace, folders: allowed });
      return tool.run(input, inner);
    },
  };
  try {
    const output = await runOperation(confined, given, async () => ({ ...call, ctx: await context() }));
    tell?.("debug", `${tool.name} took ${Math.round(performance.now() - began)} ms`);
    return { content: [{ type: "text", text: tool.text(output) }], structuredContent: output };
  } catch (thrown) {
    const stopped = signal.aborted && !(thrown instanceof AppError);
    const error = stopped ? interrupted(tool.name, thrown) : toAppError(thrown);
    if (error.code === "INTERNAL") log.error({ err: error.cause ?? error, tool: tool.name }, "tool call failed");
    else log.debug({ tool: tool.name, code: error.code }, error.message);
    tell?.(error.code === "INTERNAL" ? "error" : "info", `${tool.name}: ${error.code}: ${error.message}`);
    return errorResult(error);
  }
}

/** An error as a model and a program can both read it. No structuredContent: that has to fit the output schema. */
export function errorResult({ code, message, remedy, details }: AppError): CallToolResult {
  const extra = Object.keys(details).length > 0 ? { details } : {};
  const words = { message: clipped(message), remedy: clipped(remedy) };
  const error = { code, ...words, retryable: ERROR_CODES[code].retryable, ...extra };
  return { isError: true, content: [{ type: "text", text: JSON.stringify({ error }, null, 2) }] };
}

/** What was given comes back in messages; a huge argument must not fill the model's context. */
const MAX_WORDS = 4000;

function clipped(text: string): string {
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
}

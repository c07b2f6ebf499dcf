import type { z } from "zod";
import type { Context } from "../context.ts";

export const TOOLSETS = [
  "pipeline",
  "quality",
  "integration",
  "architect",
  "contracts",
  "codebase",
  "builder",
] as const;
export type Toolset = (typeof TOOLSETS)[number];

/** What a server offers unless it is told otherwise: every tool costs each client tokens. */
export const DEFAULT_TOOLSETS: readonly Toolset[] = ["pipeline", "quality"];

/** What a running call may use beside its input. */
export interface ToolCall {
  ctx: Context;
  /** Aborted when the client cancels or the process is asked to stop. */
  signal: AbortSignal;
  /** Tell a waiting caller how far it is; `total` 0 when unknown. */
  progress(message: string, done: number, total: number): void;
  /** What this connection lists; absent where there is no connection, as on the command line. */
  toolsets?: ToolsetSwitch;
  /** Ask the person at the other end; absent where nobody can be asked: the tool's arguments are the other way. */
  ask?: Ask;
  /** Tell whoever listens to the log of this connection, in one sentence; absent where there is no connection. */
  tell?(level: "debug" | "info" | "notice" | "warning" | "error", message: string): void;
}

/** Show a flat form of texts, numbers, switches and choices, and give what was filled in, checked. Errors: INVALID_INPUT. */
export type Ask = <Form extends z.ZodObject>(message: string, form: Form) => Promise<Asked<z.output<Form>>>;

export type Asked<Content> = { action: "accept"; content: Content } | { action: "decline" | "cancel" };

export interface ToolsetSwitch {
  enabled(): Toolset[];
  /** List a toolset from now on and tell the client; gives the names of its tools, none when this server has none. */
  enable(toolset: Toolset): Promise<string[]>;
}

/** One operation, served as an MCP tool and as a command, and documented from the same text. */
export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  /** snake_case; `mcp__plugin_<plugin>_<server>__<name>` must stay within 64 characters. */
  name: string;
  title: string;
  toolset: Toolset;
  /** At most 160 characters, the vital part first: what it does, when to use it. */
  description: string;
  /**
   * Flat, so that flags stay mechanical; every field described. Clients list the first clause of a description, up to a
   * semicolon or full stop; documentation and help have all of it.
   */
  input: Input;
  /** Inputs that `tools/list` leaves out: second names, and what is seldom asked for. They are accepted all the same. */
  unlisted?: (keyof z.infer<Input> & string)[];
  /**
   * Inputs that name files or folders (in lists also as `name=file`), relative to the workspace: where a client is
   * confined to its folders, they must lie in them.
   */
  paths?: (keyof z.infer<Input> & string)[];
  /** Everything the caller needs is in it, the next step included. */
  output: Output;
  hints: { readOnly: boolean; destructive: boolean; idempotent: boolean; openWorld: boolean };
  /** The command of the same operation: its name and which inputs are arguments instead of options. */
  cli: { command: string; arguments: (keyof z.infer<Input> & string)[] };
  run(input: z.output<Input>, call: ToolCall): Promise<z.output<Output>>;
  /** The human rendering, shared by both surfaces. */
  text(output: z.output<Output>): string;
  /** Exit code of the command; 0 when absent. */
  exitCode?(output: z.output<Output>): number;
}

/** Any tool, for surfaces that render all of them alike: they pass parsed input and get output that fits the schema. */
export type AnyTool = ToolDefinition<z.ZodObject, z.ZodObject>;

/** Define a tool; the result is what surfaces list. The schemas tie `run`, `text` and `exitCode` together. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: ToolDefinition<Input, Output>,
): AnyTool {
  return tool as unknown as AnyTool;
}

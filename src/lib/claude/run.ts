import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../errors.ts";
import { type Exit, runToEnd, type Spawn, tailOf } from "../exec.ts";
import { followLines } from "../follow-file.ts";
import { type ClaudeResult, resultIn } from "./result.ts";

export interface ClaudeRun {
  /** The program: a name on PATH or a path. */
  command: string;
  /** What it is for, for people and process lists. */
  purpose: string;
  prompt: string;
  system_prompt: string;
  /** The answer has to fit this JSON Schema. */
  schema: Record<string, unknown>;
  session: { start: string } | { resume: string };
  /** "" for its own default. */
  model: string;
  /** USD; checked by claude after each answer of the model. */
  max_cost: number;
  env: Record<string, string>;
  /** Absolute; without `agent` it works here too, and sees no file: it has no tools. */
  log_dir: string;
  /** Begins the names of the prompt, the messages and the log. */
  log_name: string;
  spawn: Spawn;
  signal: AbortSignal;
  /** It works with tools in a folder; left out: it has none and sees no file. */
  agent?: ClaudeAgent;
  /** Told each message as it comes: one parsed line of its stream. */
  onMessage?: (message: unknown) => void;
}

/** How a `claude` with tools is set up. Of the settings on this machine it reads the user's only. */
export interface ClaudeAgent {
  /** Absolute; it may edit below it. */
  folder: string;
  permission_mode: string;
  allowed_tools: string[];
  /** Absolute path of a settings file: permissions and hooks. */
  settings: string;
  /** Absolute path of a file that names the MCP servers it may use; it gets no others. */
  mcp_config: string;
}

/** More than any answer: the last message holds the whole result. */
const MAX_OUTPUT_BYTES = 32_000_000;
/** Time limits come in by the signal; this is the longest a timer can wait. */
const NEVER_MS = 2 ** 31 - 1;

export interface ClaudeEnd {
  result: ClaudeResult | undefined;
  /** USD; null when it was ended in the middle and nobody knows. */
  cost: number | null;
  /** Why there is no result: the signal's reason, or an AppError ENVIRONMENT. */
  failure: unknown;
  /** What it said, message by message. */
  messages: string;
}

/**
 * Ask a headless `claude` that, without `agent`, may not use any tool and reads none of the project's settings, servers or
 * instructions. However it ends, this tells what it cost. Errors: ENVIRONMENT when it cannot be started.
 */
export async function runClaude(run: ClaudeRun): Promise<ClaudeEnd> {
  const file = (ending: string) => join(run.log_dir, `${run.log_name}.${ending}`);
  const [promptFile, messages, logFile] = [file("prompt.md"), file("messages.jsonl"), file("log")];
  const { command, purpose, env, spawn, signal } = run;
  if (signal.aborted) return { result: undefined, cost: 0, failure: signal.reason, messages };
  writeFileSync(promptFile, run.prompt);
  // An earlier run of the same name may have been cut short by a crash: what it said is not this one's.
  const sizeOf = () => statSync(messages, { throwIfNoEntry: false })?.size ?? 0;
  const offset = sizeOf();
  const unfollow = run.onMessage === undefined ? () => {} : followLines(messages, tellParsed(run.onMessage), offset);
  const spec = {
    purpose,
    command,
    args: argumentsOf(run),
    cwd: run.agent?.folder ?? run.log_dir,
    env,
    logFile,
    outputFile: messages,
    inputFile: promptFile,
  };
  const exit = await runToEnd(spawn, spec, { timeoutMs: NEVER_MS, signal }).finally(unfollow);
  const output = tailOf(messages, Math.min(MAX_OUTPUT_BYTES, sizeOf() - offset));
  const result = resultIn(output);
  if (result && !signal.aborted) return { result, cost: result.total_cost_usd, failure: undefined, messages };
  // It introduces itself before it asks anything.
  const cost = result?.total_cost_usd ?? (output.trim() === "" ? 0 : null);
  const failure: unknown = signal.aborted
    ? signal.reason
    : endedEarly(command, exit, tailOf(logFile, 400).trim(), messages);
  return { result: undefined, cost, failure, messages };
}

function tellParsed(tell: (message: unknown) => void): (line: string) => void {
  return (line) => {
    try {
      tell(JSON.parse(line));
    } catch {
      // half a line, or somebody else's output
    }
  };
}

function endedEarly(command: string, exit: Exit, log: string, messages: string): AppError {
  if (exit.code === 127 || exit.code === 126)
    return new AppError("ENVIRONMENT", `${command} could not be started: ${log}`, {
      remedy:
        "Install Claude Code (npm i -g @anthropic-ai/claude-code) so that claude is on PATH, or pick another backend.",
    });
  const end = exit.signal ? `was ended by ${exit.signal}` : `ended with status ${exit.code}`;
  return new AppError("ENVIRONMENT", `claude ${end} without a result${log ? `: ${log}` : "."}`, {
    remedy: `Resume to try again; ${messages} says how far it came. Where an option is unknown, claude update helps.`,
  });
}

function argumentsOf({ schema, session, model, max_cost, system_prompt, agent }: ClaudeRun): string[] {
  return [
    "--print",
    ...["--output-format", "stream-json", "--verbose"],
    ...["--json-schema", JSON.stringify(schema)],
    ...["--max-budget-usd", max_cost.toFixed(4)],
    ...(agent === undefined
      ? ["--system-prompt", system_prompt, "--tools", "", "--permission-mode", "dontAsk", "--safe-mode"]
      : agentArguments(agent, system_prompt)),
    "--strict-mcp-config",
    // The user's own settings may hold what leads to the account (apiKeyHelper); the project's are not ours to trust.
    ...["--setting-sources", "user"],
    ...("start" in session ? ["--session-id", session.start] : ["--resume", session.resume]),
    ...(model === "" ? [] : ["--model", model]),
  ];
}

function agentArguments(agent: ClaudeAgent, system_prompt: string): string[] {
  return [
    ...["--append-system-prompt", system_prompt],
    ...["--permission-mode", agent.permission_mode],
    ...["--settings", agent.settings],
    ...["--mcp-config", agent.mcp_config],
    ...(agent.allowed_tools.length === 0 ? [] : ["--allowed-tools", agent.allowed_tools.join(",")]),
  ];
}

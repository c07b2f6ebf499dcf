import type { Command } from "commander";
import { runOperation } from "../lib/operation.ts";
import type { AnyTool, ToolCall } from "../tools/define-tool.ts";
import type { TerminalIo } from "./io.ts";
import { addFields, type Spelling } from "./options.ts";
import { runAndPrint } from "./run.ts";

/** Options that every command has. */
export interface GlobalOptions {
  json: boolean;
  verbose: boolean;
  /** Project folder; the current one when left out. */
  workspace?: string;
}

/** Add the options that every command has; options added to the program beside them reach tools by their field names. */
export function addGlobalOptions(program: Command): Command {
  return program
    .option("--json", "Print the answer, or the error, as one JSON document on standard output.")
    .option("-w, --workspace <folder>", "Project folder, where .super-orchestrator/ is (default: the current one).")
    .option("-v, --verbose", "Say more on standard error.")
    .configureHelp({ showGlobalOptions: true });
}

/** The global options as given before or after a command's name. */
export function globalsOf(command: Command): GlobalOptions {
  const { json, verbose, workspace } = command.optsWithGlobals();
  return {
    json: json === true,
    verbose: verbose === true,
    ...(typeof workspace === "string" ? { workspace } : {}),
  };
}

/** Builds a command's context from its global options. It is closed when the command has ended. */
export type ContextMaker = (globals: GlobalOptions) => ToolCall["ctx"] | Promise<ToolCall["ctx"]>;

/**
 * Add the command of a tool: `tool.cli.arguments` as arguments, every other input as an option. A command with a space
 * ("contracts list") goes into that group. Gives the command, for aliases and examples.
 */
export function addToolCommand(
  program: Command,
  tool: AnyTool,
  makeContext: ContextMaker,
  io: TerminalIo,
  spelling: Spelling = {},
): Command {
  const command = commandAt(program, tool.cli.command).summary(tool.title).description(tool.description);
  const fields = addFields(command, tool.input, tool.cli.arguments, spelling);
  return command.action(async () => {
    const globals = globalsOf(command);
    const given = fields.read(command.processedArgs, command.optsWithGlobals());
    await runAndPrint(io, nameOf(command), globals, async (run) => {
      let ctx: ToolCall["ctx"] | undefined;
      try {
        const makeCall = async () => {
          ctx = await makeContext(globals);
          return { ctx, ...run };
        };
        const data = await runOperation(tool, given, makeCall, { name: nameOf(command), field: fields.spell });
        return { data, text: tool.text(data), exit: tool.exitCode?.(data) ?? 0 };
      } finally {
        await ctx?.close();
      }
    });
  });
}

/** As it is typed: "super-orchestrator scan". */
function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

function commandAt(program: Command, path: string): Command {
  const names = path.split(" ");
  const last = names.pop() ?? path;
  const group = names.reduce<Command>(
    (above, name) => above.commands.find((child) => child.name() === name) ?? above.command(name),
    program,
  );
  return group.command(last);
}

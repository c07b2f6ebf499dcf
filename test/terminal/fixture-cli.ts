import { Command } from "commander";
import { addGlobalOptions, addToolCommand } from "../../src/terminal/commands.ts";
import { processIo } from "../../src/terminal/io.ts";
import { runProgram } from "../../src/terminal/run.ts";
import type { ToolCall } from "../../src/tools/define-tool.ts";
import { FIXTURE_TOOLS } from "../mcp/fixture-tools.ts";

const io = processIo();
const program = addGlobalOptions(new Command("fixture"));
for (const tool of FIXTURE_TOOLS)
  addToolCommand(
    program,
    tool,
    // The fixture tools use nothing of the context.
    () => ({ close: () => void process.stderr.write("closed-context\n") }) as ToolCall["ctx"],
    io,
  );
await runProgram(program, process.argv.slice(2), io);

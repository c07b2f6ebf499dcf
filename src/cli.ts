#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { type Context, createContext } from "./context.ts";
import { createLog } from "./lib/log.ts";
import { interruptPipeline } from "./pipeline/control.ts";
import { pipelineStatus } from "./pipeline/status.ts";
import { addGlobalOptions, addToolCommand, type GlobalOptions, globalsOf } from "./terminal/commands.ts";
import { followed } from "./terminal/follow.ts";
import { processIo } from "./terminal/io.ts";
import { runAndPrint, runProgram } from "./terminal/run.ts";
import { COMMANDS } from "./tools/commands.ts";
import { DEFAULT_TOOLSETS } from "./tools/define-tool.ts";

const io = processIo();

function contextOf({ workspace, verbose }: GlobalOptions, level = verbose ? "debug" : "warn"): Context {
  const log = createLog({ name: "super-orchestrator", level });
  return createContext({ workspace: workspace ?? process.cwd(), log, cliEntry: fileURLToPath(import.meta.url) });
}

const program = addGlobalOptions(new Command("super-orchestrator"))
  .description(packageJson.description)
  .version(packageJson.version)
  .option("-c, --config <path>", "Configuration file (default: .super-orchestrator/config.yaml in the project folder).")
  .option("--depth <depth>", "How much is checked and retried: quick, standard, thorough, exhaustive.")
  .addHelpText(
    "after",
    "\nExit codes: 0 done, 1 the work found problems, 2 it could not run, 130 interrupted.\nDocumentation: docs/tools.md, docs/config.md, docs/codes.md",
  );

const access = {
  read: (ctx: Context, id: string) => pipelineStatus(ctx.db, id),
  interrupt: (ctx: Context, id: string, reason: string) => interruptPipeline(ctx, id, reason),
};
for (const { tool, follows, spelling } of COMMANDS)
  addToolCommand(program, follows ? followed(tool, io, access) : tool, contextOf, io, spelling);

program
  .command("serve")
  .summary("Serve MCP")
  .description(
    "Serve the tools over MCP on standard input and output (the same as dist/server.js), or over HTTP: Streamable HTTP at /mcp, legacy SSE at /sse, /health. HTTP asks for a bearer token: the one in SUPER_ORCHESTRATOR_HTTP_TOKEN, else the one in .super-orchestrator/http-token, which is made and shown at the first start.",
  )
  .option("--toolsets <names>", "Toolsets to serve, separated by commas, or all.", DEFAULT_TOOLSETS.join(","))
  .option("--read-only", "Serve only tools that change nothing.")
  .option("--http", "Serve over HTTP instead.")
  .option("--port <number>", "Port for --http (default: 7337); 0 takes a free one.")
  .option("--host <address>", "Address for --http (default: 127.0.0.1).")
  .option("--allow-host <names...>", "Further names under which the server may be addressed.")
  .option("--allow-origin <origins...>", "Origins of web pages that may call, besides loopback.")
  .option(
    "--allow-path <folders...>",
    "Further folders that arguments may name, over HTTP or when the client has roots.",
  )
  .option("--issuer <url>", "Over HTTP, take the OAuth access tokens of this authorization server.")
  .option("--resource <url>", "URL by which clients know /mcp: the audience of those tokens.")
  .option("--scope <names...>", "What those tokens must grant.")
  .action(async (options: HttpFlags, command: Command) => {
    const { serve } = await import("./server.ts");
    const { workspace, verbose } = globalsOf(command);
    const { readOnly, allowHost, allowOrigin, allowPath, ...rest } = options;
    await serve({
      workspace,
      verbose,
      ...rest,
      read_only: readOnly,
      allow_host: allowHost,
      allow_origin: allowOrigin,
      allow_path: allowPath,
    });
  });

interface HttpFlags {
  toolsets: string;
  readOnly?: boolean;
  http?: boolean;
  port?: string;
  host?: string;
  allowHost?: string[];
  allowOrigin?: string[];
  allowPath?: string[];
  issuer?: string;
  resource?: string;
  scope?: string[];
}

// What run, resume and review start: a process of its own that outlives them.
program
  .command("drive <pipeline_id>", { hidden: true })
  .description("Drive a pipeline until it ends or has to wait.")
  .action(async (id: string, _options: object, command: Command) => {
    const context = contextOf(globalsOf(command), "info");
    await runAndPrint(io, "drive", globalsOf(command), async ({ signal }) => {
      try {
        const { drivePipeline } = await import("./pipeline/driver.ts");
        const state = await drivePipeline({ ...context, db: context.db, signal }, id);
        const peak_mib = Math.round(process.resourceUsage().maxRSS / 1024);
        context.log.info({ pipeline: id, state, peak_mib }, "driver ends");
        return { data: { state }, text: "" };
      } finally {
        await context.close();
      }
    });
  });

await runProgram(program, process.argv.slice(2), io);

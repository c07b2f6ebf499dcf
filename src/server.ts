import { realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import packageJson from "../package.json" with { type: "json" };
import { type Context, createContext } from "./context.ts";
import { AppError, toAppError } from "./lib/errors.ts";
import { createLog } from "./lib/log.ts";
import { nearest } from "./lib/nearest.ts";
import type { ClientPeer } from "./mcp/client-peer.ts";
import { createMcpServer, type McpServerOptions } from "./mcp/server.ts";
import { serveStdio } from "./mcp/stdio.ts";
import { DEFAULT_TOOLSETS, TOOLSETS, type Toolset } from "./tools/define-tool.ts";
import { TOOLS } from "./tools/index.ts";
import { PROMPTS } from "./tools/prompts/index.ts";
import { RESOURCES } from "./tools/resources/index.ts";

const INSTRUCTIONS = `super-orchestrator takes a PRD to a working, verified multi-service system.
- Build a PRD: run_pipeline, then get_pipeline_status with wait_seconds until it ends or needs you; review_architecture when it waits for a review. Every answer has next_step: follow it.
- In the middle of a build: scan_security or run_quality_gate with the path of your folder; both only read.
- A pipeline lives in the project folder and survives this server: list_pipelines finds it again, resume_pipeline goes on after a crash, cancel_pipeline stops it with everything it started.
- More tools, on demand: enable_toolset with contracts, codebase, integration, architect or builder.
- In every tool: pipeline_id is the newest pipeline when left out; path is relative to the project folder; limit and cursor (the next_cursor of the answer before) page through lists. The resource orchestrator://tools/{tool} has all arguments of a tool, with limits and defaults.
- A verdict of skipped or partial is not a pass: its reason says what could not run.`;

const READ_ONLY = "- This server was started with --read-only: tools that change anything are not served.";

export interface ServeOptions {
  /** Project folder; default: CLAUDE_PROJECT_DIR, else (on standard input) the client's first root, else the current folder. */
  workspace?: string | undefined;
  /** Comma-separated toolsets, or "all"; `DEFAULT_TOOLSETS` when left out. */
  toolsets?: string | undefined;
  /** Serve only tools that change nothing. */
  read_only?: boolean | undefined;
  verbose?: boolean | undefined;
  /** Over HTTP instead of standard input and output. */
  http?: boolean | undefined;
  port?: string | undefined;
  host?: string | undefined;
  allow_host?: string[] | undefined;
  allow_origin?: string[] | undefined;
  /** Further folders that arguments may name where a client is confined: over HTTP, or by its own roots. */
  allow_path?: string[] | undefined;
  /** Over HTTP: the authorization server whose access tokens are taken instead of the token file's. */
  issuer?: string | undefined;
  /** The URL by which clients know `/mcp`: the audience of those tokens; the address it listens on when left out. */
  resource?: string | undefined;
  /** What a token must grant. */
  scope?: string[] | undefined;
}

/** Where `serve --http` listens unless it is told otherwise. */
export const HTTP_HOST = "127.0.0.1";
export const HTTP_PORT = 7337;
/** Holds the bearer token instead of the file in the project's state folder. */
export const TOKEN_VARIABLE = "SUPER_ORCHESTRATOR_HTTP_TOKEN";

/**
 * Serve the tools over MCP, on standard input and output or over HTTP. Errors: INVALID_INPUT for an unknown toolset or a
 * port that is none, those of `serveHttp`.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const toolsets = toolsetsOf(options.toolsets ?? DEFAULT_TOOLSETS.join(","));
  const tools = options.read_only ? TOOLS.filter(({ hints }) => hints.readOnly) : TOOLS;
  const log = createLog({ name: "super-orchestrator", level: options.verbose ? "debug" : "warn" });
  const entry = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./cli.ts" : "./cli.js", import.meta.url));
  const named = options.workspace ?? (process.env.CLAUDE_PROJECT_DIR || undefined);
  const further = (options.allow_path ?? []).map((path) => resolve(path));
  let context: Context | undefined;
  const contextAt = (workspace: string) => {
    context ??= createContext({ workspace, log, cliEntry: entry });
    return context;
  };
  const { version } = packageJson;
  const makeServer = (connection: Pick<McpServerOptions, "makeContext" | "folders">) =>
    createMcpServer({
      tools,
      toolsets,
      resources: RESOURCES,
      prompts: PROMPTS,
      version,
      instructions: options.read_only ? `${INSTRUCTIONS}\n${READ_ONLY}` : INSTRUCTIONS,
      log,
      ...connection,
    });
  const cleanup = () => context?.close();
  if (!options.http) {
    // One client on this machine: it may name its folders, and says with them where it works and what may be read.
    const server = makeServer({
      makeContext: async (client) => contextAt(named ?? (await firstFolder(client)) ?? process.cwd()),
      folders: async (client, request) => {
        const roots = await client.roots(request);
        return roots && [...roots, ...further];
      },
    });
    return serveStdio(server, { log, cleanup });
  }
  const { serveHttp } = await import("./mcp/http/serve.ts");
  const { makeStateDir } = await import("./pipeline/paths.ts");
  const { workspace } = contextAt(named ?? process.cwd());
  await serveHttp({
    // Clients may be anywhere: their roots mean nothing here, and the project is all they get.
    makeServer: () => makeServer({ makeContext: () => contextAt(workspace), folders: async () => further }),
    host: options.host ?? HTTP_HOST,
    port: portOf(options.port),
    hosts: options.allow_host ?? [],
    origins: options.allow_origin ?? [],
    token: process.env[TOKEN_VARIABLE] || undefined,
    oauth:
      options.issuer === undefined
        ? undefined
        : { issuer: options.issuer, resource: options.resource, scopes: options.scope ?? [] },
    token_file: join(makeStateDir(workspace), "http-token"),
    version,
    log,
    cleanup,
  });
}

/** Where a client that names its folders works: the first that is there. */
async function firstFolder(client: ClientPeer): Promise<string | undefined> {
  return (await client.roots())?.find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
}

function portOf(text: string | undefined): number {
  const port = text === undefined ? HTTP_PORT : Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536 && text !== "") return port;
  throw new AppError("INVALID_INPUT", `${text} is no port.`, { remedy: "Give a number from 0 (a free one) to 65535." });
}

function toolsetsOf(names: string): readonly Toolset[] {
  if (names === "all") return TOOLSETS;
  const wanted = names.split(",").map((name) => name.trim());
  const unknown = wanted.find((name) => !TOOLSETS.some((toolset) => toolset === name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, TOOLSETS);
    throw new AppError("INVALID_INPUT", `There is no toolset ${unknown}${meant ? `; did you mean ${meant}` : ""}.`, {
      remedy: `Toolsets: ${TOOLSETS.join(", ")}, or all.`,
    });
  }
  return TOOLSETS.filter((toolset) => wanted.includes(toolset));
}

/** `node dist/server.js [--workspace DIR] [--toolsets a,b|all] [--read-only] [--verbose] [--http …]`: the options of `serve`. */
async function main(): Promise<void> {
  try {
    const { values } = parseArgs({
      options: {
        workspace: { type: "string" },
        toolsets: { type: "string" },
        "read-only": { type: "boolean" },
        verbose: { type: "boolean" },
        http: { type: "boolean" },
        port: { type: "string" },
        host: { type: "string" },
        "allow-host": { type: "string", multiple: true },
        "allow-origin": { type: "string", multiple: true },
        "allow-path": { type: "string", multiple: true },
        issuer: { type: "string" },
        resource: { type: "string" },
        scope: { type: "string", multiple: true },
      },
    });
    await serve({
      ...values,
      read_only: values["read-only"],
      allow_host: values["allow-host"],
      allow_origin: values["allow-origin"],
      allow_path: values["allow-path"],
    });
  } catch (cause) {
    const { message, remedy } = toAppError(cause);
    process.stderr.write(`super-orchestrator: ${message} ${remedy}\n`);
    process.exitCode = 2;
  }
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) await main();

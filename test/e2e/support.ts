import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { findByEnvironment, isAlive } from "../../src/lib/process.ts";
import { PipelineHandle, PipelineStatus } from "../../src/model/status.ts";
import { leaseOf } from "../../src/pipeline/lease.ts";
import { databasePath } from "../../src/pipeline/paths.ts";
import { openStore } from "../../src/pipeline/store.ts";
import { MIGRATIONS } from "./schema.ts";

const ROOT = join(import.meta.dirname, "..", "..");
export const CLI = join(ROOT, "dist", "cli.js");
export const SERVER = join(ROOT, "dist", "server.js");
export const SHOP_PRD = join(ROOT, "examples", "shop", "PRD.md");

/** An empty project folder; with `fuzz` false its pipelines do not fuzz, which takes longer than all else. */
export function makeWorkspace({ fuzz = true } = {}): string {
  const workspace = mkdtempSync(join(tmpdir(), "so-e2e-"));
  if (!fuzz) {
    mkdirSync(join(workspace, ".super-orchestrator"));
    writeFileSync(join(workspace, ".super-orchestrator", "config.yaml"), "integration: { fuzz: { enabled: false } }\n");
  }
  return workspace;
}

/** End a project's drivers and children, and remove it. */
export async function removeWorkspace(workspace: string): Promise<void> {
  for (const id of await pipelineIdsOf(workspace)) await cli(workspace, ["cancel", id]);
  rmSync(workspace, { recursive: true, force: true, maxRetries: 5 });
}

async function pipelineIdsOf(workspace: string): Promise<string[]> {
  const { stdout } = await cli(workspace, ["list", "--json"]);
  const { pipelines = [] } = JSON.parse(stdout || "{}") as { pipelines?: { pipeline_id: string }[] };
  return pipelines.map(({ pipeline_id }) => pipeline_id);
}

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Run the built command line to its end. */
export function cli(
  workspace: string,
  args: string[],
  options: { signalAfter?: (stderr: string) => boolean } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args, "--workspace", workspace], {
      cwd: workspace,
      env: { ...process.env, CI: "", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let signalled = false;
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
      // Once: a second Ctrl-C leaves without waiting for the driver.
      if (signalled || !options.signalAfter?.(stderr)) return;
      signalled = true;
      child.kill("SIGINT");
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Run a command with --json and give the pipeline's status after it. */
export async function status(workspace: string, args: string[]): Promise<PipelineStatus> {
  const ran = await cli(workspace, [...args, "--json"]);
  const answer: unknown = JSON.parse(ran.stdout || `{"stderr": ${JSON.stringify(ran.stderr)}}`);
  const whole = PipelineStatus.safeParse(answer);
  if (whole.success) return whole.data;
  const handle = PipelineHandle.safeParse(answer);
  if (handle.success) return status(workspace, ["status", handle.data.pipeline_id]);
  throw new Error(`${args.join(" ")} answered ${ran.stdout}${ran.stderr}`);
}

/** A look into a project's database. */
export function inStore<Result>(workspace: string, look: (db: ReturnType<typeof openStore>) => Result): Result {
  const db = openStore(databasePath(workspace), MIGRATIONS);
  try {
    return look(db);
  } finally {
    db.close();
  }
}

/** Process id of a pipeline's driver. */
export function driverOf(workspace: string, id: string): number | undefined {
  return inStore(workspace, (db) => leaseOf(db, id)?.pid);
}

/** Processes that carry a pipeline's mark: its children and their children. */
export function childrenOf(id: string): number[] {
  return findByEnvironment("SUPER_ORCHESTRATOR_PIPELINE", id).map(({ pid }) => pid);
}

export function isRunning(pid: number): boolean {
  return isAlive({ pid, started: "" });
}

/** A real MCP client on a real server process. */
export async function connect(workspace: string, args: string[] = []): Promise<Client> {
  const client = new Client({ name: "test", version: "1.0.0" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [SERVER, "--workspace", workspace, ...args],
    stderr: "inherit",
  });
  await client.connect(transport);
  // From here on the client checks every structured answer against the listed output schema.
  await client.listTools();
  return client;
}

/** Call a tool that answers with a pipeline's handle. */
export async function callPipeline(
  client: Client,
  name: string,
  args: Record<string, unknown>,
): Promise<PipelineHandle> {
  return PipelineHandle.parse(await call(client, name, args));
}

/** Wait for a pipeline to stop running. */
export async function waitFor(client: Client, pipeline_id?: string): Promise<PipelineStatus> {
  const args = { wait_seconds: 240, ...(pipeline_id ? { pipeline_id } : {}) };
  return PipelineStatus.parse(await call(client, "get_pipeline_status", args));
}

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<unknown> {
  const result = await client.callTool({ name, arguments: args }, undefined, { timeout: 300_000 });
  if (result.isError) throw new Error(JSON.stringify(result.content));
  return result.structuredContent;
}

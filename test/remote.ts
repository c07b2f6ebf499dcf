import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silentLog } from "../src/lib/log.ts";
import { connectRemote } from "../src/mcp/client.ts";
import type { RemoteTools } from "../src/model/remote.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** A folder laid out like a checkout of the Build 1 services, with servers that answer in the same shapes. */
export const BUILD1 = join(root, "test", "fixtures", "build1");

/** A Python with the `mcp` package: MCP_PYTHON, or the first on PATH; undefined when there is none. */
export const PYTHON = [process.env.MCP_PYTHON, "python3"].find(
  (command) => command && spawnSync(command, ["-c", "import mcp.server.fastmcp"]).status === 0,
);
/** Why tests with a Python server are skipped; "" when they are not. */
export const NO_PYTHON = PYTHON === undefined ? " (skipped: no python3 with the mcp package; see MCP_PYTHON)" : "";

const MODULES = {
  architect: "src.architect.mcp_server",
  contracts: "src.contract_engine.mcp_server",
  codebase: "src.codebase_intelligence.mcp_server",
};

const TIMES = { startup_timeout: 60, tool_timeout: 60, retry_delay: 0.01 };

/** An empty folder. */
export function emptyFolder() {
  const path = mkdtempSync(join(tmpdir(), "so-remote-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A Build 1 stand-in that keeps what it knows in `database`. */
export function build1(role: keyof typeof MODULES, database: string): RemoteTools {
  const args = ["-m", MODULES[role]];
  const server = {
    command: PYTHON ?? "python3",
    args,
    cwd: BUILD1,
    env: { DATABASE_PATH: database, PYTHONDONTWRITEBYTECODE: "1" },
  };
  return connectRemote({ label: `build1 ${role}`, server, ...TIMES }, silentLog());
}

/** Our own server, built, on a project of its own: what is embedded there is remote here. */
export function ownServer(workspace: string): RemoteTools {
  const args = [join(root, "dist", "server.js"), "--workspace", workspace, "--toolsets", "all"];
  const server = { command: process.execPath, args, cwd: root, env: {} };
  return connectRemote({ label: "super-orchestrator", server, ...TIMES }, silentLog());
}

/** The same stand-in as a process of its own, behind an address on this machine. */
export async function build1OverHttp(role: keyof typeof MODULES, database: string) {
  const code = `from ${MODULES[role]} import mcp; mcp.settings.port = 0; mcp.run("streamable-http")`;
  const child = spawn(PYTHON ?? "python3", ["-c", code], {
    cwd: BUILD1,
    env: { PATH: process.env.PATH ?? "", DATABASE_PATH: database, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const origin = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      const found = /running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    child.once("exit", () => reject(new Error(said)));
  });
  const server = { url: `${origin}/mcp`, headers: {} };
  const remote = connectRemote({ label: `build1 ${role}`, server, ...TIMES }, silentLog());
  return {
    remote,
    stop: async () => {
      await remote.close();
      child.kill("SIGKILL");
      await once(child, "close");
    },
  };
}

/** A server of which a test says what each tool takes and answers (see test/fixtures/remote/scripted.mjs). */
export function scripted(tools: Record<string, ScriptedTool>): RemoteTools {
  const args = [join(root, "test", "fixtures", "remote", "scripted.mjs")];
  const server = { command: process.execPath, args, cwd: root, env: { TOOLS: JSON.stringify(tools) } };
  return connectRemote({ label: "scripted", server, ...TIMES }, silentLog());
}

export interface ScriptedTool {
  /** Names of its arguments; "!" after a name makes it required. */
  takes: string[];
  /** The answer; where it is a string "$input", what the tool was given. */
  answers?: unknown;
  /** One answer for each value of this argument instead. */
  by?: [argument: string, answers: Record<string, unknown>];
  /** As one text block per item of a list, without structured content. */
  blocks?: boolean;
}

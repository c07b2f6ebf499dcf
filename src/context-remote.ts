import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Config } from "./config.ts";
import { AppError, messageOf } from "./lib/errors.ts";
import type { Log } from "./lib/log.ts";
import { connectRemote } from "./mcp/client.ts";
import type { RemoteSettings, RemoteTools } from "./model/remote.ts";

/** A role that an external server can take. */
export type RemoteRole = "architect" | "contracts" | "codebase";

/** Tools of which a server must have one of each line to take a role at all. */
const NEEDED: Record<RemoteRole, string[][]> = {
  architect: [["decompose", "get_service_map"]],
  contracts: [["create_contract", "register_contract"], ["get_contract"]],
  codebase: [["find_definition"], ["register_artifact", "index_codebase"]],
};

/** Build 1's servers, started in their checkout. DATABASE_PATH is one name for three files. */
const BUILD1: Record<RemoteRole, { module: string; files: Record<string, string> }> = {
  architect: { module: "src.architect.mcp_server", files: { DATABASE_PATH: "architect.db" } },
  contracts: { module: "src.contract_engine.mcp_server", files: { DATABASE_PATH: "contracts.db" } },
  codebase: {
    module: "src.codebase_intelligence.mcp_server",
    files: { DATABASE_PATH: "symbols.db", CHROMA_PATH: "chroma", GRAPH_PATH: "graph.json" },
  },
};

/** The connections of one process, one for each server, made when it is first asked. */
export interface Remotes {
  /** Errors: CONFIG_INVALID when the configuration names no server, ENVIRONMENT when a variable it names is not set. */
  for(role: RemoteRole, config: Config): RemoteTools;
  log: Log;
  close(): Promise<void>;
}

export function openRemotes({ workspace, log }: { workspace: string; log: Log }): Remotes {
  const open = new Map<string, RemoteTools>();
  return {
    log,
    for(role, config) {
      const settings = remoteSettings(role, config, workspace);
      const key = JSON.stringify(settings);
      const remote = open.get(key) ?? connectRemote(settings, log);
      open.set(key, remote);
      return remote;
    },
    close: async () => void (await Promise.all([...open.values()].map((remote) => remote.close()))),
  };
}

/** What was picked for a role, with the reason that users see. */
export interface Picked<Backend> {
  backend: Backend;
  why: string;
}

/**
 * The backend of a role that the configuration gives to an external server; the embedded one only when that cannot be
 * reached and `fallback` allows it. Without `fallback` nothing is started here: a phase that needs the server meets its
 * error, one that does not goes on. Errors: see `Remotes.for`.
 */
export async function pickRemote<Backend>(
  role: RemoteRole,
  config: Config,
  remotes: Remotes,
  make: { remote: (remote: RemoteTools) => Backend | Promise<Backend>; embedded: () => Backend | Promise<Backend> },
): Promise<Picked<Backend>> {
  const asked = "The configuration asks for it";
  if (!config[role].mcp.fallback) {
    const remote = remotes.for(role, config);
    return { backend: await make.remote(remote), why: `${asked}: ${remote.label}.` };
  }
  try {
    const remote = remotes.for(role, config);
    await assertFit(role, remote);
    return { backend: await make.remote(remote), why: `${asked}: ${remote.label}.` };
  } catch (cause) {
    const why = `The configuration asks for an external server and allows this one instead; ${messageOf(cause)}`;
    remotes.log.warn({ role }, why);
    return { backend: await make.embedded(), why };
  }
}

async function assertFit(role: RemoteRole, remote: RemoteTools): Promise<void> {
  const names = await remote.names();
  const missing = NEEDED[role].find((alternatives) => !alternatives.some((name) => names.has(name)));
  if (missing === undefined) return;
  throw new AppError("REMOTE_ANSWER", `${remote.label} has no tool ${missing.join(" or ")}.`, {
    remedy: `Point ${role}.mcp at another server.`,
  });
}

/** The settings of a role's server, resolved: variables, folders, and Build 1's command when nothing else is given. */
export function remoteSettings(role: RemoteRole, config: Config, workspace: string): RemoteSettings {
  const { mcp } = config[role];
  const key = `${role}.mcp`;
  const times = {
    startup_timeout: mcp.startup_timeout,
    tool_timeout: mcp.tool_timeout,
    retry_delay: mcp.retry_delay,
  };
  const fill = (values: Record<string, string>, field: string) =>
    Object.fromEntries(Object.entries(values).map(([name, text]) => [name, filled(text, `${key}.${field}.${name}`)]));
  if (mcp.url !== undefined) {
    return {
      label: `${key} (${shownUrl(mcp.url)})`,
      server: { url: mcp.url, headers: fill(mcp.headers, "headers") },
      ...times,
    };
  }
  const checkout = config.build1_services_dir === "" ? undefined : resolve(workspace, config.build1_services_dir);
  const cwd = mcp.cwd === undefined ? (checkout ?? workspace) : resolve(workspace, mcp.cwd);
  const env = fill(mcp.env, "env");
  if (mcp.command !== undefined) {
    const server = { command: mcp.command, args: mcp.args, cwd, env };
    return { label: labelOf(key, mcp.command, mcp.args), server, ...times };
  }
  if (checkout === undefined)
    throw new AppError("CONFIG_INVALID", `${role}.backend is mcp, but no server is given.`, {
      remedy: `Set ${key}.command or ${key}.url, or build1_services_dir for the Build 1 server.`,
    });
  const { module, files } = BUILD1[role];
  const command = pythonOf(checkout);
  const args = ["-m", module];
  const state = join(workspace, ".super-orchestrator");
  mkdirSync(state, { recursive: true });
  const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(state, file)]));
  return { label: labelOf(key, command, args), server: { command, args, cwd, env: { ...paths, ...env } }, ...times };
}

function labelOf(key: string, command: string, args: string[]): string {
  const line = [command, ...args].join(" ");
  return `${key} (${line.length > 120 ? `${line.slice(0, 120)}…` : line})`;
}

/** An address without what may be secret in it. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** `${NAME}` from the environment, so that no secret stands in the configuration or the database. */
function filled(text: string, where: string): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = process.env[name];
    if (value !== undefined) return value;
    throw new AppError("ENVIRONMENT", `${where} needs the environment variable ${name}, which is not set.`, {
      remedy: `Set ${name} and try again.`,
    });
  });
}

/** The checkout's own interpreter when it has one, else the first Python on PATH. */
function pythonOf(checkout: string): string {
  const windows = process.platform === "win32";
  const own = [".venv", "venv"].map((name) =>
    join(checkout, name, ...(windows ? ["Scripts", "python.exe"] : ["bin", "python"])),
  );
  const folders = (process.env.PATH ?? "").split(delimiter);
  const onPath = (name: string) => folders.some((folder) => existsSync(join(folder, windows ? `${name}.exe` : name)));
  return own.find((path) => existsSync(path)) ?? ["python3", "python"].find(onPath) ?? "python3";
}

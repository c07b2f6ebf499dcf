import { lstatSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { resolveInside, writeFileAtomic } from "../../lib/fs.ts";
import type { BuildTask } from "../port.ts";
import { briefOf } from "./brief.ts";
import { contractFiles, putContracts } from "./contract-files.ts";

/** How our own command line is started: the program and what comes before the command. */
export interface OwnCommand {
  command: string;
  args: string[];
  /** The project folder. */
  workspace: string;
}

const Enabled = z.looseObject({ enabled: z.literal(true) });

/** What of our own a builder may use. */
const TOOLSETS = "quality,contracts,codebase";
/** Deciding, registering and claiming is not a builder's business. */
export const REFUSED_TOOLS = ["register_contract", "decide_contract_change", "mark_implemented"];
export const SERVER_NAME = "super-orchestrator";

/** Whether a file of a service's folder was made by its builder, not laid there by us. */
export function isDelivered(path: string): boolean {
  return !/^(?:contracts\/|\.claude\/|\.mcp\.json$|config\.yaml$|prd_input\.md$)/.test(path);
}

/** What was laid into a builder's folder. */
export interface Handover {
  brief: string;
  /** Files for `claude`, absolute. */
  mcpConfig: string;
  settings: string;
  /** When the builder has ended: contracts it touched, one sentence each. They have been put back. */
  check(): string[];
}

/**
 * Lay into the service's folder what an agent works from: contracts (read-only), `.claude/CLAUDE.md` with the brief,
 * `.claude/settings.json` with the hooks, `.mcp.json` that leads back to us, and `config.yaml` (specification 11.4).
 * The same task gives the same bytes, so that a run that changed nothing is seen to have changed nothing.
 * Errors: INVALID_INPUT when a path leads outside.
 */
export function handOver(task: BuildTask, own: OwnCommand): Handover {
  const root = task.output_dir;
  const files = contractFiles(task);
  const brief = briefOf(task);
  putContracts(root, files);
  const put = (path: string, text: string) => {
    const full = ownFile(root, path);
    if (textOf(full) !== text) writeFileAtomic(full, text);
    return full;
  };
  put(".claude/CLAUDE.md", brief);
  put("config.yaml", stringify(teamConfig(task.config, own)));
  const settings = put(".claude/settings.json", asJson(settingsFor(own)));
  const mcpConfig = put(".mcp.json", asJson({ mcpServers: { [SERVER_NAME]: serverOf(own) } }));
  return {
    brief,
    mcpConfig,
    settings,
    check: () => putContracts(root, files).map((path) => `It changed the frozen contract ${path}, which was put back.`),
  };
}

function serverOf({ command, args, workspace }: OwnCommand) {
  return { command, args: [...args, "serve", "--workspace", workspace, "--toolsets", TOOLSETS] };
}

/** As agent-team reads it: depth is a mapping there, and without the Build 1 services ours answer under the same names. */
function teamConfig(config: Record<string, unknown>, own: OwnCommand): Record<string, unknown> {
  const { command: mcp_command, args: mcp_args } = serverOf(own);
  const ours = { enabled: true, mcp_command, mcp_args };
  const engine = (name: string) => (Enabled.safeParse(config[name]).success ? config[name] : ours);
  return {
    ...config,
    depth: { default: config.depth ?? "standard" },
    contract_engine: engine("contract_engine"),
    codebase_intelligence: engine("codebase_intelligence"),
  };
}

/**
 * Settings of `claude`: contracts may not be edited, and when it wants to stop the scan runs over its folder; what blocks
 * goes back to it, once (status 2 of a Stop hook: standard error is handed to the model).
 */
function settingsFor({ command, args }: OwnCommand) {
  const scan = [command, ...args, "scan", "."].map(quoted).join(" ");
  const stop = `grep -q '"stop_hook_active": *true' && exit 0; ${scan} >&2; [ $? -eq 1 ] && exit 2; exit 0`;
  const refused = REFUSED_TOOLS.map((tool) => `mcp__${SERVER_NAME}__${tool}`);
  return {
    permissions: { deny: ["Edit(./contracts/**)", "Write(./contracts/**)", ...refused] },
    hooks: { Stop: [{ hooks: [{ type: "command", command: stop, timeout: 120 }] }] },
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A path below the folder that goes through no symbolic link: a builder may have laid one. */
function ownFile(root: string, path: string): string {
  const full = resolveInside(root, path);
  for (const part of [join(root, path.split("/")[0] ?? ""), full]) {
    try {
      if (lstatSync(part).isSymbolicLink()) rmSync(part);
    } catch {
      // not there
    }
  }
  return full;
}

function textOf(full: string): string | undefined {
  try {
    return readFileSync(full, "utf8");
  } catch {
    return undefined;
  }
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { type BUILDERS, BuilderConfig } from "./config/builder.ts";
import { IntegrationConfig, QualityGateConfig } from "./config/checks.ts";
import { faults, invalid, isRecord } from "./config/faults.ts";
import { ArchitectConfig, CodebaseConfig, ContractsConfig } from "./config/services.ts";
import { AppError } from "./lib/errors.ts";
import { Depth, PHASE_TIMEOUTS } from "./model/pipeline.ts";

export { BUILDERS } from "./config/builder.ts";
export { McpServer } from "./config/services.ts";

const REMOTE_ROLES = ["architect", "contracts", "codebase"] as const;
/** Settings of a pipeline (specification 3.7), all optional. Durations are seconds, money is USD. */
export const Config = z
  .strictObject({
    depth: Depth.default("standard").describe("How much is checked and retried; sets the defaults below."),
    budget_limit: z.number().positive().nullable().default(null).describe("USD; warning at 80 %, stop at 100 %."),
    architect: ArchitectConfig,
    contracts: ContractsConfig,
    codebase: CodebaseConfig,
    builder: BuilderConfig,
    integration: IntegrationConfig,
    quality_gate: QualityGateConfig,
    phase_timeouts: z
      .partialRecord(
        z.enum(Object.keys(PHASE_TIMEOUTS) as (keyof typeof PHASE_TIMEOUTS)[]),
        z.number().int().positive(),
      )
      .default({})
      .describe("Time limits by state, over the defaults."),
    build1_services_dir: z
      .string()
      .default("")
      .describe("Checkout of the Build 1 services: where their servers are started, for builders and backend: mcp."),
    agent_team_config_path: z.string().default("").describe("Configuration handed to agent-team builders."),
  })
  .superRefine((config, context) => {
    for (const role of REMOTE_ROLES) {
      const { backend, mcp } = config[role];
      if (backend !== "mcp" || mcp.command !== undefined || mcp.url !== undefined || config.build1_services_dir !== "")
        continue;
      const message = `mcp needs ${role}.mcp.command or ${role}.mcp.url, or build1_services_dir for the Build 1 server`;
      context.addIssue({ code: "custom", path: [role, "backend"], message });
    }
    const { run, cost_pattern } = config.builder.command;
    if (run.length === 0 && buildersOf(config).includes("command")) {
      const message = "the backend command needs the program and its arguments here";
      context.addIssue({ code: "custom", path: ["builder", "command", "run"], message });
    }
    try {
      new RegExp(cost_pattern);
    } catch (cause) {
      const message = `is no regular expression: ${cause instanceof Error ? cause.message : ""}`;
      context.addIssue({ code: "custom", path: ["builder", "command", "cost_pattern"], message });
    }
  });
export type Config = z.infer<typeof Config>;

/** Every builder that the settings name. */
function buildersOf({ builder: { backend, services, fallback } }: Pick<Config, "builder">): string[] {
  return [backend, ...Object.values(services), ...fallback];
}

/** What each depth changes. A value set in the file stands over the preset. */
export const DEPTH_PRESETS: Record<Depth, Omit<z.input<typeof Config>, "depth">> = {
  quick: {
    builder: { depth: "quick" },
    quality_gate: { max_fix_retries: 1, layer4_enabled: false },
    integration: { timeout: 300, health_timeout: 60, fuzz: { max_examples: 5, max_seconds: 20 } },
  },
  standard: {},
  thorough: {
    quality_gate: { max_fix_retries: 4 },
    integration: { timeout: 1200, fuzz: { max_examples: 50, max_seconds: 180 } },
  },
  exhaustive: {
    builder: { depth: "exhaustive", timeout_per_builder: 18_000 },
    quality_gate: { max_fix_retries: 6, blocking_severity: "warning" },
    integration: { timeout: 3600, fuzz: { max_examples: 200, max_seconds: 900 } },
    phase_timeouts: { builders_running: 36_000, integrating: 3600, quality_gate: 1800, fix_pass: 18_000 },
  },
};

/** Where the configuration lives when none is named. */
export function configPath(workspace: string): string {
  return join(workspace, ".super-orchestrator", "config.yaml");
}

/** What stands over the file: command-line options and tool arguments. */
export interface ConfigOverrides {
  depth?: Depth | undefined;
  auto_approve?: boolean | undefined;
  budget_limit?: number | undefined;
  max_concurrent?: number | undefined;
  builder?: "auto" | (typeof BUILDERS)[number] | undefined;
}

/**
 * Read a configuration file, lay it over its depth's preset and the defaults, and the overrides over that.
 * A file named explicitly must exist; the default one need not.
 * Errors: NOT_FOUND, CONFIG_INVALID with file and line of every unknown key and wrong value.
 */
export function loadConfig(workspace: string, file?: string, overrides: ConfigOverrides = {}): Config {
  const path = file ?? configPath(workspace);
  if (file !== undefined && !existsSync(path))
    throw new AppError("NOT_FOUND", `The configuration file ${path} does not exist.`, {
      remedy: "Check the path, or leave it out to use the defaults.",
    });
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return parseConfig(text, path, overrides);
}

/** The same for text that is at hand; `path` is only named in errors. */
export function parseConfig(text: string, path: string, overrides: ConfigOverrides = {}): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntax = document.errors[0];
  if (syntax)
    throw invalid(path, [`line ${lines.linePos(syntax.pos[0]).line}: ${syntax.message.split("\n")[0] ?? "not YAML"}`]);
  const given: unknown = document.toJS() ?? {};
  const first = Config.safeParse(given);
  if (!first.success)
    throw invalid(
      path,
      first.error.issues.flatMap((issue) => faults(issue, { root: document.contents, lines, known: Config.parse({}) })),
    );
  const depth = overrides.depth ?? first.data.depth;
  const over = overrides.builder === undefined ? {} : { builder: { backend: overrides.builder } };
  const laid = Config.safeParse(layer(layer(DEPTH_PRESETS[depth], given), over));
  if (!laid.success)
    throw invalid(
      path,
      laid.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    );
  const merged = laid.data;
  return {
    ...merged,
    depth,
    budget_limit: overrides.budget_limit ?? merged.budget_limit,
    architect: { ...merged.architect, auto_approve: overrides.auto_approve ?? merged.architect.auto_approve },
    builder: { ...merged.builder, max_concurrent: overrides.max_concurrent ?? merged.builder.max_concurrent },
  };
}

/** Nothing paid starts without a budget. Errors: CONFIG_INVALID when a paid backend is named and no limit is set. */
export function assertAffordable(config: Config): void {
  const obstacle = affordability(config);
  if (obstacle !== undefined) throw obstacle;
}

/** Why a configuration may not start: CONFIG_INVALID when it names a paid backend and no limit; else undefined. */
export function affordability(config: Config): AppError | undefined {
  if (config.budget_limit !== null) return undefined;
  const refusal = (what: string, instead: string) =>
    new AppError("CONFIG_INVALID", `${what} costs money, and no budget_limit is set.`, {
      remedy: `Set budget_limit (USD) in the configuration or with --budget-limit, or ${instead}.`,
    });
  if (config.architect.backend === "claude-code")
    return refusal("architect.backend claude-code", "use architect.backend builtin or host");
  const isPaid = (name: string) =>
    name === "claude-code" || name === "agent-team" || (name === "command" && config.builder.command.paid);
  const paid = buildersOf(config).find(isPaid);
  if (paid === undefined) return undefined;
  const free = paid === "command" ? ", or builder.command.paid false when it costs nothing" : "";
  return refusal(`The builder ${paid}`, `use the builder scaffold${free}`);
}

/** `over` laid on `under`, mapping by mapping; lists and scalars are replaced. */
function layer(under: unknown, over: unknown): unknown {
  if (!isRecord(under) || !isRecord(over)) return over === undefined ? under : over;
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) merged[key] = layer(merged[key], value);
  return merged;
}

/** The file `init` writes: the defaults a person is most likely to change, as comments. */
export const CONFIG_TEMPLATE = `# super-orchestrator configuration. Every key is optional; docs/config.md lists them all.
depth: standard            # quick | standard | thorough | exhaustive
# budget_limit: 50         # USD; warning at 80 %, stop at 100 %
# architect:
#   auto_approve: false    # true goes on without a review
#   max_retries: 2
# builder:
#   max_concurrent: 3
#   timeout_per_builder: 1800
# quality_gate:
#   max_fix_retries: 3
#   blocking_severity: error
`;

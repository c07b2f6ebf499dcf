import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isScalar, LineCounter, type ParsedNode, parseDocument } from "yaml";
import { z } from "zod";
import { AppError } from "./lib/errors.ts";
import { nearest } from "./lib/nearest.ts";
import { Severity } from "./model/finding.ts";
import { Depth, PHASE_TIMEOUTS } from "./model/pipeline.ts";

const seconds = (value: number) => z.number().int().positive().default(value);

/** Settings of a pipeline (specification 3.7), all optional. Durations are seconds, money is USD. */
export const Config = z.strictObject({
  depth: Depth.default("standard").describe("How much is checked and retried; sets the defaults below."),
  budget_limit: z.number().positive().nullable().default(null).describe("USD; warning at 80 %, stop at 100 %."),
  architect: z
    .strictObject({
      backend: z.enum(["auto", "builtin"]).default("auto").describe("Who plans."),
      max_retries: z.number().int().min(0).default(2).describe("How often a rejected architecture is planned again."),
      timeout: seconds(900),
      auto_approve: z.boolean().default(false).describe("Go on without a review."),
    })
    .prefault({}),
  contracts: z
    .strictObject({ backend: z.enum(["auto", "builtin"]).default("auto").describe("Who keeps the contracts.") })
    .prefault({}),
  builder: z
    .strictObject({
      backend: z.enum(["auto", "scaffold"]).default("auto").describe("Who builds."),
      max_concurrent: z.number().int().min(1).max(64).default(3).describe("Builders at the same time."),
      timeout_per_builder: seconds(1800),
      depth: Depth.default("thorough").describe("Depth handed to agent builders."),
    })
    .prefault({}),
  integration: z
    .strictObject({
      runtime: z.enum(["auto", "process"]).default("auto").describe("Where services run."),
      timeout: seconds(600),
      health_timeout: seconds(120),
      traefik_image: z.string().default("traefik:v3.6"),
      compose_file: z.string().default("docker-compose.yml"),
      test_compose_file: z.string().default("docker-compose.test.yml"),
    })
    .prefault({}),
  quality_gate: z
    .strictObject({
      max_fix_retries: z.number().int().min(0).default(3).describe("Fix passes before the pipeline fails."),
      layer3_scanners: z
        .array(z.enum(["security", "cors", "logging", "trace", "secrets", "docker", "health"]))
        .default(["security", "cors", "logging", "trace", "secrets", "docker", "health"]),
      layer4_enabled: z.boolean().default(true).describe("Adversarial review; advisory, never blocks."),
      blocking_severity: Severity.default("error").describe("Findings at or above it fail layer 3."),
    })
    .prefault({}),
  phase_timeouts: z
    .partialRecord(z.enum(Object.keys(PHASE_TIMEOUTS) as (keyof typeof PHASE_TIMEOUTS)[]), z.number().int().positive())
    .default({})
    .describe("Time limits by state, over the defaults."),
  build1_services_dir: z.string().default("").describe("Checkout of the Build 1 services, for builders that use them."),
  agent_team_config_path: z.string().default("").describe("Configuration handed to agent-team builders."),
});
export type Config = z.infer<typeof Config>;

/** What each depth changes. A value set in the file stands over the preset. */
export const DEPTH_PRESETS: Record<Depth, { [Section in keyof Config]?: Partial<Config[Section]> }> = {
  quick: {
    builder: { depth: "quick" },
    quality_gate: { max_fix_retries: 1, layer4_enabled: false },
    integration: { timeout: 300, health_timeout: 60 },
  },
  standard: {},
  thorough: { quality_gate: { max_fix_retries: 4 }, integration: { timeout: 1200 } },
  exhaustive: {
    builder: { depth: "exhaustive", timeout_per_builder: 18_000 },
    quality_gate: { max_fix_retries: 6, blocking_severity: "warning" },
    integration: { timeout: 3600 },
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
  if (!first.success) throw invalid(path, first.error.issues.flatMap((issue) => faults(issue, document.contents, lines)));
  const depth = overrides.depth ?? first.data.depth;
  const merged = Config.parse(layer(DEPTH_PRESETS[depth], given));
  return {
    ...merged,
    depth,
    budget_limit: overrides.budget_limit ?? merged.budget_limit,
    architect: { ...merged.architect, auto_approve: overrides.auto_approve ?? merged.architect.auto_approve },
    builder: { ...merged.builder, max_concurrent: overrides.max_concurrent ?? merged.builder.max_concurrent },
  };
}

/** `over` laid on `under`, mapping by mapping; lists and scalars are replaced. */
function layer(under: unknown, over: unknown): unknown {
  if (!isRecord(under) || !isRecord(over)) return over === undefined ? under : over;
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) merged[key] = layer(merged[key], value);
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function invalid(path: string, problems: string[]): AppError {
  return new AppError("CONFIG_INVALID", `${path}: ${problems.join("; ")}.`, {
    remedy: "Correct those lines; docs/config.md lists every key with its default.",
    details: { problems },
  });
}

function faults(issue: z.core.$ZodIssue, root: ParsedNode | null, lines: LineCounter): string[] {
  const at = (path: PropertyKey[]) => {
    const offset = offsetOf(root, path);
    return offset === undefined ? "" : `line ${lines.linePos(offset).line}: `;
  };
  if (issue.code !== "unrecognized_keys") return [`${at(issue.path)}${issue.path.join(".") || "file"}: ${issue.message}`];
  return issue.keys.map((key) => {
    const meant = nearest(key, keysAt(issue.path));
    return `${at([...issue.path, key])}unknown key ${[...issue.path, key].join(".")}${meant ? `, did you mean ${meant}?` : ""}`;
  });
}

function keysAt(path: PropertyKey[]): string[] {
  const value = path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[String(key)] : undefined), Config.parse({}));
  return isRecord(value) ? Object.keys(value) : [];
}

/** Where in the text the node at `path` begins: its key when it has one. */
function offsetOf(root: ParsedNode | null, path: PropertyKey[]): number | undefined {
  let node: unknown = root;
  let offset = root?.range[0];
  for (const key of path) {
    if (!isMap(node)) return offset;
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (!pair) return offset;
    if (isScalar(pair.key) && pair.key.range) offset = pair.key.range[0];
    node = pair.value;
  }
  return offset;
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

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isScalar, LineCounter, type ParsedNode, parseDocument } from "yaml";
import { z } from "zod";
import { AppError } from "./lib/errors.ts";
import { nearest } from "./lib/nearest.ts";
import { Severity } from "./model/finding.ts";
import { Depth, PHASE_TIMEOUTS } from "./model/pipeline.ts";

const REMOTE_ROLES = ["architect", "contracts", "codebase"] as const;
/** Who can build. */
export const BUILDERS = ["scaffold", "claude-code", "command", "agent-team", "host"] as const;
const seconds = (value: number) => z.number().int().positive().default(value);

/** How an external MCP server is reached: a command that is started, or an address. */
export const McpServer = z
  .strictObject({
    command: z.string().optional().describe("Program to start as a server over stdio."),
    args: z.array(z.string()).default([]).describe("Its arguments."),
    env: z.record(z.string(), z.string()).default({}).describe(`Its environment; \${NAME} is taken from ours.`),
    cwd: z.string().optional().describe("Its folder; build1_services_dir or the project folder when left out."),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Address of a server over Streamable HTTP, instead of command."),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .describe(`Sent to url; \${NAME} is taken from our environment.`),
    startup_timeout: seconds(30).describe("Time for starting and shaking hands."),
    tool_timeout: seconds(60).describe("Time for one answer."),
    retry_delay: z.number().min(0).default(1).describe("Pause before a call is repeated; doubles twice."),
    fallback: z.boolean().default(false).describe("Use the embedded backend when the server cannot be reached."),
  })
  .refine(({ command, url }) => command === undefined || url === undefined, "give command or url, not both")
  .prefault({});
export type McpServer = z.infer<typeof McpServer>;

/** Settings of a pipeline (specification 3.7), all optional. Durations are seconds, money is USD. */
export const Config = z
  .strictObject({
    depth: Depth.default("standard").describe("How much is checked and retried; sets the defaults below."),
    budget_limit: z.number().positive().nullable().default(null).describe("USD; warning at 80 %, stop at 100 %."),
    architect: z
      .strictObject({
        backend: z
          .enum(["auto", "builtin", "claude-code", "host", "mcp"])
          .default("auto")
          .describe("Who plans: builtin reads structured PRDs, claude-code costs money, host is the calling agent."),
        model: z.string().default("").describe("Model of claude-code; its own default when empty."),
        max_cost: z.number().positive().default(10).describe("USD that one planning may cost, within budget_limit."),
        max_retries: z.number().int().min(0).default(2).describe("How often a rejected architecture is planned again."),
        timeout: seconds(900).describe("Time for planning."),
        auto_approve: z.boolean().default(false).describe("Go on without a review."),
        mcp: McpServer,
      })
      .prefault({}),
    contracts: z
      .strictObject({
        backend: z.enum(["auto", "builtin", "mcp"]).default("auto").describe("Who keeps the contracts."),
        mcp: McpServer,
      })
      .prefault({}),
    codebase: z
      .strictObject({
        backend: z.enum(["auto", "builtin", "mcp"]).default("auto").describe("Who answers questions about the code."),
        embeddings: z
          .strictObject({
            url: z.url({ protocol: /^https?$/ }).describe("OpenAI-compatible address; /embeddings is added to it."),
            model: z.string().min(1).describe("Name of the model."),
            api_key_env: z.string().default("").describe("Environment variable that holds the key; none when empty."),
          })
          .nullable()
          .default(null)
          .describe("Endpoint that ranks search results by meaning; words alone do when it is null."),
        mcp: McpServer,
      })
      .prefault({}),
    builder: z
      .strictObject({
        backend: z
          .enum(["auto", ...BUILDERS])
          .default("auto")
          .describe(
            "Who builds: scaffold needs no model; claude-code and agent-team cost money; command is any program; host is agents of the calling session.",
          ),
        services: z
          .record(z.string(), z.enum(BUILDERS))
          .default({})
          .describe("Backend by name of service, over backend."),
        fallback: z
          .array(z.enum(BUILDERS))
          .default([])
          .describe(
            "Who steps in, in turn, when a backend cannot do its work or ends without having changed anything.",
          ),
        max_cost: z.number().positive().default(20).describe("USD that one run may cost, within budget_limit."),
        budget_grace: z
          .number()
          .min(0)
          .max(3600)
          .default(60)
          .describe("Seconds to finish for a run that has cost all it may, unless it goes a fifth beyond."),
        env: z
          .array(z.string())
          .default([])
          .describe("Names of our environment variables that command and agent-team get; all others stay out."),
        claude_code: z
          .strictObject({
            model: z.string().default("").describe("Its own default when empty."),
            permission_mode: z
              .enum(["acceptEdits", "auto", "default", "dontAsk", "bypassPermissions"])
              .default("acceptEdits")
              .describe("What it may do unasked; what it would ask for is refused."),
            allowed_tools: z
              .array(z.string())
              .default(["Read", "Edit", "Write", "Glob", "Grep", "Bash"])
              .describe("Tools it may use, in the syntax of --allowed-tools, beside ours."),
          })
          .prefault({}),
        command: z
          .strictObject({
            run: z
              .array(z.string())
              .default([])
              .describe(
                "Program and arguments; {prompt}, {prompt_file}, {service}, {output_dir} and {attempt} are filled in. Without the first two the task comes on standard input.",
              ),
            paid: z.boolean().default(true).describe("Whether it costs money: it needs a budget_limit then."),
            cost_pattern: z
              .string()
              .default("")
              .describe(
                "Regular expression on its output whose first group is the cost in USD; the usual forms when empty.",
              ),
          })
          .prefault({}),
        agent_team: z
          .strictObject({
            python: z
              .string()
              .default("python3")
              .describe("Python in which agent_team_v15 or agent_team is installed."),
          })
          .prefault({}),
        host: z
          .strictObject({
            lease: seconds(600).describe(
              "A claim whose agent neither reports nor changes a file for this long goes back to the queue.",
            ),
            claim_timeout: seconds(86_400).describe(
              "A task that nobody claims for this long interrupts the pipeline; resuming offers it again.",
            ),
          })
          .prefault({}),
        stuck: z
          .strictObject({
            silence: z
              .number()
              .min(0)
              .default(900)
              .describe("Seconds without output and without a changed file after which a run is stuck; 0 for never."),
            same_error: z
              .number()
              .int()
              .min(0)
              .default(8)
              .describe("The same call failing in the same way so often in a row is stuck; 0 for never."),
            idle_turns: z
              .number()
              .int()
              .min(0)
              .default(60)
              .describe("So many answers of claude-code without a changed file are stuck; 0 for never."),
            nudges: z
              .number()
              .int()
              .min(0)
              .default(1)
              .describe("How often a stuck claude-code is told so in its own conversation."),
            restarts: z
              .number()
              .int()
              .min(0)
              .default(1)
              .describe("How often a stuck run is begun anew after that, before the next backend or giving up."),
          })
          .prefault({})
          .describe("When agents that build go in circles, and what is done about it."),
        backoff: z
          .strictObject({
            first: z.number().positive().default(15).describe("Seconds; doubles with each wait, half of it by chance."),
            most: z.number().positive().default(600).describe("Seconds; longer only when the API says so."),
            give_up: z.number().min(0).default(3600).describe("Seconds that one run waits in all."),
          })
          .prefault({})
          .describe("Waiting for rate limits and overloads of an agent's API, which count as no failure."),
        max_concurrent: z.number().int().min(1).max(64).default(3).describe("Builders at the same time."),
        timeout_per_builder: seconds(1800).describe("Time for one run of one builder."),
        depth: Depth.default("thorough").describe("Depth handed to agent builders."),
      })
      .prefault({}),
    integration: z
      .strictObject({
        runtime: z
          .enum(["auto", "docker", "process"])
          .default("auto")
          .describe("Where services run; auto is docker when an engine answers and can build them, else process."),
        gateway: z
          .enum(["auto", "traefik", "builtin"])
          .default("auto")
          .describe("Gateway of the docker runtime; auto is traefik when its image can be had, else builtin."),
        timeout: seconds(600).describe("Time for deploying and testing everything."),
        health_timeout: seconds(120).describe("Time for a started service to become healthy."),
        fuzz: z
          .strictObject({
            enabled: z.boolean().default(true).describe("Fuzz every service against its OpenAPI contract."),
            backend: z
              .enum(["builtin", "schemathesis"])
              .default("builtin")
              .describe("Who fuzzes; schemathesis must be on PATH."),
            max_examples: z
              .number()
              .int()
              .positive()
              .default(20)
              .describe("Random requests an operation, of each kind."),
            max_seconds: z.number().int().positive().default(60).describe("Time for one service."),
            seed: z.number().int().min(0).default(1).describe("Decides every made-up value."),
          })
          .prefault({})
          .describe("API fuzzing of the deployed services."),
        traefik_image: z.string().default("traefik:v3.6").describe("Gateway image of the docker runtime."),
        compose_file: z
          .string()
          .default("docker-compose.yml")
          .describe(
            "Compose file of your own for the docker runtime, relative to the project folder; generated when it is not there.",
          ),
        test_compose_file: z
          .string()
          .default("docker-compose.test.yml")
          .describe("Compose file of your own that is laid over it for tests."),
        pact: z
          .strictObject({
            states_command: z
              .array(z.string())
              .default([])
              .describe("Program, then its arguments, that arranges states for providers without a /_pact/state."),
            broker_url: z
              .string()
              .default("")
              .describe("Pact Broker whose pacts are verified too; PACT_BROKER_TOKEN is its token."),
          })
          .prefault({}),
      })
      .prefault({}),
    quality_gate: z
      .strictObject({
        max_fix_retries: z.number().int().min(0).default(3).describe("Fix passes before the pipeline fails."),
        layer3_scanners: z
          .array(z.enum(["security", "cors", "logging", "trace", "secrets", "docker", "health"]))
          .default(["security", "cors", "logging", "trace", "secrets", "docker", "health"])
          .describe("Scanners that layer 3 runs."),
        layer4_enabled: z.boolean().default(true).describe("Adversarial review; advisory, never blocks."),
        blocking_severity: Severity.default("error").describe("Findings at or above it fail layer 3."),
        ignore: z
          .array(z.string())
          .default([])
          .describe("Paths that are not scanned, in the syntax of .gitignore, relative to the project folder."),
        rules: z
          .array(z.string())
          .default([])
          .describe("YAML files with rules of the project's own, relative to the project folder."),
      })
      .prefault({}),
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
      first.error.issues.flatMap((issue) => faults(issue, document.contents, lines)),
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
  if (issue.code !== "unrecognized_keys")
    return [`${at(issue.path)}${issue.path.join(".") || "file"}: ${issue.message}`];
  return issue.keys.map((key) => {
    const meant = nearest(key, keysAt(issue.path));
    return `${at([...issue.path, key])}unknown key ${[...issue.path, key].join(".")}${meant ? ` (did you mean ${meant}?)` : ""}`;
  });
}

function keysAt(path: PropertyKey[]): string[] {
  const value = path.reduce<unknown>(
    (inner, key) => (isRecord(inner) ? inner[String(key)] : undefined),
    Config.parse({}),
  );
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

import { claudeEnvironment, onPath } from "../lib/claude/environment.ts";
import { whyNotClaude } from "../lib/claude/login.ts";
import type { BackoffLimits } from "./agent/backoff.ts";
import type { OwnCommand } from "./agent/handover.ts";
import type { StuckLimits } from "./agent/watch-run.ts";
import { agentTeamEnvironment, createAgentTeamBuilder } from "./agent-team.ts";
import { createClaudeCodeBuilder } from "./claude-code.ts";
import { createCommandBuilder } from "./command.ts";
import { createHostBuilder } from "./host.ts";
import type { Builder, HostQueue } from "./port.ts";
import { routeBuilders } from "./route.ts";
import { createScaffoldBuilder } from "./scaffold/scaffold.ts";

export type BuilderName = "scaffold" | "claude-code" | "command" | "agent-team" | "host";

/** The builder's part of the configuration. */
export interface BuilderChoice {
  backend: "auto" | BuilderName;
  services: Record<string, BuilderName>;
  fallback: BuilderName[];
  max_cost: number;
  /** Seconds. */
  budget_grace: number;
  env: string[];
  claude_code: { model: string; permission_mode: string; allowed_tools: string[] };
  command: { run: string[]; paid: boolean; cost_pattern: string };
  agent_team: { python: string };
  host: { lease: number; claim_timeout: number };
  stuck: StuckLimits;
  backoff: BackoffLimits;
}

export interface BuilderSurroundings {
  /** USD; null when none is set. */
  budget_limit: number | null;
  /** Path of a configuration for agent-team; "" for the one we write. */
  agent_team_config: string;
  own: OwnCommand;
  queue: HostQueue;
}

/**
 * The builder that the configuration asks for, by service, with those that step in; and the reason for people. `auto` is
 * claude-code when it can run at once (a budget, on PATH, logged in), scaffold otherwise.
 */
export async function chooseBuilder(
  choice: BuilderChoice,
  surroundings: BuilderSurroundings,
): Promise<{ builder: Builder; why: string }> {
  const asked = choice.backend === "auto" ? await pickDefault(surroundings.budget_limit) : undefined;
  const first = asked?.name ?? (choice.backend === "auto" ? "scaffold" : choice.backend);
  const made = new Map<BuilderName, Builder>();
  const builder = (name: BuilderName): Builder => {
    const known = made.get(name) ?? makeBuilder(name, choice, surroundings);
    made.set(name, known);
    return known;
  };
  const chainOf = (service: string): [Builder, ...Builder[]] => {
    const own = choice.services[service] ?? first;
    return [builder(own), ...choice.fallback.filter((name) => name !== own).map(builder)];
  };
  const all = [first, ...Object.values(choice.services), ...choice.fallback].map(builder);
  const special = Object.entries(choice.services).map(([service, name]) => `${service} by ${name}`);
  const why = [
    asked?.why ?? "The configuration asks for it.",
    special.length > 0 ? `Built otherwise: ${special.join(", ")}.` : "",
    choice.fallback.length > 0 ? `Stepping in: ${choice.fallback.join(", then ")}.` : "",
  ];
  return { builder: routeBuilders(chainOf, all), why: why.filter(Boolean).join(" ") };
}

async function pickDefault(budget_limit: number | null): Promise<{ name: BuilderName; why: string }> {
  const obstacle = await whyNotClaude(budget_limit, claudeEnvironment());
  if (obstacle === "") return { name: "claude-code", why: "claude is on PATH, logged in, and budget_limit is set." };
  return { name: "scaffold", why: `Builds from contracts at no cost; claude-code is not used: ${obstacle}.` };
}

function makeBuilder(
  name: BuilderName,
  choice: BuilderChoice,
  { own, agent_team_config, queue }: BuilderSurroundings,
): Builder {
  const { max_cost, stuck, backoff } = choice;
  const care = { stuck, backoff };
  const passed = Object.fromEntries(
    choice.env.flatMap((variable) => {
      const value = process.env[variable];
      return value === undefined ? [] : [[variable, value]];
    }),
  );
  switch (name) {
    case "scaffold":
      return createScaffoldBuilder();
    case "host":
      return createHostBuilder({ ...choice.host, queue, own });
    case "command":
      return createCommandBuilder({ ...choice.command, max_cost, env: passed, own, care });
    case "agent-team": {
      const env = agentTeamEnvironment(passed);
      return createAgentTeamBuilder({
        python: choice.agent_team.python,
        config: agent_team_config,
        max_cost,
        env,
        own,
        grace_ms: choice.budget_grace * 1000,
        care,
      });
    }
    case "claude-code": {
      const env = claudeEnvironment();
      const command = onPath("claude", env.PATH) ?? "claude";
      return createClaudeCodeBuilder({ ...choice.claude_code, command, max_cost, env, own, care });
    }
  }
}

import type { ContractRegistry } from "../contracts/port.ts";
import { claudeEnvironment, onPath } from "../lib/claude/environment.ts";
import { whyNotClaude } from "../lib/claude/login.ts";
import { createBuiltinArchitect } from "./builtin.ts";
import { createClaudeCodeArchitect } from "./claude-code.ts";
import { createHostArchitect } from "./host.ts";
import type { Architect } from "./port.ts";

export interface ArchitectSettings {
  validate: ContractRegistry["validate"];
  /** Of claude-code: its model ("" for its default) and the most that one planning may cost, in USD. */
  model: string;
  max_cost: number;
  /** USD; null when none is set. */
  budget_limit: number | null;
}

/**
 * The architect that is asked for, and the reason for people. `auto` is claude-code when it can run at once (on PATH,
 * logged in, with a budget), builtin otherwise.
 */
export async function chooseArchitect(
  asked: "auto" | "builtin" | "claude-code" | "host",
  settings: ArchitectSettings,
): Promise<{ architect: Architect; why: string }> {
  const { validate, budget_limit } = settings;
  const given = "The configuration asks for it.";
  if (asked === "host") return { architect: createHostArchitect({ validate }), why: given };
  if (asked === "builtin") return { architect: createBuiltinArchitect({ validate }), why: given };
  const env = claudeEnvironment();
  const found = onPath("claude", env.PATH);
  const claude = () => createClaudeCodeArchitect({ ...settings, command: found ?? "claude", env });
  if (asked === "claude-code") return { architect: claude(), why: given };
  const obstacle = await whyNotClaude(budget_limit, env);
  if (obstacle === "") return { architect: claude(), why: "claude is on PATH, logged in, and budget_limit is set." };
  const why = `Reads structured PRDs with no key; claude-code is not used: ${obstacle}.`;
  return { architect: createBuiltinArchitect({ validate }), why };
}

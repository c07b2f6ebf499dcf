import { readFileSync } from "node:fs";
import { z } from "zod";
import type { BuildProgress } from "../port.ts";

const number = z.number().min(0).nullable().default(null).catch(null);
const text = z.string().default("").catch("");

/**
 * `.agent-team/STATE.json` as far as something in it may be read. Its word on success is true in the middle of a healthy
 * run, and its test counts are files on disk: success is left out of what is read, the counts stand as a claim of nothing.
 */
const TeamState = z.looseObject({
  total_cost: number,
  current_phase: text,
  current_milestone: text,
  error_context: text,
  completed_milestones: z.array(z.unknown()).default([]).catch([]),
  failed_milestones: z.array(z.unknown()).default([]).catch([]),
  milestone_order: z.array(z.unknown()).default([]).catch([]),
  interrupted: z.boolean().default(false).catch(false),
  summary: z
    .looseObject({ convergence_ratio: number })
    .default({ convergence_ratio: null })
    .catch({ convergence_ratio: null }),
});
export type TeamState = z.infer<typeof TeamState>;

/** undefined when there is none, or none that can be read. */
export function readTeamState(file: string): TeamState | undefined {
  try {
    const parsed = TeamState.safeParse(JSON.parse(readFileSync(file, "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function teamProgress(state: TeamState): BuildProgress {
  const { current_phase, current_milestone, completed_milestones, milestone_order, total_cost } = state;
  const of = milestone_order.length > 0 ? `${completed_milestones.length} of ${milestone_order.length} milestones` : "";
  return { doing: [current_phase, current_milestone, of].filter(Boolean).join(", "), turns: null, cost: total_cost };
}

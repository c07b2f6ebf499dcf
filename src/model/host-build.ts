import { z } from "zod";

/** What an agent that claims a build task has to know; everything longer is in the files it names. */
export const HostBriefing = z.object({
  kind: z.enum(["build", "fix"]),
  /** Absolute: the service's folder, the only one it may write to. */
  folder: z.string(),
  /** Absolute: rules, stack, operations, entities, the PRD's part. */
  brief_path: z.string(),
  /** Absolute: this run's task, with every finding of a fix. */
  task_path: z.string(),
  /** Paths below the folder; read-only. */
  contracts: z.array(z.string()),
  findings: z.number().int(),
});
export type HostBriefing = z.infer<typeof HostBriefing>;

/** What an agent hands in: a claim, stored and never believed. */
export const HostSubmission = z.object({
  success: z.boolean(),
  summary: z.string(),
  unresolved: z.array(z.string()),
  tests_executed: z.number().int().nullable(),
  tests_passed: z.number().int().nullable(),
  /** USD; null when it does not say. */
  cost: z.number().nullable(),
});
export type HostSubmission = z.infer<typeof HostSubmission>;

/** Which attempt at which service. */
export interface BuildTaskKey {
  pipeline_id: string;
  service: string;
  attempt: number;
}

/** The right of one agent to build one task. `token` fences: what comes under an older one is refused. */
export interface BuildTaskClaim extends BuildTaskKey {
  token: number;
}

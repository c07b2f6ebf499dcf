import { z } from "zod";
import { FixSummary } from "./fix-report.ts";
import { GateVerdict, QualityLevel } from "./gate-report.ts";
import { Depth, PipelineStateName, RunStatus } from "./pipeline.ts";

/** One row of the phase table (specification 9.3). */
export const PhaseStatus = z.object({
  phase: z.enum(["architect", "contracts", "builders", "integration", "quality_gate", "fix_pass"]),
  status: z.enum(["pending", "running", "done", "failed"]),
  /** USD. */
  cost: z.number(),
});
export type PhaseStatus = z.infer<typeof PhaseStatus>;

export const BuilderStatus = z.object({
  service: z.string(),
  status: z.enum(["pending", "building", "verifying", "succeeded", "failed"]),
  backend: z.string(),
  attempt: z.number().int(),
  /** USD. */
  cost: z.number(),
  /** Tests the orchestrator saw executed, and how many passed; null before that. */
  tests_executed: z.number().int().nullable(),
  tests_passed: z.number().int().nullable(),
  /** Tests that were there and not executed; absent before that. */
  tests_skipped: z.number().int().optional(),
  /** Tests that the builder itself says it executed; absent when it says nothing. */
  claimed_tests: z.number().int().optional(),
  /** Whether the builder itself said it succeeded; null when it has not said anything. */
  claimed_success: z.boolean().nullable(),
  error: z.string(),
  /** What an agent says that it is doing, with its turns and cost so far; absent unless it builds and says so. */
  doing: z.string().optional(),
  /** Who of the calling session has claimed it; absent unless somebody has. */
  agent: z.string().optional(),
  /** When it last said something or changed a file (ISO 8601); absent unless it builds. */
  last_activity: z.string().optional(),
  /** What differs from before this run, such as "12 files, 34.5 kB"; absent unless it builds and was seen to change some. */
  diff: z.string().optional(),
});
export type BuilderStatus = z.infer<typeof BuilderStatus>;

/** Which backend does a job, and how that came about. */
export const BackendChoice = z.object({
  role: z.enum(["architect", "contracts", "builder", "runtime"]),
  picked: z.string(),
  why: z.string(),
  /** Configuration key that picks another one. */
  setting: z.string(),
});
export type BackendChoice = z.infer<typeof BackendChoice>;

/** Where a pipeline stands, short enough for a conversation. */
export const PipelineStatus = z.object({
  pipeline_id: z.string(),
  project_name: z.string(),
  state: PipelineStateName,
  status: RunStatus,
  /** Why it is interrupted, failed, paused or waiting; "" otherwise. */
  reason: z.string(),
  /** What to do now, as a sentence that names the tool or command. */
  next_step: z.string(),
  depth: Depth,
  /** Who does the work; empty before the first driver. */
  backends: z.array(BackendChoice),
  phases: z.array(PhaseStatus),
  builders: z.array(BuilderStatus),
  gate: z
    .object({
      attempt: z.number().int(),
      verdict: GateVerdict,
      layers: z.partialRecord(QualityLevel, GateVerdict),
      blocking: z.number().int(),
      total: z.number().int(),
    })
    .nullable(),
  cost: z.object({
    spent: z.number(),
    /** Put aside for paid runs that are under way: the most that they may cost. */
    reserved: z.number(),
    /** Neither spent nor put aside; null without a limit. */
    left: z.number().nullable(),
    limit: z.number().nullable(),
    /** Set from 80 % of the limit on. */
    warning: z.string(),
  }),
  /** How the fix loop goes; null when nothing had to be fixed. */
  fix: FixSummary.nullable(),
  fix_attempts: z.number().int(),
  max_fix_attempts: z.number().int(),
  /** Open questions of the architecture review. */
  questions: z.number().int(),
  /** What waits for a decision: a line for each service, and the service map as a Mermaid flowchart. */
  review: z.object({ services: z.array(z.string()), diagram: z.string() }).nullable(),
  started_at: z.string(),
  elapsed_seconds: z.number(),
  /** Report name to absolute path; only files that exist. */
  reports: z.record(z.string(), z.string()),
  /** Where the services' code is. */
  output_dir: z.string(),
  /** What runs now on this machine for it. */
  running: z.array(z.object({ purpose: z.string(), pid: z.number().int() })),
  last_event: z.number().int(),
});
export type PipelineStatus = z.infer<typeof PipelineStatus>;

/** What starting, deciding on or stopping a pipeline answers with; the whole status is one call away. */
export const PipelineHandle = PipelineStatus.pick({
  pipeline_id: true,
  project_name: true,
  state: true,
  status: true,
  reason: true,
  next_step: true,
  output_dir: true,
});
export type PipelineHandle = z.infer<typeof PipelineHandle>;

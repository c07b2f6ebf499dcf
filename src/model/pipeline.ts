import { z } from "zod";

/** The eleven states (specification 5.1). */
export const PIPELINE_STATES = [
  "init",
  "architect_running",
  "architect_review",
  "contracts_registering",
  "builders_running",
  "builders_complete",
  "integrating",
  "quality_gate",
  "fix_pass",
  "complete",
  "failed",
] as const;
export const PipelineStateName = z.enum(PIPELINE_STATES);
export type PipelineStateName = z.infer<typeof PipelineStateName>;

/** The thirteen triggers (specification 5.2). */
export const PIPELINE_TRIGGERS = [
  "start_architect",
  "architect_done",
  "approve_architecture",
  "reject_architecture",
  "contracts_ready",
  "builders_done",
  "start_integration",
  "integration_done",
  "quality_passed",
  "quality_failed",
  "fix_done",
  "fail",
  "retry_quality",
] as const;
export const PipelineTrigger = z.enum(PIPELINE_TRIGGERS);
export type PipelineTrigger = z.infer<typeof PipelineTrigger>;

export const TERMINAL_STATES: readonly PipelineStateName[] = ["complete", "failed"];

/** Phase time limits in seconds (specification 3.3). */
export const PHASE_TIMEOUTS = {
  architect_running: 900,
  architect_review: 300,
  contracts_registering: 180,
  builders_running: 3600,
  integrating: 600,
  quality_gate: 600,
  fix_pass: 900,
} as const satisfies Partial<Record<PipelineStateName, number>>;

/**
 * What a pipeline is doing, for people: `stalled` is a pipeline whose driver died; `waiting_for_plan` (the host architect's
 * caller hands it in), `waiting_for_review` and `paused` (stopped before a phase on request) go on when told to;
 * `waiting_for_builder` is driven, and build tasks wait for agents to claim them.
 */
export const RunStatus = z.enum([
  "running",
  "waiting_for_plan",
  "waiting_for_review",
  "waiting_for_builder",
  "paused",
  "interrupted",
  "stalled",
  "complete",
  "failed",
]);
export type RunStatus = z.infer<typeof RunStatus>;

export const Depth = z.enum(["quick", "standard", "thorough", "exhaustive"]);
export type Depth = z.infer<typeof Depth>;

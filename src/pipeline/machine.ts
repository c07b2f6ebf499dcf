import { assign, initialTransition, setup, transition } from "xstate";
import type { GateVerdict, QualityLevel } from "../model/gate-report.ts";
import type { PipelineStateName } from "../model/pipeline.ts";

/** Why a pipeline failed, kept with it. */
export interface Failure {
  code: string;
  message: string;
  remedy: string;
}

/** What the guards look at (specification 5.3) and what a person asks for later. No I/O: events bring observed facts. */
export interface MachineContext {
  architect_retries: number;
  max_architect_retries: number;
  /** What reviewers said, oldest first. */
  feedback: string[];
  service_map_path: string;
  domain_model_path: string;
  contract_registry_path: string;
  total_builders: number;
  successful_builders: number;
  integration_report_path: string;
  quality_attempts: number;
  max_quality_retries: number;
  last_quality_results: Partial<Record<QualityLevel, GateVerdict>>;
  quality_report_path: string;
  failure: Failure | null;
}

interface GateOutcome {
  verdict: GateVerdict;
  layers: Partial<Record<QualityLevel, GateVerdict>>;
  quality_report_path: string;
}

export type PipelineEvent =
  | { type: "start_architect"; prd_length: number; config_loaded: boolean }
  | {
      type: "architect_done";
      service_map_path: string;
      domain_model_path: string;
      contract_registry_path: string;
      outputs_exist: boolean;
    }
  | { type: "approve_architecture"; approved: boolean }
  | { type: "reject_architecture"; feedback: string }
  | { type: "contracts_ready"; contract_registry_path: string; registered: number; expected: number }
  | { type: "builders_done"; total: number; successful: number }
  | { type: "start_integration" }
  | { type: "integration_done"; integration_report_path: string; report_exists: boolean }
  | ({ type: "quality_passed" } & GateOutcome)
  | ({ type: "quality_failed" } & GateOutcome)
  | { type: "fix_done" }
  | { type: "fail"; failure: Failure }
  | { type: "retry_quality"; requested: boolean };

/** The shortest PRD that can name services and what they do, in characters (specification 5.3). */
export const MIN_PRD_LENGTH = 100;

const machineSetup = setup({
  types: {
    context: {} as MachineContext,
    events: {} as PipelineEvent,
    input: {} as Pick<MachineContext, "max_architect_retries" | "max_quality_retries">,
  },
  guards: {
    has_valid_prd_and_config: ({ event }) =>
      event.type === "start_architect" && event.prd_length > MIN_PRD_LENGTH && event.config_loaded,
    architect_outputs_exist: ({ event }) => event.type === "architect_done" && event.outputs_exist,
    review_approved: ({ event }) => event.type === "approve_architecture" && event.approved,
    retries_remaining: ({ context }) => context.architect_retries < context.max_architect_retries,
    contracts_valid: ({ event }) => event.type === "contracts_ready" && event.registered === event.expected,
    at_least_one_builder_succeeded: ({ event }) => event.type === "builders_done" && event.successful >= 1,
    integration_report_exists: ({ event }) => event.type === "integration_done" && event.report_exists,
    all_layers_passed: ({ event }) => event.type === "quality_passed" && event.verdict === "passed",
    fix_retries_remaining: ({ context, event }) =>
      event.type === "quality_failed" &&
      event.verdict !== "passed" &&
      context.quality_attempts < context.max_quality_retries,
    // The gate reads the integration report: without one there is nothing to go back to.
    manual_retry_requested: ({ context, event }) =>
      event.type === "retry_quality" && event.requested && context.integration_report_path !== "",
  },
  actions: {
    keep_plan: assign(({ event }) =>
      event.type === "architect_done"
        ? {
            service_map_path: event.service_map_path,
            domain_model_path: event.domain_model_path,
            contract_registry_path: event.contract_registry_path,
          }
        : {},
    ),
    increment_architect_retries: assign(({ context, event }) =>
      event.type === "reject_architecture"
        ? { architect_retries: context.architect_retries + 1, feedback: [...context.feedback, event.feedback] }
        : {},
    ),
    keep_registry: assign(({ event }) =>
      event.type === "contracts_ready" ? { contract_registry_path: event.contract_registry_path } : {},
    ),
    keep_builder_counts: assign(({ event }) =>
      event.type === "builders_done" ? { total_builders: event.total, successful_builders: event.successful } : {},
    ),
    keep_integration_report: assign(({ event }) =>
      event.type === "integration_done" ? { integration_report_path: event.integration_report_path } : {},
    ),
    keep_gate_outcome: assign(({ event }) =>
      event.type === "quality_passed" || event.type === "quality_failed"
        ? { last_quality_results: event.layers, quality_report_path: event.quality_report_path }
        : {},
    ),
    count_fix_attempt: assign(({ context }) => ({ quality_attempts: context.quality_attempts + 1 })),
    keep_failure: assign(({ event }) => (event.type === "fail" ? { failure: event.failure } : {})),
    // A person who asks again gives the fix loop its attempts back.
    start_over_quality: assign(() => ({ failure: null, quality_attempts: 0 })),
  },
});

const fail = { target: "failed", actions: "keep_failure" } as const;

/** The pipeline's eleven states and thirteen transitions (specification 5.1, 5.2). */
export const pipelineMachine = machineSetup.createMachine({
  id: "pipeline",
  initial: "init",
  context: ({ input }) => ({
    architect_retries: 0,
    max_architect_retries: input.max_architect_retries,
    feedback: [],
    service_map_path: "",
    domain_model_path: "",
    contract_registry_path: "",
    total_builders: 0,
    successful_builders: 0,
    integration_report_path: "",
    quality_attempts: 0,
    max_quality_retries: input.max_quality_retries,
    last_quality_results: {},
    quality_report_path: "",
    failure: null,
  }),
  states: {
    init: {
      on: { start_architect: { target: "architect_running", guard: "has_valid_prd_and_config" }, fail },
    },
    architect_running: {
      on: {
        architect_done: { target: "architect_review", guard: "architect_outputs_exist", actions: "keep_plan" },
        fail,
      },
    },
    architect_review: {
      on: {
        approve_architecture: { target: "contracts_registering", guard: "review_approved" },
        reject_architecture: {
          target: "architect_running",
          guard: "retries_remaining",
          actions: "increment_architect_retries",
        },
        fail,
      },
    },
    contracts_registering: {
      on: { contracts_ready: { target: "builders_running", guard: "contracts_valid", actions: "keep_registry" }, fail },
    },
    builders_running: {
      on: {
        builders_done: {
          target: "builders_complete",
          guard: "at_least_one_builder_succeeded",
          actions: "keep_builder_counts",
        },
        fail,
      },
    },
    builders_complete: { on: { start_integration: { target: "integrating" }, fail } },
    integrating: {
      on: {
        integration_done: {
          target: "quality_gate",
          guard: "integration_report_exists",
          actions: "keep_integration_report",
        },
        fail,
      },
    },
    quality_gate: {
      on: {
        quality_passed: { target: "complete", guard: "all_layers_passed", actions: "keep_gate_outcome" },
        quality_failed: {
          target: "fix_pass",
          guard: "fix_retries_remaining",
          actions: ["keep_gate_outcome", "count_fix_attempt"],
        },
        fail,
      },
    },
    fix_pass: { on: { fix_done: { target: "quality_gate" }, fail } },
    complete: { type: "final" },
    // Not final for XState: a final state accepts nothing, and retry_quality leaves this one.
    failed: {
      on: { retry_quality: { target: "quality_gate", guard: "manual_retry_requested", actions: "start_over_quality" } },
    },
  },
});

/** Where a pipeline stands, as it is stored. */
export interface Position {
  state: PipelineStateName;
  context: MachineContext;
}

/** The position of a new pipeline. */
export function initialPosition(
  limits: Pick<MachineContext, "max_architect_retries" | "max_quality_retries">,
): Position {
  const [snapshot] = initialTransition(pipelineMachine, limits);
  return { state: snapshot.value, context: snapshot.context };
}

/** The position after an event, or undefined when the state or a guard does not accept it. Pure. */
export function advance(position: Position, event: PipelineEvent): Position | undefined {
  const before = pipelineMachine.resolveState({ value: position.state, context: position.context });
  if (!before.can(event)) return undefined;
  const [after] = transition(pipelineMachine, before, event);
  return { state: after.value, context: after.context };
}

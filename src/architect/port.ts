import type { Spawn } from "../lib/exec.ts";
import type { Plan } from "../model/plan.ts";

/** What a backend that costs money may spend. */
export interface PlanningBudget {
  /** USD that are still to be spent. */
  left(): number;
  /**
   * Before a run that may cost up to `most` USD. Gives how to settle it with what it did cost; null when that is not
   * known: `most` counts then, as it does when a crash leaves it unsettled.
   */
  reserve(most: number): (usd: number | null) => void;
}

export interface PlanRequest {
  /** The PRD's Markdown. */
  prd: string;
  /** What was wrong with earlier plans of this PRD, oldest first. */
  feedback: string[];
  /** The plan that the newest feedback is about. */
  previous?: Plan | undefined;
  /** Aborted when planning has to stop: on request, or at its time limit. */
  signal?: AbortSignal;
  /** Starts programs; a driver's records them first. Left out: they are started in a group of their own. */
  spawn?: Spawn;
  /** Absolute folder for the logs of programs; a temporary one when left out. */
  log_dir?: string;
  /** Left out: nothing that costs money is started. */
  budget?: PlanningBudget | undefined;
}

/** What does not hold together in a plan or in what was handed in for one. */
export interface PlanFault {
  /** JSON pointer to the place; "" is the whole. */
  path: string;
  /** As in a Question: "event order.paid", "service billing", "endpoint GET /reports". */
  about: string;
  message: string;
}

/** What somebody who plans for us has to know. */
export interface Brief {
  instructions: string;
  /** JSON Schema (draft 2020-12) of the answer. */
  schema: Record<string, unknown>;
}

/** A submitted answer: the plan it makes, or what is wrong with it. */
export type Judgement = { plan: Plan; faults: [] } | { plan: null; faults: PlanFault[] };

/** How a backend works whose plan comes from the caller. */
export interface HandsOut {
  brief(request: PlanRequest): Brief;
  /** Never throws for what is in the answer: that becomes faults. */
  judge(answer: unknown, request: PlanRequest): Promise<Judgement>;
}

/** Turns a PRD into a plan. Errors: PRD_UNREADABLE when the PRD is too short, binary, or names no services. */
export interface Architect {
  readonly name: string;
  /**
   * Plan by itself. Errors, beside those of the PRD: PLAN_INVALID when no valid plan came about, BUDGET_EXCEEDED,
   * ENVIRONMENT (a program is missing, not logged in, rate limited), WRONG_STATE when it `handsOut`.
   */
  plan(request: PlanRequest): Promise<Plan>;
  /** Present when the plan is handed in by the caller: a pipeline waits for it, without a driver. */
  readonly handsOut?: HandsOut;
  /**
   * Whether feedback can be acted on, before a rejection is committed; with `request` (the PRD and the earlier feedback)
   * also whether what it names exists. Errors: INVALID_INPUT with what is understood.
   */
  checkFeedback?(feedback: string, request?: PlanRequest): void;
}

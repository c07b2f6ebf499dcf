import type { Plan } from "../model/plan.ts";

export interface PlanRequest {
  /** The PRD's Markdown. */
  prd: string;
  /** What was wrong with earlier plans of this PRD, oldest first. */
  feedback: string[];
  signal?: AbortSignal;
}

/** Turns a PRD into a plan. Errors: PRD_UNREADABLE when the PRD is too short, binary, or names no services. */
export interface Architect {
  readonly name: string;
  plan(request: PlanRequest): Promise<Plan>;
}

/**
 * The one error type and the one table of error codes. `exit` is the process exit code a command ends with.
 * Exit codes: 0 done · 1 the work found problems (gate failed, findings) · 2 could not run · 130 interrupted.
 */
export const ERROR_CODES = {
  INVALID_INPUT: { exit: 2, retryable: false, meaning: "An argument is missing, malformed or out of range." },
  NOT_FOUND: { exit: 2, retryable: false, meaning: "A file, pipeline, service or contract does not exist." },
  WRONG_STATE: { exit: 2, retryable: false, meaning: "The operation does not apply in the pipeline's current state." },
  CONFIG_INVALID: { exit: 2, retryable: false, meaning: "The configuration file has an unknown key or a wrong value." },
  PRD_UNREADABLE: { exit: 2, retryable: false, meaning: "The PRD is empty, too short, binary, or names no services." },
  CONTRACT_INVALID: { exit: 2, retryable: false, meaning: "A contract does not conform to its specification." },
  DATABASE_NEWER: { exit: 2, retryable: false, meaning: "The state database was written by a newer version." },
  DATABASE_CORRUPT: { exit: 2, retryable: false, meaning: "The state database is damaged or is not a database." },
  LEASE_HELD: { exit: 2, retryable: true, meaning: "Another driver runs this pipeline." },
  LEASE_LOST: { exit: 2, retryable: true, meaning: "Another driver took this pipeline over; this one stops." },
  BUDGET_EXCEEDED: { exit: 1, retryable: true, meaning: "The budget limit is reached." },
  PHASE_TIMEOUT: { exit: 1, retryable: true, meaning: "A phase ran longer than its time limit." },
  INTERRUPTED: { exit: 130, retryable: true, meaning: "The work was stopped by a signal or by a request." },
  CANCELLED: { exit: 130, retryable: false, meaning: "The pipeline was cancelled." },
  ENVIRONMENT: {
    exit: 2,
    retryable: true,
    meaning: "The machine lacks something: a tool, a port, disk space, a permission.",
  },
  REMOTE_UNAVAILABLE: {
    exit: 2,
    retryable: true,
    meaning: "An external server (architect, contracts, codebase) did not start, did not answer in time, or died.",
  },
  REMOTE_ANSWER: {
    exit: 2,
    retryable: false,
    meaning: "An external server lacks a tool, answered with an error, or out of schema.",
  },
  BUILDERS_FAILED: { exit: 1, retryable: false, meaning: "No builder produced a service that passes its own tests." },
  GATE_FAILED: { exit: 1, retryable: false, meaning: "The quality gate failed and no fix attempt is left." },
  PLAN_INVALID: { exit: 2, retryable: true, meaning: "No plan came about that holds together." },
  INTERNAL: { exit: 2, retryable: true, meaning: "A defect of super-orchestrator itself." },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error a user can act on: what went wrong (`message`) and what to do next (`remedy`). */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly details: Record<string, unknown>;

  /** Whether doing the same again, perhaps after setting something right, can succeed. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  constructor(
    code: ErrorCode,
    message: string,
    options: { remedy: string; cause?: unknown; details?: Record<string, unknown> },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.remedy = options.remedy;
    this.details = options.details ?? {};
  }
}

/** Any thrown value as an AppError; what is not one already becomes INTERNAL with its message kept. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError("INTERNAL", message, {
    remedy: "Run again with --verbose and report it with the log if it happens twice.",
    cause: thrown,
  });
}

/** The text of any thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

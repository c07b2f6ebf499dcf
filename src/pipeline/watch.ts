import { setMaxListeners } from "node:events";
import type { Db } from "../lib/db.ts";
import { AppError, toAppError } from "../lib/errors.ts";
import { HEARTBEAT_MS, type Lease, renewLease } from "./lease.ts";
import { stopRequest } from "./store.ts";

/** How often a driver looks whether it was asked to stop. */
const LOOK_MS = 300;

/** Keeps a lease alive and listens for reasons to stop. */
export interface Watch {
  /** Aborted with an AppError: INTERRUPTED, CANCELLED or LEASE_LOST. */
  signal: AbortSignal;
  /** Whether the lease belongs to another driver now: nothing may be written any more. */
  readonly lost: boolean;
  end(): void;
}

/** Renew the lease on a timer, and abort when somebody requests a stop, when `outer` aborts, or when the lease is lost. */
export function keepWatch(db: Db, lease: Lease, outer: AbortSignal): Watch {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  let lost = false;
  const guarded = (work: () => void) => () => {
    try {
      work();
    } catch (cause) {
      // A database that is busy for a moment is asked again; only a lost lease is final.
      const error = toAppError(cause);
      if (error.code !== "LEASE_LOST") return;
      lost = true;
      controller.abort(error);
    }
  };
  const heartbeat = setInterval(
    guarded(() => renewLease(db, lease)),
    HEARTBEAT_MS,
  );
  const look = setInterval(
    guarded(() => {
      const request = stopRequest(db, lease.pipeline_id);
      if (request) controller.abort(stopError(request.kind, request.reason));
    }),
    LOOK_MS,
  );
  const onOuter = () => {
    const { reason } = outer;
    controller.abort(reason instanceof AppError ? reason : stopError("interrupt", "Its process was told to stop."));
  };
  if (outer.aborted) onOuter();
  outer.addEventListener("abort", onOuter, { once: true });
  return {
    signal: controller.signal,
    get lost() {
      return lost;
    },
    end: () => {
      clearInterval(heartbeat);
      clearInterval(look);
      outer.removeEventListener("abort", onOuter);
    },
  };
}

function stopError(kind: "interrupt" | "cancel", reason: string): AppError {
  return kind === "cancel"
    ? new AppError("CANCELLED", `The pipeline was cancelled: ${reason}`, {
        remedy: "What was built is kept in the output folder; run the PRD again to start over.",
      })
    : new AppError("INTERRUPTED", reason, { remedy: "Go on with resume_pipeline (super-orchestrator resume)." });
}

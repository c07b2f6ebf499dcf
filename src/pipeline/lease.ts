import { hostname } from "node:os";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { randomHex } from "../lib/ids.ts";
import { isAlive, ownIdentity } from "../lib/process.ts";
import { LeaseRecord } from "./records.ts";

/** The right to drive one pipeline. `token` fences: a write under an older token is refused. */
export interface Lease {
  pipeline_id: string;
  owner: string;
  token: number;
}

/** A driver renews its lease this often. */
export const HEARTBEAT_MS = 2000;
/** A lease not renewed for this long may be taken over even when its process still exists (it hangs). */
export const LEASE_TTL_MS = 30_000;

/** The lease row of a pipeline, or undefined when it was never driven. */
export function leaseOf(db: Db, pipelineId: string): LeaseRecord | undefined {
  const row = db.prepare("SELECT * FROM leases WHERE pipeline_id = ?").get(pipelineId);
  return row === undefined ? undefined : LeaseRecord.parse(row);
}

/** Whether somebody drives the pipeline now: the owner's process lives here, or another host renewed lately. */
export function isHeld(lease: LeaseRecord | undefined, now = Date.now()): boolean {
  if (lease === undefined || lease.owner === null) return false;
  if (now - lease.heartbeat_at > LEASE_TTL_MS) return false;
  return lease.host === hostname() ? isAlive(lease) : true;
}

/**
 * Take the lease of a pipeline that nobody drives; a dead driver's lease is taken over at once.
 * Errors: LEASE_HELD with the owner's process id.
 */
export function acquireLease(db: Db, pipelineId: string): Lease {
  const self = ownIdentity();
  return db
    .transaction((): Lease => {
      const current = leaseOf(db, pipelineId);
      if (isHeld(current))
        throw new AppError("LEASE_HELD", `Pipeline ${pipelineId} is already driven by process ${current?.pid}.`, {
          remedy: "Wait for it with get_pipeline_status, or stop it with cancel_pipeline.",
        });
      const lease = { pipeline_id: pipelineId, owner: randomHex(8), token: (current?.token ?? 0) + 1 };
      db.prepare(
        `INSERT INTO leases (pipeline_id, token, owner, host, pid, started, heartbeat_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (pipeline_id) DO UPDATE SET token = excluded.token, owner = excluded.owner, host = excluded.host,
           pid = excluded.pid, started = excluded.started, heartbeat_at = excluded.heartbeat_at`,
      ).run(pipelineId, lease.token, lease.owner, hostname(), self.pid, self.started, Date.now());
      return lease;
    })
    .immediate();
}

/** Run `write` in one transaction that only happens while the lease is ours. Errors: LEASE_LOST. */
export function fenced<Result>(db: Db, lease: Lease, write: () => Result): Result {
  return db
    .transaction(() => {
      const current = leaseOf(db, lease.pipeline_id);
      if (current?.token !== lease.token || current.owner !== lease.owner)
        throw new AppError("LEASE_LOST", `Another driver has taken pipeline ${lease.pipeline_id} over.`, {
          remedy: "Nothing to do: the other driver goes on.",
        });
      return write();
    })
    .immediate();
}

/** Say that the owner still lives. Errors: LEASE_LOST. */
export function renewLease(db: Db, lease: Lease): void {
  fenced(db, lease, () => {
    db.prepare("UPDATE leases SET heartbeat_at = ? WHERE pipeline_id = ?").run(Date.now(), lease.pipeline_id);
  });
}

/** Give the lease back; the token stays so that the next owner's is higher. */
export function releaseLease(db: Db, lease: Lease): void {
  db.prepare("UPDATE leases SET owner = NULL WHERE pipeline_id = ? AND token = ? AND owner = ?").run(
    lease.pipeline_id,
    lease.token,
    lease.owner,
  );
}

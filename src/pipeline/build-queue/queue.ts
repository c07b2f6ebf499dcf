import { z } from "zod";
import type { Db } from "../../lib/db.ts";
import { type BuildTaskClaim, type BuildTaskKey, HostBriefing, HostSubmission } from "../../model/host-build.ts";
import { leaseOf } from "../lease.ts";
import { insertEvent, pipelineOf } from "../store.ts";
import { claimRefused } from "./refusal.ts";

/** JSON text in a column. */
const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);

export const BuildTaskRecord = z.object({
  pipeline_id: z.string(),
  service: z.string(),
  attempt: z.number(),
  state: z.enum(["queued", "claimed", "submitted", "closed"]),
  briefing: json(HostBriefing),
  lease_ms: z.number(),
  token: z.number(),
  agent: z.string(),
  seen_at: z.number(),
  submission: json(HostSubmission).nullable(),
  reason: z.string(),
  offered_at: z.string(),
});
export type BuildTaskRecord = z.output<typeof BuildTaskRecord>;

const KEY = "pipeline_id = ? AND service = ? AND attempt = ?";
const keyOf = ({ pipeline_id, service, attempt }: BuildTaskKey) => [pipeline_id, service, attempt] as const;

/** One task, or undefined when it was never offered. */
export function findBuildTask(db: Db, key: BuildTaskKey): BuildTaskRecord | undefined {
  const row = db.prepare(`SELECT * FROM build_tasks WHERE ${KEY}`).get(...keyOf(key));
  return row === undefined ? undefined : BuildTaskRecord.parse(row);
}

/** The tasks of a pipeline that wait for an agent, and a driver for them; those offered first before the others. */
export function waitingBuilds(db: Db, pipelineId: string): BuildTaskRecord[] {
  const rows = db
    .prepare("SELECT * FROM build_tasks WHERE pipeline_id = ? AND state = 'queued' AND driver = ? ORDER BY rowid")
    .all(pipelineId, driverOf(db, pipelineId));
  return rows.map((row) => BuildTaskRecord.parse(row));
}

/** Which driver of a pipeline is the newest; no driver has number 0. */
function driverOf(db: Db, pipelineId: string): number {
  return leaseOf(db, pipelineId)?.token ?? 0;
}

function note(db: Db, id: string, kind: string, data: Record<string, unknown>): void {
  const { state } = pipelineOf(db, id);
  insertEvent(db, id, { kind, from: state, to: state, data });
}

/**
 * Put a task into the queue. One that is there already, because the driver before this one offered it, keeps its state and
 * its claim; a closed one is open again.
 */
export function offerBuild(db: Db, key: BuildTaskKey, task: { briefing: HostBriefing; lease_ms: number }): void {
  db.transaction(() => {
    const known = findBuildTask(db, key);
    const briefing = JSON.stringify(task.briefing);
    const driver = driverOf(db, key.pipeline_id);
    if (known === undefined)
      db.prepare(
        `INSERT INTO build_tasks (pipeline_id, service, attempt, state, briefing, driver, lease_ms, seen_at, offered_at)
         VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?)`,
      ).run(...keyOf(key), briefing, driver, task.lease_ms, Date.now(), new Date().toISOString());
    else
      db.prepare(
        `UPDATE build_tasks SET briefing = ?, driver = ?, lease_ms = ?, reason = '',
           state = CASE state WHEN 'closed' THEN 'queued' ELSE state END WHERE ${KEY}`,
      ).run(briefing, driver, task.lease_ms, ...keyOf(key));
    if (known !== undefined && known.state !== "closed") return;
    const { kind, findings } = task.briefing;
    note(db, key.pipeline_id, "build_offered", { service: key.service, attempt: key.attempt, kind, findings });
  }).immediate();
}

/** Take back claims that gave no sign of life for as long as their lease. Runs in a transaction of the caller's. */
function requeue(db: Db, pipelineId: string, now: number): void {
  const lost = db
    .prepare("SELECT * FROM build_tasks WHERE pipeline_id = ? AND state = 'claimed' AND seen_at + lease_ms < ?")
    .all(pipelineId, now)
    .map((row) => BuildTaskRecord.parse(row));
  for (const task of lost) {
    db.prepare(`UPDATE build_tasks SET state = 'queued' WHERE ${KEY}`).run(...keyOf(task));
    const { service, attempt, agent, token, lease_ms } = task;
    note(db, pipelineId, "build_claim_lost", { service, attempt, agent, token, silent_seconds: lease_ms / 1000 });
  }
}

/** Give lost claims of a pipeline back to its queue. */
export function requeueLost(db: Db, pipelineId: string, now = Date.now()): void {
  db.transaction(() => requeue(db, pipelineId, now)).immediate();
}

/**
 * Claim the task that waits longest, of one service when it is named; undefined when none waits. Two agents never get the
 * same one: it happens in one transaction, under a token higher than any before.
 */
export function claimBuild(
  db: Db,
  pipelineId: string,
  { agent, service }: { agent: string; service?: string | undefined },
  now = Date.now(),
): BuildTaskRecord | undefined {
  return db
    .transaction(() => {
      requeue(db, pipelineId, now);
      const next = waitingBuilds(db, pipelineId).find((task) => !service || task.service === service);
      if (next === undefined) return undefined;
      db.prepare(
        `UPDATE build_tasks SET state = 'claimed', token = token + 1, agent = ?, seen_at = ? WHERE ${KEY}`,
      ).run(agent, now, ...keyOf(next));
      const token = next.token + 1;
      note(db, pipelineId, "build_claimed", { service: next.service, attempt: next.attempt, agent, token });
      return { ...next, state: "claimed" as const, token, agent, seen_at: now };
    })
    .immediate();
}

/** Run `write` in one transaction that only happens while the claim stands. Errors: WRONG_STATE, NOT_FOUND. */
function underClaim<Result>(db: Db, claim: BuildTaskClaim, write: (task: BuildTaskRecord) => Result): Result {
  return db
    .transaction(() => {
      const task = findBuildTask(db, claim);
      if (task?.token !== claim.token || task.state !== "claimed") throw claimRefused(claim, task);
      return write(task);
    })
    .immediate();
}

function see(db: Db, claim: BuildTaskKey): void {
  db.prepare(`UPDATE build_tasks SET seen_at = max(seen_at, ?) WHERE ${KEY}`).run(Date.now(), ...keyOf(claim));
}

/**
 * Renew a claim; with `progress` it is noted as what the builder is doing. A claim that was not given to anybody else yet
 * is still good, however late. Errors: WRONG_STATE when the task went to another agent, was handed in or closed.
 */
export function renewClaim(
  db: Db,
  claim: BuildTaskClaim,
  progress?: { doing: string; turns: number | null; cost: number | null },
): BuildTaskRecord {
  return db
    .transaction(() => {
      const task = findBuildTask(db, claim);
      // Under the token of a claim that was given back nobody works.
      const back = task?.state === "queued" && task.token === claim.token && task.agent !== "";
      if (back) db.prepare(`UPDATE build_tasks SET state = 'claimed' WHERE ${KEY}`).run(...keyOf(claim));
      return underClaim(db, claim, (held) => {
        see(db, claim);
        const { service, attempt, pipeline_id } = claim;
        if (progress) note(db, pipeline_id, "builder_progress", { service, attempt, ...progress });
        return { ...held, seen_at: Date.now() };
      });
    })
    .immediate();
}

/** A claim's folder is being written to: a sign of life like any other. Nothing happens unless it is claimed. */
export function touchClaim(db: Db, key: BuildTaskKey): void {
  if (findBuildTask(db, key)?.state === "claimed") see(db, key);
}

/** Give a claimed task back to the queue. Errors: as `renewClaim`. */
export function releaseClaim(db: Db, claim: BuildTaskClaim, reason: string): void {
  underClaim(db, claim, ({ service, attempt, agent, pipeline_id }) => {
    // The token goes up: whoever gave it back is not to come again under the same claim.
    db.prepare(`UPDATE build_tasks SET state = 'queued', token = token + 1, agent = '' WHERE ${KEY}`).run(
      ...keyOf(claim),
    );
    note(db, pipeline_id, "build_released", { service, attempt, agent, reason });
  });
}

/**
 * Keep what was handed in. The same claim handed in twice is kept once: gives false the second time. A claim that was lost
 * but not given to anybody else yet is still good. Errors: as `renewClaim`.
 */
export function submitBuild(db: Db, claim: BuildTaskClaim, submission: HostSubmission): boolean {
  return db
    .transaction(() => {
      const task = findBuildTask(db, claim);
      if (task?.token === claim.token && task.submission !== null && task.state !== "claimed") return false;
      renewClaim(db, claim);
      return underClaim(db, claim, ({ service, attempt, agent, pipeline_id }) => {
        db.prepare(`UPDATE build_tasks SET state = 'submitted', submission = ? WHERE ${KEY}`).run(
          JSON.stringify(submission),
          ...keyOf(claim),
        );
        note(db, pipeline_id, "build_submitted", { service, attempt, agent, success: submission.success });
        return true;
      });
    })
    .immediate();
}

/** Nobody waits for the task any more, until it is offered again. Claims and submissions stay. */
export function withdrawBuild(db: Db, key: BuildTaskKey): void {
  db.prepare(`UPDATE build_tasks SET driver = 0 WHERE ${KEY}`).run(...keyOf(key));
}

/** The task is over, whoever has it: what comes for it now is refused with the reason. */
export function closeBuild(db: Db, key: BuildTaskKey, reason: string): void {
  db.prepare(`UPDATE build_tasks SET state = 'closed', reason = ? WHERE ${KEY}`).run(reason, ...keyOf(key));
}

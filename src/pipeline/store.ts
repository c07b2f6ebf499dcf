import { type Db, openDatabase } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import type { PipelineStateName } from "../model/pipeline.ts";
import { fenced, type Lease } from "./lease.ts";
import { advance, initialPosition, type PipelineEvent } from "./machine.ts";
import { DriverRequest, EventRecord, PipelineRecord } from "./records.ts";

const now = () => new Date().toISOString();

/** Open the state database, the only truth. Errors: DATABASE_NEWER, DATABASE_CORRUPT (see `openDatabase`). */
export function openStore(path: string, migrations: readonly string[]): Db {
  return openDatabase(path, migrations);
}

/** Keep a new pipeline in its first state. */
export function createPipeline(
  db: Db,
  pipeline: Pick<
    PipelineRecord,
    "id" | "project_name" | "prd" | "prd_path" | "config_path" | "config" | "output_dir"
  > & {
    pause_at: PipelineStateName | null;
  },
): void {
  const position = initialPosition({
    max_architect_retries: pipeline.config.architect.max_retries,
    max_quality_retries: pipeline.config.quality_gate.max_fix_retries,
  });
  db.transaction(() => {
    db.prepare(
      `INSERT INTO pipelines (id, project_name, prd, prd_path, config_path, config, output_dir, state, previous_state,
         context, pause_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)`,
    ).run(
      pipeline.id,
      pipeline.project_name,
      pipeline.prd,
      pipeline.prd_path,
      pipeline.config_path,
      JSON.stringify(pipeline.config),
      pipeline.output_dir,
      position.state,
      JSON.stringify(position.context),
      pipeline.pause_at,
      now(),
      now(),
    );
    insertEvent(db, pipeline.id, {
      kind: "created",
      from: "",
      to: position.state,
      data: { prd_path: pipeline.prd_path },
    });
  }).immediate();
}

/** One pipeline. Errors: NOT_FOUND, naming the nearest id. */
export function pipelineOf(db: Db, id: string): PipelineRecord {
  const row = db.prepare("SELECT * FROM pipelines WHERE id = ?").get(id);
  if (row !== undefined) return PipelineRecord.parse(row);
  const meant = nearest(id, pipelineIds(db));
  throw new AppError("NOT_FOUND", `There is no pipeline ${id}${meant ? `; did you mean ${meant}` : ""}.`, {
    remedy: "See the ids with list_pipelines (super-orchestrator list).",
  });
}

/** Ids of all pipelines, newest first. */
export function pipelineIds(db: Db): string[] {
  const rows = db.prepare("SELECT id FROM pipelines ORDER BY created_at DESC, rowid DESC").all();
  return rows.map((row) => (row as { id: string }).id);
}

/** Note something in a transaction of the caller's. */
export function insertEvent(
  db: Db,
  id: string,
  event: { kind: string; from: string; to: string; data: Record<string, unknown> },
): void {
  db.prepare("INSERT INTO events (pipeline_id, at, kind, from_state, to_state, data) VALUES (?, ?, ?, ?, ?, ?)").run(
    id,
    now(),
    event.kind,
    event.from,
    event.to,
    JSON.stringify(event.data),
  );
}

/**
 * Move a pipeline: new snapshot and event row in one fenced transaction. Once this returns, the move survives any crash.
 * Errors: WRONG_STATE when the state or a guard does not accept the event; LEASE_LOST.
 */
export function commitEvent(db: Db, lease: Lease, event: PipelineEvent): PipelineStateName {
  return fenced(db, lease, () => {
    const before = pipelineOf(db, lease.pipeline_id);
    const after = advance({ state: before.state, context: before.context }, event);
    if (after === undefined)
      throw new AppError(
        "WRONG_STATE",
        `${event.type} does not apply to pipeline ${before.id} in state ${before.state}.`,
        {
          remedy: "See where it stands and what comes next with get_pipeline_status.",
        },
      );
    db.prepare(
      "UPDATE pipelines SET state = ?, previous_state = ?, context = ?, interrupted = 0, interrupt_reason = '', updated_at = ? WHERE id = ?",
    ).run(after.state, before.state, JSON.stringify(after.context), now(), before.id);
    const { type, ...data } = event;
    insertEvent(db, before.id, { kind: type, from: before.state, to: after.state, data });
    return after.state;
  });
}

/** Note something that happened without moving the pipeline. */
export function noteEvent(db: Db, lease: Lease, kind: string, data: Record<string, unknown>): void {
  fenced(db, lease, () => {
    const { state } = pipelineOf(db, lease.pipeline_id);
    insertEvent(db, lease.pipeline_id, { kind, from: state, to: state, data });
  });
}

/** Mark a pipeline as stopped half-way; resuming goes on from its state. */
export function markInterrupted(db: Db, lease: Lease, reason: string): void {
  fenced(db, lease, () => {
    db.prepare(
      "UPDATE pipelines SET interrupted = 1, interrupt_reason = ?, request = NULL, updated_at = ? WHERE id = ?",
    ).run(reason, now(), lease.pipeline_id);
    const { state } = pipelineOf(db, lease.pipeline_id);
    insertEvent(db, lease.pipeline_id, { kind: "interrupted", from: state, to: state, data: { reason } });
  });
}

/** A driver begins: earlier marks and requests are over. */
export function markDriven(db: Db, lease: Lease): void {
  fenced(db, lease, () =>
    db
      .prepare("UPDATE pipelines SET interrupted = 0, interrupt_reason = '', request = NULL WHERE id = ?")
      .run(lease.pipeline_id),
  );
}

/** Ask the running driver to stop; it looks a few times a second. */
export function requestStop(db: Db, id: string, request: DriverRequest): void {
  db.prepare("UPDATE pipelines SET request = ? WHERE id = ?").run(JSON.stringify(DriverRequest.parse(request)), id);
}

/** What the running driver has been asked, if anything. */
export function stopRequest(db: Db, id: string): DriverRequest | undefined {
  const row = db.prepare("SELECT request FROM pipelines WHERE id = ?").get(id) as
    | { request: string | null }
    | undefined;
  return row?.request ? DriverRequest.parse(JSON.parse(row.request)) : undefined;
}

/** Where the next driver stops, and which services it builds; null lifts the limit. */
export function setLimits(
  db: Db,
  id: string,
  limits: { pause_at: PipelineStateName | null; only_services: string[] | null },
): void {
  db.prepare("UPDATE pipelines SET pause_at = ?, only_services = ? WHERE id = ?").run(
    limits.pause_at,
    limits.only_services === null ? null : JSON.stringify(limits.only_services),
    id,
  );
}

/** Change a pipeline's settings, e.g. its budget, before it is resumed. */
export function setConfig(db: Db, id: string, config: PipelineRecord["config"]): void {
  db.prepare("UPDATE pipelines SET config = ? WHERE id = ?").run(JSON.stringify(config), id);
}

/** Events after `seq`, oldest first, at most `limit`; of one kind when it is named. */
export function eventsOf(db: Db, id: string, after = 0, limit = 1000, kind?: string): EventRecord[] {
  const rows = db
    .prepare("SELECT * FROM events WHERE pipeline_id = ? AND seq > ? AND (? IS NULL OR kind = ?) ORDER BY seq LIMIT ?")
    .all(id, after, kind ?? null, kind ?? null, limit);
  return rows.map((row) => EventRecord.parse(row));
}

/** The newest event of one kind that is about a service. */
export function lastBuilderEventOf(db: Db, id: string, service: string, kind: string): EventRecord | undefined {
  const row = db
    .prepare(
      `SELECT * FROM events WHERE pipeline_id = ? AND kind = ? AND json_extract(data, '$.service') = ?
       ORDER BY seq DESC LIMIT 1`,
    )
    .get(id, kind, service);
  return row === undefined ? undefined : EventRecord.parse(row);
}

/** The newest event of a pipeline, of one kind when it is named. */
export function lastEventOf(db: Db, id: string, kind?: string): EventRecord | undefined {
  const row = db
    .prepare("SELECT * FROM events WHERE pipeline_id = ? AND (? IS NULL OR kind = ?) ORDER BY seq DESC LIMIT 1")
    .get(id, kind ?? null, kind ?? null);
  return row === undefined ? undefined : EventRecord.parse(row);
}

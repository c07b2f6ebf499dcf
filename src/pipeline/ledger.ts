import { existsSync } from "node:fs";
import type { Db } from "../lib/db.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import type { ProcessIdentity } from "../lib/process.ts";
import type { Step } from "../lib/step.ts";
import type { BuilderClaim, BuilderResult } from "../model/builder.ts";
import { fenced, type Lease } from "./lease.ts";
import { BuilderRun, CostRecord, DocumentRecord, ProcessRecord } from "./records.ts";

const now = () => new Date().toISOString();

/** Whoever writes below a phase: the store it writes to and the lease it holds. */
export interface Ledger {
  db: Db;
  lease: Lease;
}

/** A `Step` whose results are kept: a key that is recorded gives its result back and does not run again. */
export function recordedStep({ db, lease }: Ledger, phase: string, attempt: number): Step {
  const find = db.prepare("SELECT result FROM steps WHERE pipeline_id = ? AND phase = ? AND attempt = ? AND key = ?");
  const keep = db.prepare("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?)");
  return async (key, work) => {
    const row = find.get(lease.pipeline_id, phase, attempt, key);
    // The row holds what the same call returned before: its type is the caller's own.
    if (row !== undefined) return JSON.parse((row as { result: string }).result);
    const result = await work();
    fenced(db, lease, () => keep.run(lease.pipeline_id, phase, attempt, key, JSON.stringify(result), now()));
    return result;
  };
}

/** Keep a document in the database and export it to its file: a value as JSON, or a text as it is. */
export function putDocument(
  { db, lease }: Ledger,
  document: { name: string; phase: string; path: string } & ({ value: unknown } | { text: string }),
): void {
  const content = "text" in document ? document.text : `${JSON.stringify(document.value, null, 2)}\n`;
  fenced(db, lease, () =>
    db
      .prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?)")
      .run(lease.pipeline_id, document.name, document.phase, content, document.path, now()),
  );
  writeFileAtomic(document.path, content);
}

export function documents(db: Db, pipelineId: string): DocumentRecord[] {
  const rows = db.prepare("SELECT * FROM documents WHERE pipeline_id = ? ORDER BY at, name").all(pipelineId);
  return rows.map((row) => DocumentRecord.parse(row));
}

/** Write again what was exported and has gone missing: the database is the truth, the files are copies. */
export function restoreDocuments(db: Db, pipelineId: string): string[] {
  const missing = documents(db, pipelineId).filter((document) => !existsSync(document.path));
  for (const document of missing) writeFileAtomic(document.path, document.content);
  return missing.map((document) => document.path);
}

/** A builder run begins; beginning the same attempt again (after a crash) counts its starts. */
export function startBuilderRun(
  { db, lease }: Ledger,
  run: { service: string; attempt: number; phase: string; round: number; backend: string },
): void {
  fenced(db, lease, () =>
    db
      .prepare(
        `INSERT INTO builder_runs (pipeline_id, service, attempt, phase, round, backend, status, started_at)
         VALUES (?, ?, ?, ?, ?, ?, 'building', ?)
         ON CONFLICT DO UPDATE SET status = 'building', starts = starts + 1, backend = excluded.backend`,
      )
      .run(lease.pipeline_id, run.service, run.attempt, run.phase, run.round, run.backend, now()),
  );
}

/** The builder has ended and said what it did; now we look for ourselves. */
export function claimBuilderRun({ db, lease }: Ledger, service: string, attempt: number, claim: BuilderClaim): void {
  fenced(db, lease, () =>
    db
      .prepare(
        "UPDATE builder_runs SET status = 'verifying', claim = ? WHERE pipeline_id = ? AND service = ? AND attempt = ?",
      )
      .run(JSON.stringify(claim), lease.pipeline_id, service, attempt),
  );
}

/**
 * A builder run is over: its result and its cost are kept in one transaction. `settled` is what paid runs in it were
 * already booked with, in USD.
 */
export function finishBuilderRun(ledger: Ledger, phase: string, result: BuilderResult, settled = 0): void {
  const { db, lease } = ledger;
  fenced(db, lease, () => {
    putResult(db, lease.pipeline_id, result);
    db.prepare("INSERT OR REPLACE INTO costs VALUES (?, ?, ?, ?, ?, ?)").run(
      lease.pipeline_id,
      phase,
      result.service_id,
      result.attempt,
      Math.max(0, result.cost - settled),
      now(),
    );
  });
}

/** The evidence of a finished run was gathered again on changed code; it cost nothing. */
export function updateResult({ db, lease }: Ledger, result: BuilderResult): void {
  fenced(db, lease, () => putResult(db, lease.pipeline_id, result));
}

function putResult(db: Db, pipelineId: string, result: BuilderResult): void {
  db.prepare(
    "UPDATE builder_runs SET status = ?, result = ?, finished_at = ? WHERE pipeline_id = ? AND service = ? AND attempt = ?",
  ).run(
    result.success ? "succeeded" : "failed",
    JSON.stringify(result),
    now(),
    pipelineId,
    result.service_id,
    result.attempt,
  );
}

/** All runs, oldest attempt first within a service. */
export function builderRuns(db: Db, pipelineId: string): BuilderRun[] {
  const rows = db.prepare("SELECT * FROM builder_runs WHERE pipeline_id = ? ORDER BY service, attempt").all(pipelineId);
  return rows.map((row) => BuilderRun.parse(row));
}

/** The newest run of each service. */
export function latestRuns(db: Db, pipelineId: string): Map<string, BuilderRun> {
  return new Map(builderRuns(db, pipelineId).map((run) => [run.service, run]));
}

/** Keep what a piece of work cost; the same piece again replaces it. */
export function addCost({ db, lease }: Ledger, { phase, item, attempt, usd }: CostRecord): void {
  fenced(db, lease, () =>
    db
      .prepare("INSERT OR REPLACE INTO costs VALUES (?, ?, ?, ?, ?, ?)")
      .run(lease.pipeline_id, phase, item, attempt, usd, now()),
  );
}

/** What was spent, by phase, item and attempt. */
export function costs(db: Db, pipelineId: string): CostRecord[] {
  return db
    .prepare("SELECT * FROM costs WHERE pipeline_id = ?")
    .all(pipelineId)
    .map((row) => CostRecord.parse(row));
}

/** Remember a child before it runs. */
export function addProcess({ db, lease }: Ledger, child: ProcessIdentity, purpose: string): void {
  fenced(db, lease, () =>
    db
      .prepare("INSERT OR REPLACE INTO processes VALUES (?, ?, ?, ?, ?)")
      .run(lease.pipeline_id, child.pid, child.started, purpose, now()),
  );
}

export function removeProcess(db: Db, pipelineId: string, child: ProcessIdentity): void {
  db.prepare("DELETE FROM processes WHERE pipeline_id = ? AND pid = ? AND started = ?").run(
    pipelineId,
    child.pid,
    child.started,
  );
}

export function processes(db: Db, pipelineId: string): ProcessRecord[] {
  return db
    .prepare("SELECT pid, started, purpose FROM processes WHERE pipeline_id = ? ORDER BY at")
    .all(pipelineId)
    .map((row) => ProcessRecord.parse(row));
}

/**
 * Build tasks that agents of the calling session claim (builder `host`): one row an attempt at a service. What became of a
 * submission, its evidence, is in `builder_runs` like that of any other builder.
 */
export const BUILD_TASK_TABLES = `
CREATE TABLE build_tasks (
  pipeline_id TEXT NOT NULL REFERENCES pipelines(id),
  service TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  state TEXT NOT NULL,              -- queued, claimed, submitted, closed
  briefing TEXT NOT NULL,           -- JSON: HostBriefing
  driver INTEGER NOT NULL,          -- token of the driver's lease that offered it last: another one does not wait for it
  lease_ms INTEGER NOT NULL,        -- a claim without a sign of life for this long is lost
  token INTEGER NOT NULL DEFAULT 0, -- fencing token: grows with each claim
  agent TEXT NOT NULL DEFAULT '',   -- who holds the claim, or held the last one
  seen_at INTEGER NOT NULL,         -- last sign of life, milliseconds since the epoch
  submission TEXT,                  -- JSON: HostSubmission
  reason TEXT NOT NULL DEFAULT '',  -- why it is closed
  offered_at TEXT NOT NULL,
  PRIMARY KEY (pipeline_id, service, attempt)
) STRICT;
`;

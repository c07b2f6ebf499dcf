/**
 * The state database, one migration after another; `user_version` counts them. Never change one that was released:
 * append. Where the specification's PipelineState (3.5) keeps a field is written beside the column; what is not here is
 * computed (total_cost, phase_costs, completed_phases, builder_statuses, builder_costs, services_deployed,
 * total_builders, successful_builders), because a stored copy would drift.
 */
export const PIPELINE_TABLES = `
CREATE TABLE pipelines (
  id TEXT PRIMARY KEY,              -- pipeline_id
  project_name TEXT NOT NULL,
  prd TEXT NOT NULL,                -- the text itself; prd_path is its exported copy
  prd_path TEXT NOT NULL,
  config_path TEXT NOT NULL,
  config TEXT NOT NULL,             -- JSON: depth, budget_limit, the retry limits
  output_dir TEXT NOT NULL,
  state TEXT NOT NULL,              -- current_state
  previous_state TEXT NOT NULL,
  context TEXT NOT NULL,            -- JSON: the machine's context (architect_retries, quality_attempts, *_path, …)
  pause_at TEXT,                    -- the state a driver stops before
  only_services TEXT,               -- JSON: services this run is limited to
  request TEXT,                     -- JSON: {kind: interrupt or cancel, reason}, read by the driver
  interrupted INTEGER NOT NULL DEFAULT 0,
  interrupt_reason TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,         -- started_at
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline_id TEXT NOT NULL REFERENCES pipelines(id),
  at TEXT NOT NULL,
  kind TEXT NOT NULL,               -- transition, or what happened below the phase
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  data TEXT NOT NULL                -- JSON
) STRICT;
CREATE INDEX events_by_pipeline ON events(pipeline_id, seq);

CREATE TABLE documents (            -- phase_artifacts, service_map, domain_model, reports
  pipeline_id TEXT NOT NULL REFERENCES pipelines(id),
  name TEXT NOT NULL,
  phase TEXT NOT NULL,
  content TEXT NOT NULL,            -- JSON; the file at path is an export of it
  path TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (pipeline_id, name)
) STRICT;

CREATE TABLE steps (                -- work below a phase that is done and is not done again
  pipeline_id TEXT NOT NULL REFERENCES pipelines(id),
  phase TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  key TEXT NOT NULL,
  result TEXT NOT NULL,             -- JSON
  at TEXT NOT NULL,
  PRIMARY KEY (pipeline_id, phase, attempt, key)
) STRICT;

CREATE TABLE builder_runs (         -- builder_results
  pipeline_id TEXT NOT NULL REFERENCES pipelines(id),
  service TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  phase TEXT NOT NULL,
  round INTEGER NOT NULL,           -- which judgement it follows: 0 for a first build
  backend TEXT NOT NULL,
  status TEXT NOT NULL,             -- building, verifying, succeeded, failed
  claim TEXT,                       -- JSON: BuilderClaim, what the builder said
  result TEXT,                      -- JSON: BuilderResult, what we saw
  starts INTEGER NOT NULL DEFAULT 1,-- how often this attempt was started; more than 1 after a crash
  started_at TEXT NOT NULL,
  finished_at TEXT,
  PRIMARY KEY (pipeline_id, service, attempt)
) STRICT;

CREATE TABLE costs (
  pipeline_id TEXT NOT NULL REFERENCES pipelines(id),
  phase TEXT NOT NULL,
  item TEXT NOT NULL,               -- service, or ''
  attempt INTEGER NOT NULL,
  usd REAL NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (pipeline_id, phase, item, attempt)
) STRICT;

CREATE TABLE leases (
  pipeline_id TEXT PRIMARY KEY REFERENCES pipelines(id),
  token INTEGER NOT NULL,           -- fencing token: grows with each owner
  owner TEXT,                       -- NULL when released
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started TEXT NOT NULL,
  heartbeat_at INTEGER NOT NULL     -- milliseconds since the epoch
) STRICT;

CREATE TABLE processes (            -- children that run, recorded before they do
  pipeline_id TEXT NOT NULL REFERENCES pipelines(id),
  pid INTEGER NOT NULL,
  started TEXT NOT NULL,
  purpose TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (pipeline_id, pid, started)
) STRICT;
`;

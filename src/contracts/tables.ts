/** The registry's tables. A contract is one row; its content never changes once it is there. */
export const CONTRACT_TABLES = `
CREATE TABLE contracts_contract (
  id             TEXT PRIMARY KEY,
  build_cycle_id TEXT NOT NULL,
  service_name   TEXT NOT NULL,
  type           TEXT NOT NULL CHECK (type IN ('openapi', 'asyncapi', 'json_schema')),
  version        TEXT NOT NULL,
  spec           TEXT NOT NULL,
  spec_hash      TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('active', 'deprecated', 'draft')),
  created_at     TEXT NOT NULL,
  updated_at     TEXT NOT NULL,
  UNIQUE (build_cycle_id, service_name, type)
) STRICT;
CREATE TRIGGER contracts_frozen
BEFORE UPDATE OF build_cycle_id, service_name, type, version, spec, spec_hash ON contracts_contract
BEGIN
  SELECT RAISE(ABORT, 'a registered contract does not change');
END;
`;

/**
 * Versions, contracts outside a pipeline, change requests and claims. Each version is a row that never changes; the one
 * that nobody supersedes is current.
 */
export const CONTRACT_VERSIONS = `
DROP TRIGGER contracts_frozen;
ALTER TABLE contracts_contract RENAME TO contracts_before;
CREATE TABLE contracts_contract (
  id             TEXT PRIMARY KEY,
  build_cycle_id TEXT,             -- NULL: registered by hand, for the workspace
  service_name   TEXT NOT NULL,
  type           TEXT NOT NULL CHECK (type IN ('openapi', 'asyncapi', 'json_schema')),
  version        TEXT NOT NULL,
  spec           TEXT NOT NULL,
  spec_hash      TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('active', 'deprecated', 'draft')),
  supersedes     TEXT UNIQUE REFERENCES contracts_contract(id),
  created_at     TEXT NOT NULL,
  updated_at     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX contracts_first ON contracts_contract (coalesce(build_cycle_id, ''), service_name, type)
  WHERE supersedes IS NULL;
CREATE UNIQUE INDEX contracts_version ON contracts_contract (coalesce(build_cycle_id, ''), service_name, type, version);
INSERT INTO contracts_contract
  SELECT id, build_cycle_id, service_name, type, version, spec, spec_hash, status, NULL, created_at, updated_at
  FROM contracts_before ORDER BY rowid;
DROP TABLE contracts_before;
CREATE TRIGGER contracts_frozen
BEFORE UPDATE OF build_cycle_id, service_name, type, version, spec, spec_hash, supersedes ON contracts_contract
BEGIN
  SELECT RAISE(ABORT, 'a registered contract does not change');
END;

CREATE TABLE contracts_change (
  id           TEXT PRIMARY KEY,
  contract_id  TEXT NOT NULL REFERENCES contracts_contract(id), -- the version it changes
  version      TEXT NOT NULL,
  spec         TEXT NOT NULL,
  spec_hash    TEXT NOT NULL,
  reason       TEXT NOT NULL,
  status       TEXT NOT NULL CHECK (status IN ('proposed', 'accepted', 'rejected')),
  affected     TEXT NOT NULL,      -- JSON: what it reopened; [] until it is accepted
  comment      TEXT NOT NULL,      -- why it was decided so
  result_id    TEXT REFERENCES contracts_contract(id),
  proposed_at  TEXT NOT NULL,
  decided_at   TEXT
) STRICT;

CREATE TABLE contracts_claim (     -- what builders say they implemented; proves nothing
  contract_id   TEXT NOT NULL REFERENCES contracts_contract(id),
  service_name  TEXT NOT NULL,
  evidence_path TEXT NOT NULL,
  at            TEXT NOT NULL,
  PRIMARY KEY (contract_id, service_name)
) STRICT;
`;

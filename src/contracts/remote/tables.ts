/** What was registered with an external contract engine, so that a change over there is noticed. */
export const REMOTE_CONTRACT_TABLES = `
CREATE TABLE contracts_remote (
  build_cycle_id TEXT NOT NULL,
  service_name   TEXT NOT NULL,
  type           TEXT NOT NULL CHECK (type IN ('openapi', 'asyncapi', 'json_schema')),
  version        TEXT NOT NULL,
  spec_hash      TEXT NOT NULL,
  contract_id    TEXT NOT NULL,
  PRIMARY KEY (build_cycle_id, service_name, type)
) STRICT;
`;

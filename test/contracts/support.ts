import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContractChanges } from "../../src/contracts/changes.ts";
import { createContractEngine } from "../../src/contracts/engine.ts";
import type { Observation } from "../../src/contracts/port.ts";
import { createContractRegistry } from "../../src/contracts/registry.ts";
import { CONTRACT_TABLES, CONTRACT_VERSIONS } from "../../src/contracts/tables.ts";
import { openDatabase } from "../../src/lib/db.ts";

export const MIGRATIONS = [CONTRACT_TABLES, CONTRACT_VERSIONS];

/** An engine over a database of its own, with its change requests. */
export function embedded(observed: Observation = { code: null, answered: null }) {
  const folder = mkdtempSync(join(tmpdir(), "contracts-"));
  const db = openDatabase(join(folder, "state.db"), MIGRATIONS);
  return {
    folder,
    db,
    engine: createContractEngine(db, { observe: async () => observed }),
    changes: createContractChanges(db, createContractRegistry(db)),
    remove: () => {
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

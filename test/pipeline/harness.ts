import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../src/config.ts";
import type { Db } from "../../src/lib/db.ts";
import { BUILD_TASK_TABLES } from "../../src/pipeline/build-queue/tables.ts";
import { acquireLease, type Lease } from "../../src/pipeline/lease.ts";
import { databasePath } from "../../src/pipeline/paths.ts";
import { PIPELINE_TABLES } from "../../src/pipeline/schema.ts";
import { createPipeline, openStore } from "../../src/pipeline/store.ts";

/** The pipeline room's own schema. */
export const MIGRATIONS = [PIPELINE_TABLES + BUILD_TASK_TABLES];

export interface Project {
  workspace: string;
  db: Db;
  remove(): void;
}

/** An empty project folder with its state database. */
export function emptyProject(): Project {
  const workspace = mkdtempSync(join(tmpdir(), "so-"));
  const db = openStore(databasePath(workspace), MIGRATIONS);
  return {
    workspace,
    db,
    remove: () => {
      db.close();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}

/** Keep a pipeline in state `init` and take its lease. */
export function newPipeline({ db, workspace }: Project, id = "shop-1", yaml = ""): Lease {
  createPipeline(db, {
    id,
    project_name: "Shop",
    prd: "# Shop\n".padEnd(200, "x"),
    prd_path: join(workspace, "PRD.md"),
    config_path: "config.yaml",
    config: parseConfig(yaml, "config.yaml"),
    output_dir: join(workspace, "output", id),
    pause_at: null,
  });
  return acquireLease(db, id);
}

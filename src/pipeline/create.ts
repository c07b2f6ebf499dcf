import { join, resolve } from "node:path";
import { assertAffordable, type Config } from "../config.ts";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import { randomHex, slug } from "../lib/ids.ts";
import type { Control } from "./control.ts";
import { pipelinePaths } from "./paths.ts";
import { assertReadable, titleOf } from "./prd.ts";
import { createPipeline, pipelineIds, pipelineOf } from "./store.ts";

export interface NewPipeline {
  prd: string;
  config: Config;
  config_path: string;
  /** Where the services' code goes; each service gets a folder in it. Default: `output/<id>` in the project. */
  output_dir?: string | undefined;
  project_name?: string | undefined;
}

/** Keep a new pipeline in state `init`. Errors: PRD_UNREADABLE; CONFIG_INVALID for a paid backend without a budget. */
export function addPipeline(control: Control, request: NewPipeline): string {
  assertReadable(request.prd);
  assertAffordable(request.config);
  control.createStore();
  const { db, workspace } = control;
  const name = request.project_name?.trim() || titleOf(request.prd) || "project";
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  const id = `${slug(name, 24)}-${day}-${randomHex(2)}`;
  const paths = pipelinePaths(workspace, id);
  writeFileAtomic(paths.prd, request.prd);
  createPipeline(db, {
    id,
    project_name: name,
    prd: request.prd,
    prd_path: paths.prd,
    config_path: request.config_path,
    config: request.config,
    output_dir: resolve(workspace, request.output_dir ?? join("output", id)),
    pause_at: "init",
  });
  return id;
}

/** The pipeline a command means: the one named, else the newest. Errors: NOT_FOUND. */
export function pickPipeline(db: Db, id: string | undefined): string {
  if (id !== undefined) return pipelineOf(db, id).id;
  const newest = pipelineIds(db)[0];
  if (newest !== undefined) return newest;
  throw new AppError("NOT_FOUND", "There is no pipeline in this project yet.", {
    remedy: "Start one with run_pipeline (super-orchestrator run PRD.md), or name another project with --workspace.",
  });
}

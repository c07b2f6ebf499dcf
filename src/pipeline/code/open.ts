import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../lib/errors.ts";
import { removeTree } from "../../lib/fs.ts";
import { gitObstacle } from "../../lib/git.ts";
import { PIPELINE_VARIABLE } from "../children.ts";
import { documentOf } from "../documents.ts";
import type { Lease } from "../lease.ts";
import type { PhaseContext } from "../phases/phase.ts";
import { lastEventOf, noteEvent } from "../store.ts";
import { finishLaying } from "./lay.ts";
import { type MergeOrder, mergeOrder } from "./merge-order.ts";
import { openRepository } from "./repository.ts";
import { type CodeStore, workDirOf } from "./store.ts";

/** A pipeline's code while one driver holds it. */
export type Code = CodeStore & MergeOrder;

/** What locating and opening a pipeline's code takes. */
export type CodeContext = Pick<PhaseContext, "db" | "lease" | "pipeline" | "paths" | "log">;

const open = new WeakMap<Lease, Promise<Code | undefined>>();

/**
 * The pipeline's code, opened (and set right after a crash) once for each driver; undefined where git cannot be used:
 * builders work in the output folder then. Errors: ENVIRONMENT.
 */
export function codeOf(context: CodeContext): Promise<Code | undefined> {
  const known = open.get(context.lease);
  if (known) return known;
  const opened = openCode(context);
  open.set(context.lease, opened);
  // A disk that was full may have room the next time.
  opened.catch(() => open.delete(context.lease));
  return opened;
}

async function openCode({ db, lease, pipeline, paths, log }: CodeContext): Promise<Code | undefined> {
  const obstacle = await gitObstacle();
  noteIsolation({ db, lease, pipeline, log }, obstacle);
  if (obstacle !== "") return undefined;
  const { services } = documentOf(db, pipeline.id, "service_map");
  mkdirSync(paths.root, { recursive: true });
  const repository = await openRepository(join(paths.root, "code.git"), { [PIPELINE_VARIABLE]: pipeline.id });
  const work_dir = workDirOf(pipeline, paths);
  removeLeftovers(work_dir);
  makeWorkDir(work_dir);
  const order = mergeOrder((name) => services.find((service) => service.name === name)?.depends_on ?? []);
  const code: Code = {
    ...order,
    repository,
    output_dir: pipeline.output_dir,
    work_dir,
    services: services.map(({ name }) => name),
    kept_dir: join(paths.root, "kept"),
    note: (kind, data) => noteEvent(db, lease, kind, data),
    log,
  };
  if (await order.exclusive(() => finishLaying(code))) code.note("merge_finished", {});
  return code;
}

function noteIsolation({ db, lease, pipeline, log }: Omit<CodeContext, "paths">, obstacle: string): void {
  const data = obstacle === "" ? { mode: "worktree", why: "" } : { mode: "folder", why: obstacle };
  const before = lastEventOf(db, pipeline.id, "isolation")?.data;
  if (JSON.stringify(before) === JSON.stringify(data)) return;
  noteEvent(db, lease, "isolation", data);
  if (obstacle !== "") log.warn({ pipeline: pipeline.id, why: obstacle }, "builders work in the output folder itself");
}

/** It is nobody's code: version control, search and scans pass it over. */
function makeWorkDir(work_dir: string): void {
  mkdirSync(work_dir, { recursive: true });
  const ignore = join(work_dir, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
}

const GONE = ".gone";

/**
 * Take away the worktrees of a pipeline that is complete: all that was in them is in its repository. Nothing happens where
 * there are none.
 */
export function removeWorkDir({ pipeline, paths, log }: Pick<CodeContext, "pipeline" | "paths" | "log">): void {
  const work_dir = workDirOf(pipeline, paths);
  try {
    removeLeftovers(work_dir);
    // Renamed first: a half-removed worktree would look like one in which files were deleted.
    if (existsSync(work_dir)) renameSync(work_dir, `${work_dir}${GONE}`);
    removeLeftovers(work_dir);
  } catch (cause) {
    log.warn({ cause: messageOf(cause), work_dir }, "the builders' folders could not be removed");
  }
}

function removeLeftovers(work_dir: string): void {
  removeTree(`${work_dir}${GONE}`);
}

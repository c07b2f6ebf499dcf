import { z } from "zod";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineIds, pipelineOf } from "../pipeline/store.ts";
import { pipelineId } from "./pipeline-fields.ts";

/** Which plan a reading tool is about. */
export const planFields = {
  pipeline_id: pipelineId,
  project_name: z.string().optional().describe("Project name; its newest pipeline."),
};

/** The pipeline that is meant. Errors: NOT_FOUND. */
export function pickPlan(
  db: Db,
  { pipeline_id, project_name }: { pipeline_id?: string | undefined; project_name?: string | undefined },
): string {
  if (pipeline_id !== undefined || project_name === undefined) return pickPipeline(db, pipeline_id);
  const wanted = project_name.trim().toLowerCase();
  const found = pipelineIds(db).find((id) => pipelineOf(db, id).project_name.toLowerCase() === wanted);
  if (found !== undefined) return found;
  const names = new Set(pipelineIds(db).map((id) => pipelineOf(db, id).project_name));
  throw new AppError("NOT_FOUND", `There is no pipeline of a project ${project_name}.`, {
    remedy: names.size > 0 ? `There are ${[...names].slice(0, 10).join(", ")}.` : "Start one with run_pipeline.",
  });
}

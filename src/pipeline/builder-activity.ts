import { z } from "zod";
import type { Db } from "../lib/db.ts";
import type { BuilderStatus } from "../model/status.ts";
import { findBuildTask } from "./build-queue/queue.ts";
import type { BuilderRun } from "./records.ts";
import { lastBuilderEventOf } from "./store.ts";

const Attempt = z.object({ attempt: z.number() });
const Progress = z.object({ doing: z.string(), turns: z.number().nullable(), cost: z.number().nullable() });
const Changed = z.object({ files: z.number(), bytes: z.number() });

/** Characters of what a builder says it is doing. */
const MAX_DOING = 200;

/** What a builder at work is doing now, in short; nothing of one that is not building. */
export function activityOf(
  db: Db,
  id: string,
  run: BuilderRun | undefined,
): Pick<BuilderStatus, "doing" | "agent" | "last_activity" | "diff"> {
  if (run?.status !== "building") return {};
  const { service, attempt } = run;
  const event = (kind: string) => {
    const last = lastBuilderEventOf(db, id, service, kind);
    return Attempt.safeParse(last?.data).data?.attempt === attempt ? last : undefined;
  };
  const [progress, changed] = [event("builder_progress"), event("builder_changed")];
  const task = findBuildTask(db, { pipeline_id: id, service, attempt });
  const waits = task?.state === "queued";
  const doing = waits ? "waits for an agent to claim it" : doingText(progress?.data);
  const seen = task?.state === "claimed" ? new Date(task.seen_at).toISOString() : "";
  const last = [progress?.at ?? "", changed?.at ?? "", seen].sort().at(-1) ?? "";
  const diff = diffText(changed?.data);
  return {
    ...(doing !== "" && { doing }),
    ...(task?.state === "claimed" && { agent: task.agent }),
    ...(last !== "" && !waits && { last_activity: last }),
    ...(diff !== "" && { diff }),
  };
}

function doingText(data: unknown): string {
  const progress = Progress.safeParse(data);
  if (!progress.success) return "";
  const { doing, turns, cost } = progress.data;
  const parts = [doing, turns === null ? "" : `${turns} turns`, cost === null ? "" : `$${cost.toFixed(2)}`];
  return parts.filter(Boolean).join(", ").slice(0, MAX_DOING);
}

function diffText(data: unknown): string {
  const changed = Changed.safeParse(data);
  if (!changed.success) return "";
  const { files, bytes } = changed.data;
  const size =
    bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  return `${files} ${files === 1 ? "file" : "files"}, ${size}`;
}

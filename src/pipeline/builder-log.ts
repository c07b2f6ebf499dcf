import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import { redactSecrets } from "../lib/redact.ts";
import { findDocument } from "./documents.ts";
import { latestRuns } from "./ledger.ts";
import { pipelinePaths } from "./paths.ts";
import { pipelineOf } from "./store.ts";

/** A part of a builder's log. */
export interface BuilderLogPart {
  service: string;
  attempt: number;
  path: string;
  /** Whole lines, secrets taken out. */
  text: string;
  /** Byte offset behind the text: where the next part begins. */
  cursor: number;
  /** Bytes of the log now. */
  size: number;
}

/**
 * Read a builder's log from byte `cursor` on, or its last `tail` lines when there is no cursor; at most `maxBytes`, in whole
 * lines while it is being written. Errors: NOT_FOUND for the pipeline, the service, an attempt that was not made;
 * INVALID_INPUT for a cursor behind the end.
 */
export function readBuilderLog(
  { db, workspace }: { db: Db; workspace: string },
  request: {
    pipeline_id: string;
    service: string;
    attempt?: number | undefined;
    cursor?: number | undefined;
    tail: number;
    maxBytes: number;
  },
): BuilderLogPart {
  const { pipeline_id: id, service, cursor, tail, maxBytes } = request;
  const run = latestRuns(db, pipelineOf(db, id).id).get(service);
  const attempt = request.attempt ?? run?.attempt;
  if (run === undefined || attempt === undefined || attempt > run.attempt) throw unknown(db, id, request, run?.attempt);
  const path = join(pipelinePaths(workspace, id).logs, builderLogName(service, attempt));
  const read = partOf(path, { cursor, maxBytes, isWritten: attempt === run.attempt && run.status === "building" });
  if (read === undefined) throw behindTheEnd(cursor ?? 0);
  const { bytes, from, size } = read;
  const lines = bytes.toString("utf8").split("\n");
  if (cursor === undefined) {
    if (from > 0 && lines.length > 1) lines.shift();
    const ends = lines.at(-1) === "" ? 1 : 0;
    lines.splice(0, Math.max(0, lines.length - tail - ends));
  }
  return { service, attempt, path, text: redactSecrets(lines.join("\n")), cursor: from + bytes.length, size };
}

/** The name of a builder's log in the folder of its pipeline's logs. */
export function builderLogName(service: string, attempt: number): string {
  return `${service}.builder-${attempt}.log`;
}

/**
 * Bytes of a file, in whole lines where more is to come; undefined when `cursor` lies behind its end. A missing file is
 * empty. A line longer than a part is cut between words, so that no secret is cut in two.
 */
function partOf(
  path: string,
  { cursor, maxBytes, isWritten }: { cursor: number | undefined; maxBytes: number; isWritten: boolean },
) {
  let handle: number;
  try {
    handle = openSync(path, "r");
  } catch {
    return cursor === undefined || cursor === 0 ? { bytes: Buffer.alloc(0), from: 0, size: 0 } : undefined;
  }
  try {
    const { size } = fstatSync(handle);
    if (cursor !== undefined && cursor > size) return undefined;
    const from = cursor ?? Math.max(0, size - maxBytes);
    const buffer = Buffer.alloc(Math.min(maxBytes, size - from));
    const bytes = buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, from));
    const isAll = from + bytes.length >= size && !isWritten;
    return { bytes: isAll ? bytes : bytes.subarray(0, cutAt(bytes, maxBytes)), from, size };
  } finally {
    closeSync(handle);
  }
}

/** Behind the last line end; half a line is still being written, unless it will never fit. */
function cutAt(bytes: Buffer, maxBytes: number): number {
  const lineEnd = bytes.lastIndexOf(0x0a) + 1;
  if (lineEnd > 0 || bytes.length < maxBytes) return lineEnd;
  const wordEnd = Math.max(...[" ", ",", '"', "'", ";"].map((end) => bytes.lastIndexOf(end))) + 1;
  return wordEnd > 0 ? wordEnd : bytes.length;
}

function behindTheEnd(cursor: number): AppError {
  return new AppError("INVALID_INPUT", `The log does not reach to byte ${cursor}.`, {
    remedy:
      "Give the cursor of the answer before, for the same service and attempt; or leave it out for the end of the log.",
  });
}

function unknown(
  db: Db,
  id: string,
  { service, attempt }: { service: string; attempt?: number | undefined },
  last: number | undefined,
): AppError {
  const names = findDocument(db, id, "service_map")?.services.map(({ name }) => name) ?? [];
  if (!names.includes(service)) {
    const meant = nearest(service, names);
    return new AppError(
      "NOT_FOUND",
      `Pipeline ${id} has no service ${service}${meant ? `; did you mean ${meant}` : ""}.`,
      {
        remedy: `Its services are ${names.join(", ") || "not planned yet"}.`,
      },
    );
  }
  const made = last === undefined ? "no attempt" : `attempts 1 to ${last}`;
  return new AppError("NOT_FOUND", `${service} has ${made}${attempt === undefined ? "" : `, not ${attempt}`}.`, {
    remedy: "See how far its builder is with get_pipeline_status.",
  });
}

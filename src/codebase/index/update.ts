import { availableParallelism } from "node:os";
import type { Db } from "../../lib/db.ts";
import { workInBatches } from "../../lib/threads.ts";
import { isTestPath, kindOf, languageOf } from "../../source/languages.ts";
import { type FileStamp, isUnchanged, sameStamp } from "../../source/read-file.ts";
import { discoverServices, ownerOf } from "../../source/services.ts";
import type { FileInfo } from "../../source/source-file.ts";
import { type WalkMemory, walkAgain, walkMemory } from "../../source/walk-again.ts";
import { type IndexedFile, indexedFiles, type Writer } from "./database.ts";
import { isManifest } from "./manifest.ts";
import { type Batch, type ReadResult, readBatch, type Task } from "./read-code.ts";
import { takeTurn } from "./turn.ts";

/** Files in one message: large enough to keep a thread busy, small enough to stop soon. */
const BATCH = 24;
/** A thread takes as long to start as this many files take to read. */
const WORTH_A_THREAD = 150;
const MAX_THREADS = 8;
/** Files in one transaction: what was read survives an interruption up to the last of them. */
const COMMIT = 250;

/** State of a file whose content was given: it holds until the file on disk changes, or appears. */
const GIVEN = "given";

export interface Updated {
  read: number;
  removed: number;
  skipped: Record<string, number>;
  /** Whether anything is different now. */
  changed: boolean;
}

interface Difference {
  tasks: { task: Task; stamp: FileStamp }[];
  removed: string[];
  moved: FileInfo[];
  skipped: Record<string, number>;
}

export interface Updating {
  db: Db;
  writer: Writer;
  root: string;
  /** What earlier updates of this folder found out. */
  memory: Memory;
  /** Files as the index has them, when the caller knows. */
  known: readonly IndexedFile[];
  signal: AbortSignal;
  onProgress?: (path: string, done: number, total: number) => void;
}

/** What the names of a folder's files say; asked again only when other files are there. */
export interface Memory {
  walk: WalkMemory;
  version: number;
  infos: Map<string, Named>;
}

/** A file that is read, with the service its folder belongs to. */
type Named = Omit<FileInfo, "service"> & { owner: string };

export function updateMemory(root: string): Memory {
  return { walk: walkMemory(root), version: -1, infos: new Map() };
}

/** Bring the index up to date with the folder: files whose stamp tells that they may have changed are read again. */
export async function update(updating: Updating): Promise<Updated> {
  const { db, writer, root, signal } = updating;
  const written = dataVersion(db);
  const first = difference(updating, updating.known);
  if (isNothing(first)) return { read: 0, removed: 0, skipped: first.skipped, changed: false };
  const giveBack = await takeTurn(db, writer, signal);
  try {
    // Another process may have done it meanwhile.
    const isAlone = dataVersion(db) === written;
    const { tasks, removed, moved, skipped } = isAlone ? first : difference(updating, indexedFiles(db));
    db.transaction(() => {
      for (const path of removed) writer.remove(path);
      for (const { path, service, is_test } of moved) writer.move(path, service, is_test);
    }).immediate();
    let pending: { result: ReadResult; task: Task; stamp: FileStamp }[] = [];
    const commit = db.transaction((results: typeof pending) => {
      for (const { result, task, stamp } of results) keep(writer, result, task, stamp);
    });
    await workInBatches<Task, Batch, ReadResult>(
      tasks.map(({ task }) => task),
      {
        size: BATCH,
        threads: Math.min(MAX_THREADS, availableParallelism(), Math.floor(tasks.length / WORTH_A_THREAD) + 1),
        entry: { source: new URL("../worker.ts", import.meta.url), bundled: "index-worker", from: import.meta.url },
        batch: (part) => ({ root, tasks: part }),
        here: readBatch,
        signal,
        take(result, index, done) {
          const one = tasks[index];
          if (one) pending.push({ result, ...one });
          if (done % BATCH === 1 || done === tasks.length)
            updating.onProgress?.(one?.task.info.path ?? "", done, tasks.length);
          if (pending.length < COMMIT) return;
          commit.immediate(pending);
          pending = [];
        },
      },
    ).finally(() => {
      // What was read before an interruption need not be read again.
      if (pending.length > 0) commit.immediate(pending);
    });
    db.transaction(() => writer.sweep()).immediate();
    return { read: tasks.length, removed: removed.length, skipped, changed: true };
  } finally {
    giveBack();
  }
}

/** Changes with every commit of another connection. */
export function dataVersion(db: Db): number {
  return Number(db.pragma("data_version", { simple: true }));
}

function isNothing({ tasks, removed, moved }: Difference): boolean {
  return tasks.length + removed.length + moved.length === 0;
}

/** What of the folder the index does not know as it is. */
function difference({ memory, signal, db }: Updating, files: readonly IndexedFile[]): Difference {
  const { files: walked, skipped } = walkAgain(memory.walk, signal);
  const infos = infosOf(memory, walked);
  const said = new Map(db.prepare("SELECT path, service FROM owners").raw().all() as [string, string][]);
  const known = new Map(files.map((file) => [file.path, file]));
  const found: Difference = { tasks: [], removed: [], moved: [], skipped };
  for (const { path, stamp } of walked) {
    const named = infos.get(path);
    if (!named) continue;
    const { owner } = named;
    const service = said.get(path) ?? owner;
    const before = known.get(path);
    known.delete(path);
    if (before?.state === GIVEN && sameStamp(before.stamp, stamp)) continue;
    if (!before || !isUnchanged(before, stamp))
      found.tasks.push({
        stamp,
        task: { info: infoOf(named, service), known: before && before.service === service ? before.digest : null },
      });
    else if (before.service !== service) found.moved.push(infoOf(named, service));
  }
  for (const [path, { state, stamp }] of known) if (state !== GIVEN || stamp.inode !== 0) found.removed.push(path);
  return found;
}

function infoOf({ owner: _, ...rest }: Named, service: string): FileInfo {
  return { ...rest, service };
}

/** The files that are read, with what their names say and the service that owns them. */
function infosOf(memory: Memory, walked: readonly { path: string }[]): Memory["infos"] {
  if (memory.version === memory.walk.version) return memory.infos;
  const paths = walked.map(({ path }) => path);
  const owner = ownerOf(discoverServices(memory.walk.root, paths));
  memory.infos = new Map();
  for (const path of paths) {
    const kind = kindOf(path);
    if (!isRead(path, kind)) continue;
    const info = { path, kind, language: languageOf(path), is_test: isTestPath(path), owner: owner(path) };
    memory.infos.set(path, info);
  }
  memory.version = memory.walk.version;
  return memory.infos;
}

/** Code, and what says how services are called, configured and reached. */
function isRead(path: string, kind: FileInfo["kind"]): boolean {
  return (
    kind !== "text" ||
    isManifest(path) ||
    /(^|\/)[^/]*\.env(\.[\w-]+)?$|(^|\/)(k8s|kubernetes|helm|deploy\w*|config)\/[^/]*\.ya?ml$|(^|\/)(application|bootstrap)[\w-]*\.(properties|ya?ml)$/.test(
      path,
    )
  );
}

function keep(writer: Writer, result: ReadResult, { info }: Task, stamp: FileStamp): void {
  if (result.state === "same") writer.touch(info.path, result.stamp, result.read_at);
  else if (result.state === "skipped")
    writer.write({ info, stamp, read_at: Date.now(), digest: "", contents: undefined, state: result.reason });
  else writer.write({ info, ...result, state: result.contents.parsed ? "" : "unparsed" });
}

/** Put one file into the index, as it is on disk or with the content that is given. */
export async function updateOne(updating: Omit<Updating, "known">, task: Task): Promise<ReadResult> {
  const { db, writer, root, signal } = updating;
  const giveBack = await takeTurn(db, writer, signal);
  try {
    const [result] = await readBatch({ root, tasks: [task] });
    if (!result) throw new Error("A file that was read gave no result.");
    db.transaction(() => {
      if (result.state !== "new") return;
      const state = task.source !== undefined ? GIVEN : result.contents.parsed ? "" : "unparsed";
      writer.write({ info: task.info, ...result, state });
    }).immediate();
    return result;
  } finally {
    giveBack();
  }
}

import { performance } from "node:perf_hooks";
import type { Db } from "../lib/db.ts";
import { folderAt } from "../lib/fs.ts";
import { type IndexedFile, indexedFiles, openIndex, type Writer, writerOf } from "./index/database.ts";
import { dataVersion, type Updated, type Updating, update, updateMemory } from "./index/update.ts";
import { type Names, namesOf } from "./resolve/names.ts";
import { type Snapshot, snapshotOf } from "./resolve/snapshot.ts";

/** Questions about so many files share a look at the folder with those that came this shortly before. */
const MANY_FILES = 2000;
const SHARED_MS = 150;

/** A look at the index, brought up to date with the folder. */
export interface Look {
  snapshot: Snapshot;
  names: Names;
}

/** The index of one folder, kept open between questions. */
export interface Session {
  readonly root: string;
  readonly db: Db;
  /** What writing needs. */
  writing(signal: AbortSignal | undefined): Omit<Updating, "known">;
  update(signal: AbortSignal | undefined, onProgress?: Updating["onProgress"]): Promise<Updated>;
  /**
   * Bring the index up to date and look at it. Looks that find nothing changed share what they looked up. Of a large
   * folder what is older than SHARED_MS is looked at again, and whatever came before the last update is known.
   */
  look(signal: AbortSignal | undefined): Promise<Look>;
  /** Look without asking the folder. */
  glance(): Look;
  /** The index was written in another way: look again. */
  forget(): void;
  close(): void;
}

/** Errors: NOT_FOUND when the folder does not exist, INVALID_INPUT when it is none, ENVIRONMENT. */
export function openSession(folder: string, indexFile: string): Session {
  const root = folderAt(folder);
  let opened: { db: Db; writer: Writer } | undefined;
  let current: Look | undefined;
  let files: readonly IndexedFile[] = [];
  let version = -1;
  const memory = updateMemory(root);
  let looked = Number.NEGATIVE_INFINITY;
  const database = () => {
    if (!opened) {
      const db = openIndex(indexFile);
      opened = { db, writer: writerOf(db) };
    }
    return opened;
  };
  /** Files as they are in the index; read again only when somebody has written. */
  const known = (): readonly IndexedFile[] => {
    const { db } = database();
    // Changes with every commit of other connections; those of this one forget by themselves.
    const now = dataVersion(db);
    if (now !== version) {
      version = now;
      current = undefined;
      files = indexedFiles(db);
    }
    return files;
  };
  const forget = () => {
    version = -1;
    looked = Number.NEGATIVE_INFINITY;
    current = undefined;
  };
  const glance = (): Look => {
    const indexed = known();
    if (!current) {
      const snapshot = snapshotOf(database().db, indexed);
      current = { snapshot, names: namesOf(snapshot) };
    }
    return current;
  };
  const session: Session = {
    root,
    get db() {
      return database().db;
    },
    writing: (signal) => ({ ...database(), root, memory, signal: signal ?? new AbortController().signal }),
    async update(signal, onProgress) {
      try {
        const updated = await update({ ...session.writing(signal), known: known(), ...(onProgress && { onProgress }) });
        if (updated.changed) forget();
        looked = performance.now();
        return updated;
      } catch (cause) {
        forget();
        throw cause;
      }
    },
    async look(signal) {
      const isShared = known().length >= MANY_FILES && performance.now() - looked < SHARED_MS;
      if (!isShared) await session.update(signal);
      return glance();
    },
    glance,
    forget,
    close() {
      opened?.db.close();
      opened = undefined;
      forget();
    },
  };
  return session;
}

import { type Db, openCacheDatabase } from "../../lib/db.ts";
import { AppError } from "../../lib/errors.ts";
import type { FileStamp } from "../../source/read-file.ts";
import type { FileInfo } from "../../source/source-file.ts";
import { indexVersion } from "../index-version.ts";
import { MODULE } from "../search/chunks.ts";
import type { Contents } from "./read-code.ts";
import { SPAN, TABLES } from "./tables.ts";

/** A file the index knows. */
export interface IndexedFile {
  id: number;
  path: string;
  service: string;
  language: string;
  is_test: boolean;
  stamp: FileStamp;
  read_at: number;
  digest: string;
  lines: number;
  /** "" when it was read in full, "unparsed", or why nothing of it was read. */
  state: string;
}

/** What is written of a file that was read. */
export interface Written {
  info: FileInfo;
  stamp: FileStamp;
  read_at: number;
  digest: string;
  /** undefined when nothing of it could be read, for the reason in `state`. */
  contents: Contents | undefined;
  state: string;
}

/** A million lines take about 300 MB. */
const MAX_BYTES = 4 * 1024 ** 3;
/** Uses of files that are gone are swept out when there are so many such files, and a quarter of all. */
const WORTH_SWEEPING = 200;
const PATIENCE_MS = 30_000;

/** The index on disk, or in memory where no file can be written. Errors: ENVIRONMENT when not even that works. */
export function openIndex(path: string): Db {
  const version = Number.parseInt(indexVersion().slice(0, 7), 16);
  const options = { version, maxBytes: MAX_BYTES };
  const db = openCacheDatabase(path, TABLES, options) ?? openCacheDatabase(":memory:", TABLES, options);
  if (!db)
    throw new AppError("ENVIRONMENT", "The index of the code could not be opened.", {
      remedy: `Make sure that ${path} can be written.`,
    });
  db.pragma(`busy_timeout = ${PATIENCE_MS}`);
  db.pragma("cache_size = -65536");
  db.pragma("temp_store = MEMORY");
  return db;
}

/** All files of the index. */
export function indexedFiles(db: Db): IndexedFile[] {
  const rows = db.prepare("SELECT * FROM files").raw().all() as [
    number,
    string,
    string,
    string,
    number,
    number,
    number,
    number,
    number,
    number,
    string,
    number,
    string,
  ][];
  return rows.map(([id, path, service, language, test, size, mtime, ctime, inode, read_at, digest, lines, state]) => ({
    id,
    path,
    service,
    language,
    is_test: test === 1,
    stamp: { size, mtime, ctime, inode },
    read_at,
    digest,
    lines,
    state,
  }));
}

/** The statements that write, prepared once for a database. */
export function writerOf(db: Db) {
  const one = (sql: string) => db.prepare(sql);
  const find = one("SELECT id FROM files WHERE path = ?").pluck();
  const forget = [
    // A range of rows of a full-text table is found by going through all of it; those of single rows are looked up.
    one(
      `DELETE FROM chunks WHERE rowid IN (SELECT id FROM definitions WHERE id BETWEEN @id * ${SPAN} AND @id * ${SPAN} + ${SPAN - 1})`,
    ),
    one(`DELETE FROM chunks WHERE rowid = @id * ${SPAN} + ${MODULE}`),
    one("DELETE FROM files WHERE id = @id"),
    one(`DELETE FROM definitions WHERE id BETWEEN @id * ${SPAN} AND @id * ${SPAN} + ${SPAN - 1}`),
    one(`DELETE FROM bound WHERE id BETWEEN @id * ${SPAN} AND @id * ${SPAN} + ${SPAN - 1}`),
    one(
      "DELETE FROM facts WHERE kind IN ('routes','traffic','requests','environment','ports','settings','manifest') AND file = @id",
    ),
  ];
  const file = one("INSERT INTO files VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const definition = one("INSERT INTO definitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const bound = one("INSERT INTO bound VALUES (?, ?, ?, ?, ?, ?, ?)");
  const uses = one("INSERT OR REPLACE INTO uses SELECT key, ?, value FROM json_each(?)");
  const fact = one("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)");
  const chunk = one("INSERT INTO chunks (rowid, name, body) VALUES (?, ?, ?)");
  const touch = one("UPDATE files SET size = ?, mtime = ?, ctime = ?, inode = ?, read_at = ? WHERE path = ?");
  const move = one("UPDATE files SET service = ?, is_test = ? WHERE path = ?");
  const put = one("INSERT OR REPLACE INTO meta VALUES (?, ?)");
  const get = one("SELECT value FROM meta WHERE key = ?").pluck();
  const drop = one("DELETE FROM meta WHERE key = ?");

  const remove = (path: string): void => {
    const id = find.get(path);
    if (id === undefined) return;
    for (const statement of forget) statement.run({ id });
    put.run("gone", String(Number(get.get("gone") ?? 0) + 1));
  };
  return {
    remove,
    write({ info, stamp, read_at, digest, contents, state }: Written): void {
      remove(info.path);
      const { size, mtime, ctime, inode } = stamp;
      const inserted = file.run(
        info.path,
        info.service,
        info.language ?? "",
        info.is_test ? 1 : 0,
        size,
        mtime,
        ctime,
        inode,
        read_at,
        digest,
        contents?.lines ?? 0,
        state,
      );
      const id = Number(inserted.lastInsertRowid);
      if (!contents) return;
      const base = id * SPAN;
      for (const [index, row] of contents.definitions.slice(0, SPAN - 1).entries())
        definition.run(base + index, ...row);
      for (const [index, row] of contents.bound.slice(0, SPAN - 1).entries()) bound.run(base + index, ...row);
      if (contents.uses !== "{}") uses.run(id, contents.uses);
      for (const [kind, text] of contents.facts) fact.run(kind, id, text);
      for (const [number, name, body] of contents.chunks) chunk.run(base + number, name, body);
    },
    touch(path: string, { size, mtime, ctime, inode }: FileStamp, read_at: number): void {
      touch.run(size, mtime, ctime, inode, read_at, path);
    },
    move(path: string, service: string, is_test: boolean): void {
      move.run(service, is_test ? 1 : 0, path);
    },
    /** Sweep out the uses of files that are gone, when there are many. */
    sweep(): void {
      const gone = Number(get.get("gone") ?? 0);
      const files = Number(db.prepare("SELECT count(*) FROM files").pluck().get());
      if (gone < WORTH_SWEEPING || gone * 4 < files) return;
      db.exec("DELETE FROM uses WHERE file NOT IN (SELECT id FROM files)");
      put.run("gone", "0");
    },
    get: (key: string): string | undefined => get.get(key) as string | undefined,
    put: (key: string, value: string) => void put.run(key, value),
    drop: (key: string) => void drop.run(key),
  };
}

export type Writer = ReturnType<typeof writerOf>;

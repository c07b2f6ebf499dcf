import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { AppError, messageOf } from "./errors.ts";

export type Db = Database.Database;

/**
 * Open a SQLite database in WAL mode with `synchronous=FULL` (a committed transaction survives power loss) and bring
 * its schema forward. `migrations[n]` takes version n to n + 1; the version is kept in `user_version`.
 *
 * Errors: DATABASE_NEWER when the file's version is above what this program knows, DATABASE_CORRUPT when it is damaged
 * or not a database. In both cases the file is left as it was: it is examined through a read-only handle first.
 */
export function openDatabase(path: string, migrations: readonly string[]): Db {
  if (existsSync(path) && statSync(path).size > 0) examine(path, migrations.length);
  else mkdirSync(dirname(path), { recursive: true });
  const db = new Database(path, { timeout: 10_000 });
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.pragma("foreign_keys = ON");
  migrate(db, migrations);
  return db;
}

function examine(path: string, known: number): void {
  let db: Db | undefined;
  try {
    db = new Database(path, { readonly: true, timeout: 10_000 });
    const version = Number(db.pragma("user_version", { simple: true }));
    if (version > known)
      throw new AppError(
        "DATABASE_NEWER",
        `${path} has schema version ${version}; this program knows up to ${known}.`,
        {
          remedy: "Use the super-orchestrator version that wrote it, or a newer one. Nothing was changed.",
        },
      );
    const verdict = db.pragma("quick_check(1)", { simple: true });
    if (verdict !== "ok") throw new Error(String(verdict));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("DATABASE_CORRUPT", `${path} cannot be read as a database: ${messageOf(cause)}.`, {
      remedy: "Restore it from a backup, or move it away to start a new one. Nothing was changed.",
      cause,
    });
  } finally {
    db?.close();
  }
}

function migrate(db: Db, migrations: readonly string[]): void {
  const version = () => Number(db.pragma("user_version", { simple: true }));
  if (version() === migrations.length) return;
  db.transaction(() => {
    for (let step = version(); step < migrations.length; step += 1) {
      db.exec(migrations[step] ?? "");
      db.pragma(`user_version = ${step + 1}`);
    }
  }).immediate();
}

/** A file that only saves work is begun anew beyond this. */
const MAX_CACHE_BYTES = 512 * 1024 * 1024;

/**
 * Open a database that only saves work: a damaged or too large one is begun anew, and a crash may lose it. `tables`
 * gives the statement that creates each table; all others are dropped, so that a name that changes with the program
 * forgets what another version kept; so does another `version`, a whole number below 2^31. Beyond `maxBytes` it is
 * begun anew. undefined when there can be none (a read-only folder, a full disk, too busy).
 */
export function openCacheDatabase(
  path: string,
  tables: Readonly<Record<string, string>>,
  { version = 0, maxBytes = MAX_CACHE_BYTES }: { version?: number; maxBytes?: number } = {},
): Db | undefined {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    let db: Db | undefined;
    try {
      mkdirSync(dirname(path), { recursive: true });
      if (existsSync(path) && statSync(path).size > maxBytes) removeDatabase(path);
      db = new Database(path, { timeout: 2000 });
      if (path !== ":memory:") chmodSync(path, 0o600);
      db.pragma("journal_mode = WAL");
      db.pragma("synchronous = OFF");
      keepTables(db, tables, version);
      return db;
    } catch (cause) {
      db?.close();
      if (!/not a database|malformed|corrupt/.test(messageOf(cause))) return undefined;
      removeDatabase(path);
    }
  }
  return undefined;
}

/** Removes a database with the files beside it. */
export function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
}

function keepTables(db: Db, tables: Readonly<Record<string, string>>, version: number): void {
  // The tables that a full-text table keeps its content in are its own business.
  const select = db
    .prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite_%'",
    )
    .pluck();
  const isCurrent = () => Number(db.pragma("user_version", { simple: true })) === version;
  const fits = (present: unknown[]) =>
    isCurrent() &&
    present.length === Object.keys(tables).length &&
    present.every((name) => Object.hasOwn(tables, String(name)));
  if (fits(select.all())) return;
  db.transaction(() => {
    const keep = isCurrent();
    const present = select.all().map(String);
    const gone = present.filter((name) => !keep || !Object.hasOwn(tables, name));
    for (const name of gone) db.exec(`DROP TABLE "${name.replaceAll('"', '""')}"`);
    for (const [name, create] of Object.entries(tables))
      if (!present.includes(name) || gone.includes(name)) db.exec(create);
    db.pragma(`user_version = ${version}`);
  }).immediate();
}

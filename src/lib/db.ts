import { existsSync, mkdirSync, statSync } from "node:fs";
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

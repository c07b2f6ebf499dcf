/**
 * Rows of a file are numbered `file * SPAN + n`, so that they lie together and go with the file without an index of
 * their own. Uses lie by name instead; those of a file that is gone are passed over, and swept out now and then.
 */
export const SPAN = 65_536;

export const TABLES: Readonly<Record<string, string>> = {
  meta: "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
  // AUTOINCREMENT: a number is never given twice, because uses of its last owner may still lie about.
  files: `CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, service TEXT NOT NULL, language TEXT NOT NULL,
    is_test INTEGER NOT NULL, size REAL NOT NULL, mtime REAL NOT NULL, ctime REAL NOT NULL, inode REAL NOT NULL,
    read_at REAL NOT NULL, digest TEXT NOT NULL, lines INTEGER NOT NULL, state TEXT NOT NULL)`,
  definitions: `CREATE TABLE definitions (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, container TEXT NOT NULL, kind TEXT NOT NULL, line INTEGER NOT NULL,
    end_line INTEGER NOT NULL, exported INTEGER NOT NULL, signature TEXT NOT NULL, type TEXT NOT NULL,
    bases TEXT NOT NULL, decorators TEXT NOT NULL, flags TEXT NOT NULL);
    CREATE INDEX definitions_name ON definitions (name)`,
  bound: `CREATE TABLE bound (
    id INTEGER PRIMARY KEY, role TEXT NOT NULL, local TEXT NOT NULL, module TEXT NOT NULL, name TEXT NOT NULL,
    line INTEGER NOT NULL, tail TEXT NOT NULL);
    CREATE INDEX bound_name ON bound (name);
    CREATE INDEX bound_tail ON bound (tail)`,
  uses: "CREATE TABLE uses (name TEXT NOT NULL, file INTEGER NOT NULL, uses TEXT NOT NULL, PRIMARY KEY (name, file)) WITHOUT ROWID",
  facts:
    "CREATE TABLE facts (kind TEXT NOT NULL, file INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (kind, file)) WITHOUT ROWID",
  chunks:
    "CREATE VIRTUAL TABLE chunks USING fts5(name, body, content='', contentless_delete=1, detail=column, tokenize='ascii')",
  owners: "CREATE TABLE owners (path TEXT PRIMARY KEY, service TEXT NOT NULL) WITHOUT ROWID",
  vectors: "CREATE TABLE vectors (hash TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID",
};

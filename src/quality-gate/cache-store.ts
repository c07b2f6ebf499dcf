import { type Db, openCacheDatabase, removeDatabase } from "../lib/db.ts";
import { randomHex } from "../lib/ids.ts";
import type { EncodedGroup } from "./cache-group.ts";
import { CacheDamaged } from "./known-files.ts";
import { rulesVersion } from "./rules-version.ts";

/** Where the groups of one folder's files are kept. */
export interface CacheStore {
  /** Whether a file with a secret may be kept: not where it is written to disk. */
  keepsSecrets: boolean;
  /** Errors: CacheDamaged. */
  indexes(): (readonly [number, Buffer])[];
  /** Facts of the state that `indexes` gave, as long as nothing was written. Errors: CacheDamaged. */
  facts(part: number, code: string): Buffer | undefined;
  conclusions(): string | undefined;
  /** The context of the conclusions, when they were drawn from the very groups that `indexes` gives. */
  basis(): string | undefined;
  /** Groups as they are now, null for one without files, and conclusions where there are new ones. */
  write(groups: Iterable<readonly [number, EncodedGroup | null]>, news: Concluded): void;
  close(): void;
  discard(): void;
}

/** What a scan concluded. */
export interface Concluded {
  /** undefined: what is kept stands. */
  conclusions: string | undefined;
  /** What the conclusions were drawn from beside all groups as they are now; undefined when that cannot be said. */
  basis: string | undefined;
}

export const forgetful: CacheStore = {
  keepsSecrets: true,
  indexes: () => [],
  facts: () => undefined,
  conclusions: () => undefined,
  basis: () => undefined,
  write: () => {},
  close: () => {},
  discard: () => {},
};

interface Remembered extends Concluded {
  groups: Map<number, EncodedGroup>;
}

/** Folders that this process remembers: an agent works on one, a server on a few. */
const REMEMBERED = 4;
const memory = new Map<string, Remembered>();

export function memoryStore(root: string): CacheStore {
  const before = memory.get(root) ?? { groups: new Map(), conclusions: undefined, basis: undefined };
  return {
    keepsSecrets: true,
    indexes: () => [...before.groups].map(([part, { index }]) => [part, index]),
    facts: (part, code) => before.groups.get(part)?.facts.get(code),
    conclusions: () => before.conclusions,
    basis: () => before.basis,
    write(written, { conclusions, basis }) {
      const latest = memory.get(root) ?? before;
      const isAlone = latest === before;
      const groups = new Map(latest.groups);
      for (const [part, group] of written)
        if (group) groups.set(part, group);
        else groups.delete(part);
      memory.delete(root);
      memory.set(root, {
        groups,
        conclusions: conclusions ?? latest.conclusions,
        basis: isAlone ? basis : undefined,
      });
      for (const oldest of memory.keys()) {
        if (memory.size <= REMEMBERED) break;
        memory.delete(oldest);
      }
    },
    close: () => {},
    discard: () => void memory.delete(root),
  };
}

/** Rows of a group are its index, under no code, and the facts of each rule; conclusions stand in a part of their own. */
const INDEX = "";
const CONCLUSIONS = -1;
/** Changes with every write; and its value when conclusions were drawn, with their context behind it. */
const STATE = -2;
const BASIS = -3;

const columns = (table: string) =>
  `CREATE TABLE ${table} (root TEXT NOT NULL, part INTEGER NOT NULL, code TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (root, part, code))`;

/** undefined when there can be no database: a read-only folder, a full disk. */
export function databaseStore(path: string, root: string): CacheStore | undefined {
  // What other rules found is worth nothing: the table goes with the rules.
  const table = `groups_${rulesVersion()}`;
  const opened = openCacheDatabase(path, { [table]: columns(table) });
  if (!opened) return undefined;
  let db: Db | undefined = opened;
  const read = <Value>(work: (db: Db) => Value): Value | undefined => {
    try {
      return db && work(db);
    } catch (cause) {
      throw new CacheDamaged("The cache of the scan cannot be read.", { cause });
    }
  };
  const cell = (part: number, code: string): Buffer | undefined => {
    const sql = `SELECT data FROM ${table} WHERE root = ? AND part = ? AND code = ?`;
    const data = read((db) => db.prepare(sql).pluck().get(root, part, code));
    return Buffer.isBuffer(data) ? data : undefined;
  };
  let state: string | undefined;
  return {
    keepsSecrets: false,
    indexes() {
      const all = read((db) => {
        // Everything is read in one transaction: what another process writes meanwhile does not mix in.
        db.exec("BEGIN");
        const select = db.prepare(`SELECT part, data FROM ${table} WHERE root = ? AND part >= 0 AND code = ?`);
        const groups = select.raw().all(root, INDEX) as [number, Buffer][];
        state = cell(STATE, INDEX)?.toString();
        return groups;
      });
      return all ?? [];
    },
    facts: cell,
    conclusions: () => cell(CONCLUSIONS, INDEX)?.toString(),
    basis() {
      const text = cell(BASIS, INDEX)?.toString() ?? "";
      return state !== undefined && text.startsWith(`${state} `) ? text.slice(state.length + 1) : undefined;
    },
    write(groups, { conclusions, basis }) {
      try {
        if (db?.inTransaction) db.exec("COMMIT");
        db?.transaction((db: Db) => {
          const remove = db.prepare(`DELETE FROM ${table} WHERE root = ? AND part = ?`);
          const insert = db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?, ?, ?)`);
          for (const [part, group] of groups) {
            remove.run(root, part);
            if (!group) continue;
            insert.run(root, part, INDEX, group.index);
            for (const [code, facts] of group.facts) insert.run(root, part, code, facts);
          }
          if (conclusions !== undefined) insert.run(root, CONCLUSIONS, INDEX, Buffer.from(conclusions));
          // When another process has written meanwhile, nobody knows what these conclusions fit.
          const isAlone = cell(STATE, INDEX)?.toString() === state;
          const now = randomHex(8);
          insert.run(root, STATE, INDEX, Buffer.from(now));
          if (isAlone && basis !== undefined) insert.run(root, BASIS, INDEX, Buffer.from(`${now} ${basis}`));
        }).immediate(db);
      } catch {
        // Another process holds it, or the disk is full: the next scan does the work again.
      }
    },
    close: () => void db?.close(),
    discard() {
      db?.close();
      db = undefined;
      removeDatabase(path);
    },
  };
}

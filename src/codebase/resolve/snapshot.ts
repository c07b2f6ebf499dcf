import type { Db } from "../../lib/db.ts";
import { parseData } from "../../lib/plain-data.ts";
import type { SymbolKind } from "../../model/codebase.ts";
import { type Use, unpackUses } from "../extract/facts.ts";
import { type IndexedFile, indexedFiles } from "../index/database.ts";
import type { FactKind } from "../index/read-code.ts";
import { SPAN } from "../index/tables.ts";

/** A definition of the index. */
export interface Known {
  id: number;
  file: number;
  name: string;
  container: string;
  kind: SymbolKind;
  line: number;
  end_line: number;
  exported: boolean;
  signature: string;
  /** See RawReference.receiver. */
  type: string;
  bases: readonly string[];
  decorators: readonly string[];
  flags: readonly string[];
}

export interface KnownBound {
  role: "import" | "export";
  local: string;
  module: string;
  name: string;
  line: number;
  file: number;
}

/** The index as it was when a question came, with what was looked up of it. Nothing is looked up twice. */
export interface Snapshot {
  readonly db: Db;
  readonly files: ReadonlyMap<number, IndexedFile>;
  readonly byPath: ReadonlyMap<string, IndexedFile>;
  named(name: string): readonly Known[];
  /** Those of one file. */
  namedIn(file: number, name: string): readonly Known[];
  definition(id: number): Known | undefined;
  definitionsOf(file: number): readonly Known[];
  boundOf(file: number): readonly KnownBound[];
  /** Imports and exports that take something of this name, or from a module whose last part this is. */
  boundByName(name: string): readonly KnownBound[];
  boundByTail(tail: string): readonly KnownBound[];
  /** Where a name is used, file by file. */
  usesOf(name: string): Iterable<{ file: IndexedFile; uses: Use[] }>;
  facts<Fact>(kind: FactKind): readonly { file: IndexedFile; fact: Fact }[];
}

type DefinitionRow = [
  number,
  string,
  string,
  SymbolKind,
  number,
  number,
  number,
  string,
  string,
  string,
  string,
  string,
];
type BoundRow = [number, "import" | "export", string, string, string, number, string];

const list = (text: string) => (text === "" ? [] : text.split(","));

function toKnown(row: DefinitionRow): Known {
  const [id, name, container, kind, line, end_line, exported, signature, type, bases, decorators, flags] = row;
  return {
    id,
    file: Math.floor(id / SPAN),
    name,
    container,
    kind,
    line,
    end_line,
    exported: exported === 1,
    signature,
    type,
    bases: list(bases),
    decorators: list(decorators),
    flags: list(flags),
  };
}

function toBound([id, role, local, module, name, line]: BoundRow): KnownBound {
  return { role, local, module, name, line, file: Math.floor(id / SPAN) };
}

export function snapshotOf(db: Db, indexed: readonly IndexedFile[] = indexedFiles(db)): Snapshot {
  const files = new Map(indexed.map((file) => [file.id, file]));
  const statement = (sql: string) => {
    let prepared: ReturnType<Db["prepare"]> | undefined;
    return (...given: unknown[]): unknown[] => {
      prepared ??= db.prepare(sql).raw();
      return prepared.all(given);
    };
  };
  const own = `BETWEEN ? * ${SPAN} AND ? * ${SPAN} + ${SPAN - 1}`;
  const byName = statement("SELECT * FROM definitions WHERE name = ?");
  const byId = statement("SELECT * FROM definitions WHERE id = ?");
  const byFile = statement(`SELECT * FROM definitions WHERE id ${own}`);
  const boundFile = statement(`SELECT * FROM bound WHERE id ${own}`);
  const boundName = statement("SELECT * FROM bound WHERE name = ?");
  const boundTail = statement("SELECT * FROM bound WHERE tail = ?");
  const uses = statement("SELECT file, uses FROM uses WHERE name = ?");
  const factsOf = statement("SELECT file, text FROM facts WHERE kind = ?");
  const named = remembered((name: string) => (byName(name) as DefinitionRow[]).map(toKnown));
  const byNameAndFile = remembered((name: string) => {
    const groups = new Map<number, Known[]>();
    for (const one of named(name)) {
      const group = groups.get(one.file);
      if (group) group.push(one);
      else groups.set(one.file, [one]);
    }
    return groups;
  });
  const known = new Map<FactKind, readonly { file: IndexedFile; fact: unknown }[]>();
  return {
    db,
    files,
    byPath: new Map(indexed.map((file) => [file.path, file])),
    named,
    namedIn: (file, name) => byNameAndFile(name).get(file) ?? [],
    definition: remembered((id: number) => (byId(id) as DefinitionRow[]).map(toKnown)[0]),
    definitionsOf: remembered((file: number) => (byFile(file, file) as DefinitionRow[]).map(toKnown)),
    boundOf: remembered((file: number) => (boundFile(file, file) as BoundRow[]).map(toBound)),
    boundByName: remembered((name: string) => (boundName(name) as BoundRow[]).map(toBound)),
    boundByTail: remembered((tail: string) => (boundTail(tail) as BoundRow[]).map(toBound)),
    *usesOf(name) {
      for (const [id, text] of uses(name) as [number, string][]) {
        const file = files.get(id);
        if (file) yield { file, uses: unpackUses(text) };
      }
    },
    facts<Fact>(kind: FactKind) {
      let all = known.get(kind);
      if (!all) {
        all = (factsOf(kind) as [number, string][]).flatMap(([id, text]) => {
          const file = files.get(id);
          return file ? [{ file, fact: parseData(text) }] : [];
        });
        known.set(kind, all);
      }
      // What the reader of that kind wrote.
      return all as readonly { file: IndexedFile; fact: Fact }[];
    },
  };
}

/** A function of one key whose results are kept. */
export function remembered<Key, Result>(compute: (key: Key) => Result): (key: Key) => Result {
  const results = new Map<Key, Result>();
  return (key) => {
    const before = results.get(key);
    if (before !== undefined || results.has(key)) return before as Result;
    const result = compute(key);
    results.set(key, result);
    return result;
  };
}

import type { FileStamp } from "../source/read-file.ts";
import type { Notes } from "./examine.ts";

/** What is kept of a file between scans. */
export interface CachedFile {
  path: string;
  /** The service it was examined as: rules may look at it. */
  service: string;
  stamp: FileStamp;
  /** When it was read, in milliseconds of the clock. */
  read_at: number;
  /** Of its content: 32 hexadecimal digits. */
  digest: string;
  /** Codes of the rules that ran, joined by commas; "*" when all did. */
  codes: string;
  notes: Notes | null;
  facts: readonly CachedFact[];
  /** Whether a secret was found in it: then nothing of it is written to disk. */
  has_secret: boolean;
}

/** What a project rule collected from a file: text that only that rule has to read again. */
export interface CachedFact {
  code: string;
  /** As text where it was just collected: a buffer for each of many small facts takes as much again. */
  content: string | Buffer;
  /** 32 hexadecimal digits: they tell whether there is something new to conclude. */
  digest: string;
}

/** A group of files as columns: of files that did not change nothing is unpacked but what a scan compares. */
export interface Group {
  readonly paths: readonly string[];
  serviceOf(row: number): string;
  stampOf(row: number): FileStamp;
  readAt(row: number): number;
  digestOf(row: number): string;
  codesOf(row: number): string;
  notesOf(row: number): Notes | null;
  /** By code of the rule that collected them. */
  readonly facts: ReadonlyMap<string, FactColumn>;
}

/** One rule's facts of a group; a fact of length 0 is none. */
export interface FactColumn {
  /** Bytes of each fact, in the order of the rows. */
  readonly lengths: Uint32Array;
  /** Four words a row. */
  readonly digests: Uint32Array;
}

/** A group as it is stored: its columns, and apart from them the facts of each rule, one after the other. */
export interface EncodedGroup {
  index: Buffer;
  facts: ReadonlyMap<string, Buffer>;
}

interface Header {
  services: string[];
  /** Sets of codes. */
  covered: string[];
  facts: string[];
  notes: Record<string, Notes>;
}

/** Another format, or another order of bytes, is not read. */
const MAGIC = 0x534f_4732;
const TIMES = 5;
const DIGEST_WORDS = 4;

/** Sizes in bytes of what stands before the header: four words, five doubles a row, words, half words. */
function columnsOf(rows: number, kinds: number) {
  const doubles = 16;
  const lengths = doubles + 8 * TIMES * rows;
  const factDigests = lengths + 4 * kinds * rows;
  const digests = factDigests + 4 * DIGEST_WORDS * kinds * rows;
  const halves = digests + 4 * DIGEST_WORDS * rows;
  return { doubles, lengths, factDigests, digests, halves, header: halves + 4 * rows };
}

/** Numbers are written in this machine's order of bytes. */
export function encodeGroup(files: readonly CachedFile[]): EncodedGroup {
  const rows = files.length;
  const kinds = [...new Set(files.flatMap(({ facts }) => facts.map(({ code }) => code)))].sort();
  const services = indexer();
  const covered = indexer();
  const at = columnsOf(rows, kinds.length);
  const columns = new ArrayBuffer(at.header);
  const doubles = new Float64Array(columns, at.doubles, TIMES * rows);
  const lengths = new Uint32Array(columns, at.lengths, kinds.length * rows);
  const bytes = Buffer.from(columns);
  const halves = new Uint16Array(columns, at.halves, 2 * rows);
  const notes: Header["notes"] = {};
  const texts = kinds.map((): Buffer[] => []);
  for (const [row, { stamp, read_at, ...file }] of files.entries()) {
    doubles.set([stamp.size, stamp.mtime, stamp.ctime, stamp.inode, read_at], TIMES * row);
    bytes.write(file.digest, at.digests + 16 * row, 16, "hex");
    halves.set([services.of(file.service), covered.of(file.codes)], 2 * row);
    if (file.notes) notes[row] = file.notes;
    for (const fact of file.facts) {
      const kind = kinds.indexOf(fact.code);
      const content = typeof fact.content === "string" ? Buffer.from(fact.content) : fact.content;
      texts[kind]?.push(content);
      lengths[kind * rows + row] = content.length;
      bytes.write(fact.digest, at.factDigests + 16 * (kind * rows + row), 16, "hex");
    }
  }
  const header: Header = { services: services.all, covered: covered.all, facts: kinds, notes };
  const encoded = Buffer.from(JSON.stringify(header));
  new Uint32Array(columns, 0, 4).set([MAGIC, rows, kinds.length, encoded.length]);
  const paths = Buffer.from(files.map(({ path }) => path).join("\0"));
  return {
    index: Buffer.concat([bytes, encoded, paths]),
    facts: new Map(kinds.map((code, kind) => [code, Buffer.concat(texts[kind] ?? [])])),
  };
}

/** Errors: what was not written by `encodeGroup`, or is cut off. */
export function decodeGroup(index: Buffer): Group {
  // Columns of wide numbers have to begin where such a number may stand.
  const bytes = index.byteOffset % 8 === 0 ? index : Buffer.from(new Uint8Array(index).buffer);
  const words = (from: number, count: number) => new Uint32Array(bytes.buffer, bytes.byteOffset + from, count);
  const [magic, rows = 0, kinds = 0, size = 0] = words(0, 4);
  if (magic !== MAGIC) throw new Error("The group of files has another format.");
  const at = columnsOf(rows, kinds);
  const doubles = new Float64Array(bytes.buffer, bytes.byteOffset + at.doubles, TIMES * rows);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset + at.halves, 2 * rows);
  const header: Header = JSON.parse(bytes.toString("utf8", at.header, at.header + size));
  const paths = bytes.toString("utf8", at.header + size).split("\0");
  if (paths.length !== rows || header.facts.length !== kinds) throw new Error("The group of files is cut off.");
  const double = (row: number, column: number) => doubles[TIMES * row + column] ?? 0;
  return {
    paths,
    serviceOf: (row) => header.services[halves[2 * row] ?? 0] ?? "",
    stampOf: (row) => ({ size: double(row, 0), mtime: double(row, 1), ctime: double(row, 2), inode: double(row, 3) }),
    readAt: (row) => double(row, 4),
    digestOf: (row) => bytes.toString("hex", at.digests + 16 * row, at.digests + 16 * row + 16),
    codesOf: (row) => header.covered[halves[2 * row + 1] ?? 0] ?? "",
    notesOf: (row) => header.notes[row] ?? null,
    facts: new Map(
      header.facts.map((code, kind) => [
        code,
        {
          lengths: words(at.lengths + 4 * kind * rows, rows),
          digests: words(at.factDigests + 16 * kind * rows, DIGEST_WORDS * rows),
        },
      ]),
    ),
  };
}

/** Numbers different texts as they come. */
function indexer() {
  const known = new Map<string, number>();
  return {
    of(text: string): number {
      const index = known.get(text) ?? known.size;
      known.set(text, index);
      return index;
    },
    get all() {
      return [...known.keys()];
    },
  };
}

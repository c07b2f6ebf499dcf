import type { FileStamp } from "../source/read-file.ts";
import { type CachedFact, type CachedFile, decodeGroup, type FactColumn, type Group } from "./cache-group.ts";

/** Where a known file stands: its group and its row in one number. */
export type Place = number;

const ROWS = 2 ** 24;

/** What a scan knows of files from earlier ones. Facts are read when they are asked for. */
export interface KnownFiles {
  find(file: { path: string; service: string }): Place | undefined;
  readonly size: number;
  places(): Iterable<Place>;
  pathOf(place: Place): string;
  partOf(place: Place): number;
  stampOf(place: Place): { stamp: FileStamp; read_at: number };
  digestOf(place: Place): string;
  codesOf(place: Place): string;
  notesOf(place: Place): CachedFile["notes"];
  /** The facts a rule collected. */
  factsOf(code: string): KnownFacts;
  /** All that is known of a file. */
  fileAt(place: Place): CachedFile;
}

/** One rule's facts of the known files. */
export interface KnownFacts {
  has(place: Place): boolean;
  /** The group's digests, four words a row, and the row. */
  digestAt(place: Place): { words: Uint32Array; row: number } | undefined;
  /** Errors: CacheDamaged. */
  bytesAt(place: Place): Buffer | undefined;
}

/** What was kept contradicts itself: it is to be forgotten, and the scan to be begun anew. */
export class CacheDamaged extends Error {}

/**
 * Files from the columns of their groups. `readFacts` gives the facts of a group for one rule.
 *
 * Errors: CacheDamaged.
 */
export function knownFiles(
  indexes: Iterable<readonly [number, Buffer]>,
  readFacts: (part: number, code: string) => Buffer | undefined,
): KnownFiles {
  const groups: Group[] = [];
  let size = 0;
  const byService = new Map<string, Map<string, Place>>();
  for (const [part, index] of indexes) {
    const group = decoded(index);
    groups[part] = group;
    size += group.paths.length;
    for (let row = 0; row < group.paths.length; row += 1) {
      const service = group.serviceOf(row);
      const places = byService.get(service) ?? new Map<string, Place>();
      if (places.size === 0) byService.set(service, places);
      places.set(group.paths[row] ?? "", part * ROWS + row);
    }
  }
  const rowOf = (place: Place) => place % ROWS;
  const partOf = (place: Place) => Math.floor(place / ROWS);
  const groupOf = (place: Place) => {
    const group = groups[partOf(place)];
    if (!group) throw new Error(`There is no file at ${place}.`);
    return group;
  };
  const bytesOf = new Map<string, KnownFacts>();
  const factsOf = (code: string): KnownFacts => {
    const known = bytesOf.get(code);
    if (known) return known;
    const columns = groups.map(({ facts }) => facts.get(code));
    const read: { bytes: Buffer; offsets: Uint32Array }[] = [];
    const textsOf = (part: number, column: FactColumn) => {
      read[part] ??= factTexts(readFacts(part, code), column);
      return read[part];
    };
    const facts: KnownFacts = {
      has: (place) => (columns[partOf(place)]?.lengths[rowOf(place)] ?? 0) > 0,
      digestAt(place) {
        const column = columns[partOf(place)];
        const row = rowOf(place);
        return column && (column.lengths[row] ?? 0) > 0 ? { words: column.digests, row } : undefined;
      },
      bytesAt(place) {
        const column = columns[partOf(place)];
        const row = rowOf(place);
        if (!column || (column.lengths[row] ?? 0) === 0) return undefined;
        const { bytes, offsets } = textsOf(partOf(place), column);
        return bytes.subarray(offsets[row], offsets[row + 1]);
      },
    };
    bytesOf.set(code, facts);
    return facts;
  };
  const factsAt = (place: Place): CachedFact[] =>
    [...groupOf(place).facts].flatMap(([code, { digests }]) => {
      const bytes = factsOf(code).bytesAt(place);
      const row = rowOf(place);
      return bytes
        ? [{ code, content: bytes, digest: Buffer.from(digests.slice(4 * row, 4 * row + 4).buffer).toString("hex") }]
        : [];
    });
  const stampOf = (place: Place) => {
    const group = groupOf(place);
    return { stamp: group.stampOf(rowOf(place)), read_at: group.readAt(rowOf(place)) };
  };
  return {
    find: ({ path, service }) => byService.get(service)?.get(path),
    size,
    *places() {
      for (const places of byService.values()) yield* places.values();
    },
    pathOf: (place) => groupOf(place).paths[rowOf(place)] ?? "",
    partOf,
    stampOf,
    digestOf: (place) => groupOf(place).digestOf(rowOf(place)),
    codesOf: (place) => groupOf(place).codesOf(rowOf(place)),
    notesOf: (place) => groupOf(place).notesOf(rowOf(place)),
    factsOf,
    fileAt(place) {
      const group = groupOf(place);
      const row = rowOf(place);
      return {
        path: group.paths[row] ?? "",
        service: group.serviceOf(row),
        ...stampOf(place),
        digest: group.digestOf(row),
        codes: group.codesOf(row),
        notes: group.notesOf(row),
        facts: factsAt(place),
        has_secret: false,
      };
    },
  };
}

function decoded(index: Buffer): Group {
  try {
    return decodeGroup(index);
  } catch (cause) {
    throw new CacheDamaged("A group of files cannot be read.", { cause });
  }
}

/** A group's facts with where each begins. */
function factTexts(bytes: Buffer | undefined, { lengths }: FactColumn): { bytes: Buffer; offsets: Uint32Array } {
  const offsets = new Uint32Array(lengths.length + 1);
  for (let row = 0; row < lengths.length; row += 1) offsets[row + 1] = (offsets[row] ?? 0) + (lengths[row] ?? 0);
  if (!bytes || bytes.length !== offsets[lengths.length])
    throw new CacheDamaged("Facts of a group of files are missing.");
  return { bytes, offsets };
}

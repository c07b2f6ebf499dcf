import { existsSync } from "node:fs";
import { join } from "node:path";
import { type CachedFile, encodeGroup } from "./cache-group.ts";
import { type CacheStore, databaseStore, forgetful, memoryStore } from "./cache-store.ts";
import type { FileHit } from "./examine.ts";
import { CacheDamaged, type KnownFiles, knownFiles, type Place } from "./known-files.ts";

/** Keeps what was found out about the files of one folder. It may forget at any time. */
export interface ScanCache {
  /** As it was when the cache was opened, whatever other processes write. */
  readonly known: KnownFiles;
  /** What project rules concluded, by code. */
  conclusions(): Conclusions;
  /** The context of the conclusions, when they were drawn from exactly what is known. */
  basis(): string | undefined;
  save(news: News): void;
  close(): void;
  /** Forgets everything. */
  discard(): void;
}

/** What a scan learned. */
export interface News {
  /** In place of what was known of them. */
  files: CachedFile[];
  /** Where known files are to be forgotten. */
  gone: Place[];
  conclusions: Conclusions | undefined;
  /** The context of the conclusions, when they fit all that is known now. */
  basis: string | undefined;
}

/** What rules concluded: by the code of a rule that judges the whole, by code and service of one that judges services. */
export type Conclusions = Record<string, Conclusion>;

export interface Conclusion {
  /** Of everything the findings were concluded from. */
  digest: string;
  /** Of what the judgement of a service asked for elsewhere, by name. */
  elsewhere?: Record<string, string>;
  found: { hit: FileHit; file: string; service: string }[];
}

/**
 * The cache of a scan: the file that is named, the one in the folder's own .super-orchestrator when that exists, or this
 * process's memory. null keeps nothing.
 */
export function openCache(root: string, file: string | null | undefined): ScanCache {
  if (file === null) return cacheIn(forgetful);
  const folder = join(root, ".super-orchestrator");
  const path = file ?? (existsSync(folder) ? join(folder, "scan-cache.db") : undefined);
  for (let attempt = 0; path !== undefined && attempt < 2; attempt += 1) {
    const store = databaseStore(path, root);
    if (!store) break;
    try {
      return cacheIn(store);
    } catch (cause) {
      store.discard();
      if (!(cause instanceof CacheDamaged)) throw cause;
    }
  }
  return cacheIn(memoryStore(root));
}

/** Files are written in groups by their path: one edit writes one of them. */
const GROUPS = 64;

function groupOf(path: string): number {
  let hash = 0;
  for (let index = 0; index < path.length; index += 1) hash = (hash * 31 + path.charCodeAt(index)) | 0;
  return Math.abs(hash) % GROUPS;
}

/** Errors: CacheDamaged. */
function cacheIn(store: CacheStore): ScanCache {
  const known = knownFiles(store.indexes(), store.facts);
  return {
    known,
    conclusions: () => JSON.parse(store.conclusions() ?? "{}") as Conclusions,
    basis: store.basis,
    save({ files, gone, conclusions, basis }) {
      const outdated = new Set(gone);
      const groups = new Map<number, CachedFile[]>();
      const groupWith = (part: number) => {
        const group = groups.get(part) ?? [];
        groups.set(part, group);
        return group;
      };
      for (const place of gone) groupWith(known.partOf(place));
      for (const file of files) {
        const place = known.find(file);
        if (place !== undefined) outdated.add(place);
        const group = groupWith(groupOf(file.path));
        if (!file.has_secret || store.keepsSecrets) group.push(file);
      }
      const isNewBasis = basis !== undefined && basis !== store.basis();
      if (groups.size === 0 && conclusions === undefined && !isNewBasis) return;
      const kept = new Map<number, Place[]>();
      for (const place of groups.size === 0 ? [] : known.places()) {
        const part = known.partOf(place);
        if (!groups.has(part) || outdated.has(place)) continue;
        const places = kept.get(part);
        if (places) places.push(place);
        else kept.set(part, [place]);
      }
      const encoded = ([part, group]: [number, CachedFile[]]) =>
        [part, group.length > 0 ? encodeGroup(group) : null] as const;
      // What is kept of a group has to be read before anything is written; groups that are all new are made one after the
      // other, as the store asks for them: all of them at once are as large as the project's facts.
      const mixed = [...kept].map(([part, places]) =>
        encoded([part, [...(groups.get(part) ?? []), ...places.map(known.fileAt)]]),
      );
      const written = function* () {
        yield* mixed;
        for (const entry of groups) if (!kept.has(entry[0])) yield encoded(entry);
      };
      store.write(written(), { conclusions: conclusions && JSON.stringify(conclusions), basis });
    },
    close: store.close,
    discard: store.discard,
  };
}

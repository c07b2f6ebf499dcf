import { createHash } from "node:crypto";
import type { FileInfo } from "../source/source-file.ts";
import type { CachedFile } from "./cache-group.ts";
import type { KnownFacts, KnownFiles, Place } from "./known-files.ts";
import { factOf } from "./pack.ts";
import type { Gathered } from "./rule.ts";

/** What one rule collected from some files. */
export interface Facts {
  /** Tells whether anything of it is new, without reading it. `context`: what else there is to conclude from. */
  digest(context: string): string;
  /** In the order of the files. */
  facts(): Gathered<unknown>[];
}

/** What one rule collected from all files. */
export interface Collected extends Facts {
  /** From the files a test accepts. */
  only(test: (file: FileInfo) => boolean): Facts;
  /** By service; of services without facts there is none. */
  byService(): Map<string, Facts>;
}

type Source = Place | CachedFile | undefined;

/** Facts by rule; `sources`, in the order of `files`, tell where each file's are: known, new, or nowhere. */
export function collectedFrom(
  files: readonly { info: FileInfo; at: number }[],
  sources: readonly Source[],
  known: KnownFiles,
): (code: string) => Collected {
  return (code) => {
    const kept = known.factsOf(code);
    let all: number[] | undefined;
    // Found when they are asked for: where nothing changed nobody asks.
    const indexes = () => {
      if (all) return all;
      all = [];
      for (let index = 0; index < sources.length; index += 1) if (holds(sources[index], code, kept)) all.push(index);
      return all;
    };
    const some = (choice: () => readonly number[], isWhole: boolean): Facts => ({
      digest(context) {
        const chosen = choice();
        // A file's number and the four words of its fact's digest.
        const words = new Uint32Array(5 * chosen.length);
        let end = 0;
        for (const index of chosen) {
          const digest = digestAt(sources[index], code, kept);
          if (!digest) continue;
          words[end] = isWhole ? (files[index]?.at ?? 0) : 0;
          for (let word = 0; word < 4; word += 1) words[end + 1 + word] = digest.words[4 * digest.row + word] ?? 0;
          end += 5;
        }
        const hash = createHash("sha1").update(context);
        // The context of the whole names all files; a number is all that is left to tell.
        if (!isWhole) hash.update(chosen.map((index) => files[index]?.info.path ?? "").join("\0"));
        return hash.update(new Uint8Array(words.buffer, 0, 4 * end)).digest("hex");
      },
      facts: () =>
        choice().flatMap((index) => {
          const source = sources[index];
          const file = files[index]?.info;
          if (source === undefined || !file) return [];
          return [
            {
              file,
              // Read when it is asked for, and again when it is asked for again: all of them at once fill the memory.
              get fact() {
                const content = typeof source === "number" ? kept.bytesAt(source) : factIn(source, code)?.content;
                return content === undefined ? undefined : factOf(content);
              },
            },
          ];
        }),
    });
    return {
      ...some(indexes, true),
      only(test) {
        const chosen = indexes().filter((index) => {
          const info = files[index]?.info;
          return info !== undefined && test(info);
        });
        return some(() => chosen, false);
      },
      byService() {
        const services = new Map<string, number[]>();
        for (const index of indexes()) {
          const service = files[index]?.info.service ?? "";
          const same = services.get(service);
          if (same) same.push(index);
          else services.set(service, [index]);
        }
        return new Map([...services].map(([service, chosen]) => [service, some(() => chosen, false)]));
      },
    };
  };
}

/** The digest of a rule's fact, in hexadecimal; undefined where there is none. */
export function digestIn(source: Place | CachedFile, code: string, kept: KnownFacts): string | undefined {
  if (typeof source === "object") return factIn(source, code)?.digest;
  const digest = kept.digestAt(source);
  return digest && Buffer.from(digest.words.slice(4 * digest.row, 4 * digest.row + 4).buffer).toString("hex");
}

function factIn(file: CachedFile, code: string) {
  return file.facts.find((fact) => fact.code === code);
}

function holds(source: Source, code: string, kept: KnownFacts): boolean {
  if (source === undefined) return false;
  return typeof source === "number" ? kept.has(source) : factIn(source, code) !== undefined;
}

function digestAt(source: Source, code: string, kept: KnownFacts) {
  if (source === undefined) return undefined;
  return typeof source === "number" ? kept.digestAt(source) : wordsOf(factIn(source, code)?.digest);
}

function wordsOf(digest: string | undefined): { words: Uint32Array; row: number } | undefined {
  if (digest === undefined) return undefined;
  return { words: new Uint32Array(Uint8Array.from(Buffer.from(digest, "hex")).buffer), row: 0 };
}

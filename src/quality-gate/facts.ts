import { createHash } from "node:crypto";
import type { FileInfo } from "../source/source-file.ts";
import type { CachedFile } from "./cache-group.ts";
import type { KnownFiles, Place } from "./known-files.ts";
import { factOf } from "./pack.ts";
import type { Gathered } from "./rule.ts";

/** What one rule collected from all files. */
export interface Collected {
  /** Tells whether anything of it is new, without reading it. `context`: what else there is to conclude from. */
  digest(context: string): string;
  /** In the order of the files. */
  facts(): Gathered<unknown>[];
}

/** Facts by rule; `sources`, in the order of `files`, tell where each file's are: known, new, or nowhere. */
export function collectedFrom(
  files: readonly { info: FileInfo; at: number }[],
  sources: readonly (Place | CachedFile | undefined)[],
  known: KnownFiles,
): (code: string) => Collected {
  return (code) => {
    const kept = known.factsOf(code);
    const newIn = (file: CachedFile) => file.facts.find((fact) => fact.code === code);
    return {
      digest(context) {
        // A file's number and the four words of its fact's digest.
        const words = new Uint32Array(5 * files.length);
        let end = 0;
        for (let index = 0; index < sources.length; index += 1) {
          const source = sources[index];
          if (source === undefined) continue;
          const digest = typeof source === "number" ? kept.digestAt(source) : wordsOf(newIn(source)?.digest);
          if (!digest) continue;
          words[end] = files[index]?.at ?? 0;
          for (let word = 0; word < 4; word += 1) words[end + 1 + word] = digest.words[4 * digest.row + word] ?? 0;
          end += 5;
        }
        const bytes = new Uint8Array(words.buffer, 0, 4 * end);
        return createHash("sha1").update(context).update(bytes).digest("hex");
      },
      facts: () =>
        files.flatMap(({ info }, index) => {
          const source = sources[index];
          if (source === undefined) return [];
          const has = typeof source === "number" ? kept.has(source) : newIn(source) !== undefined;
          if (!has) return [];
          return [
            {
              file: info,
              // Read when it is asked for, and again when it is asked for again: all of them at once fill the memory.
              get fact() {
                const bytes = typeof source === "number" ? kept.bytesAt(source) : newIn(source)?.bytes;
                return bytes && factOf(bytes);
              },
            },
          ];
        }),
    };
  };
}

function wordsOf(digest: string | undefined): { words: Uint32Array; row: number } | undefined {
  if (digest === undefined) return undefined;
  return { words: new Uint32Array(Uint8Array.from(Buffer.from(digest, "hex")).buffer), row: 0 };
}

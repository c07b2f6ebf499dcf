import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CodeChunk } from "../../model/codebase.ts";
import type { IndexedFile } from "../index/database.ts";
import { SPAN } from "../index/tables.ts";
import type { Snapshot } from "../resolve/snapshot.ts";
import { MODULE } from "./chunks.ts";
import { relatedOf, type Vocabulary } from "./synonyms.ts";
import { partsOf, stem, stemsOf } from "./words.ts";

/** A chunk with how well it fits, before its text is read. */
export interface Hit {
  id: number;
  file: IndexedFile;
  score: number;
}

export interface Search {
  query: string;
  language?: string | undefined;
  service?: string | undefined;
  n_results: number;
}

const MOST_WORDS = 24;
const MOST_CANDIDATES = 400;
/** A word in the name of a chunk says more than one inside. */
const NAME_WEIGHT = 6;

/** Chunks by the words of a question, best first: BM25 over the stems of names and text, synonyms counting less. */
export function searchWords(snapshot: Snapshot, vocabulary: Vocabulary, search: Search): Hit[] {
  const asked = [
    ...new Set((search.query.match(/[A-Za-z][A-Za-z0-9_]*/g) ?? []).flatMap((word) => [...stemsOf(word)])),
  ].slice(0, MOST_WORDS);
  const words = asked.length > 0 ? asked : partsOf(search.query).map(stem).slice(0, MOST_WORDS);
  if (words.length === 0) return [];
  const match = snapshot.db
    .prepare(
      `SELECT rowid, -bm25(chunks, ${NAME_WEIGHT}.0, 1.0) FROM chunks WHERE chunks MATCH ? ORDER BY rank LIMIT ${MOST_CANDIDATES * 4}`,
    )
    .raw();
  const scores = new Map<number, { sum: number; words: number }>();
  for (const word of words) {
    const best = new Map<number, number>();
    const take = (term: string, weight: number) => {
      for (const [id, score] of match.all(`"${term}"`) as [number, number][])
        best.set(id, Math.max(best.get(id) ?? 0, weight * Math.max(score, 0.01)));
    };
    take(word, 1);
    for (const [term, weight] of relatedOf(word, vocabulary)) take(term, weight);
    for (const [id, score] of best) {
      const known = scores.get(id) ?? { sum: 0, words: 0 };
      scores.set(id, { sum: known.sum + score, words: known.words + 1 });
    }
  }
  const exact = search.query.trim().toLowerCase();
  const hits: Hit[] = [];
  for (const [id, { sum, words: covered }] of scores) {
    const file = snapshot.files.get(Math.floor(id / SPAN));
    if (!file || !isAsked(file, search)) continue;
    // Half of the words said well are less than all of them said.
    let score = sum * (0.4 + (0.6 * covered) / words.length);
    if (file.is_test && !/\btests?\b/i.test(search.query)) score *= 0.6;
    const number = id % SPAN;
    if (number !== MODULE && snapshot.definition(id)?.name.toLowerCase() === exact) score *= 3;
    hits.push({ id, file, score });
  }
  return hits.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, MOST_CANDIDATES);
}

const LANGUAGES: Readonly<Record<string, string>> = { ts: "typescript", js: "javascript", py: "python", golang: "go" };

function isAsked(file: IndexedFile, { language, service }: Search): boolean {
  if (service !== undefined && file.service !== service) return false;
  const wanted = language?.toLowerCase();
  return wanted === undefined || file.language === (LANGUAGES[wanted] ?? wanted);
}

/** Lines of a chunk that are shown. */
const MOST_LINES = 80;

/** Chunks with their text; the best scores 1. Chunks whose file has gone meanwhile are left out. */
export function chunksShown(root: string, snapshot: Snapshot, hits: readonly Hit[]): CodeChunk[] {
  const best = hits[0]?.score ?? 1;
  const texts = new Map<string, string[]>();
  return hits.flatMap(({ id, file, score }): CodeChunk[] => {
    let lines = texts.get(file.path);
    if (!lines) {
      lines = linesOf(join(root, file.path));
      texts.set(file.path, lines);
    }
    const definition = id % SPAN === MODULE ? undefined : snapshot.definition(id);
    const first = definition ? startOf(lines, definition.line) : 1;
    const last = definition ? definition.end_line : lines.length;
    const line_end = Math.min(last, first + MOST_LINES - 1, Math.max(lines.length, first));
    return [
      {
        chunk_id: `${file.path}:${first}-${last}`,
        file_path: file.path,
        symbol_name: definition
          ? definition.container === ""
            ? definition.name
            : `${definition.container}.${definition.name}`
          : null,
        content: lines.slice(first - 1, line_end).join("\n"),
        score: Math.max(0, Math.min(1, Math.round((score / best) * 1000) / 1000)),
        language: file.language,
        service_name: file.service || null,
        line_start: first,
        line_end,
      },
    ];
  });
}

/** Where the comment and the decorators above a definition begin. */
function startOf(lines: readonly string[], line: number): number {
  let first = line;
  while (first > 1 && line - first < 30 && /^\s*(@|#|\/\/|\/?\*|export\s*$)/.test(lines[first - 2] ?? "")) first -= 1;
  return first;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split(/\r?\n/);
  } catch {
    return [];
  }
}

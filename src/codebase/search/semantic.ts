import { AppError } from "../../lib/errors.ts";
import type { CodeChunk } from "../../model/codebase.ts";
import { SPAN } from "../index/tables.ts";
import type { Snapshot } from "../resolve/snapshot.ts";
import { serviceNamed } from "../services/interface.ts";
import type { Look, Session } from "../session.ts";
import { type EmbeddingsEndpoint, embeddingsFailure, similarities } from "./embeddings.ts";
import { chunksShown, type Hit, searchWords } from "./search.ts";
import { type Vocabulary, vocabularyOf } from "./synonyms.ts";

/** With so few chunks all are compared by meaning; with more, those that the words find. */
const FEW_CHUNKS = 1500;
const COMPARED = 200;
/** How much the meaning counts beside the words. */
const MEANING = 0.6;

const vocabularies = new WeakMap<Snapshot, Vocabulary>();

/** Code by what it is about. Errors: INVALID_INPUT for an empty question, NOT_FOUND for an unknown service. */
export async function searchCode(
  { db, root }: Session,
  { snapshot }: Look,
  question: {
    query: string;
    language?: string;
    service_name?: string;
    n_results?: number;
    onFallback?: (reason: string) => void;
    signal: AbortSignal | undefined;
    embeddings: EmbeddingsEndpoint | undefined;
  },
): Promise<CodeChunk[]> {
  const { query, language, service_name, n_results = 10, embeddings, signal } = question;
  if (query.trim() === "")
    throw new AppError("INVALID_INPUT", "The query is empty.", { remedy: "Say what the code does that you look for." });
  const service = service_name === undefined ? undefined : serviceNamed(snapshot, service_name);
  let vocabulary = vocabularies.get(snapshot);
  if (!vocabulary) {
    vocabulary = vocabularyOf(db);
    vocabularies.set(snapshot, vocabulary);
  }
  const search = { query, language, service, n_results };
  const hits = searchWords(snapshot, vocabulary, search);
  if (!embeddings) return chunksShown(root, snapshot, hits.slice(0, n_results));
  const candidates = withOthers(snapshot, hits, search);
  const shown = chunksShown(root, snapshot, candidates);
  try {
    const near = await similarities(
      db,
      embeddings,
      query,
      shown.map(({ symbol_name, file_path, content }) => `${file_path} ${symbol_name ?? ""}\n${content}`),
      signal,
    );
    return ranked(shown, near).slice(0, n_results);
  } catch (cause) {
    signal?.throwIfAborted();
    question.onFallback?.(
      `The embeddings at ${new URL(embeddings.url).host} were not used: ${embeddingsFailure(cause)}.`,
    );
    return chunksShown(root, snapshot, hits.slice(0, n_results));
  }
}

/** What the words found, and in a small project everything else. */
function withOthers(
  snapshot: Snapshot,
  hits: readonly Hit[],
  { language, service }: { language?: string | undefined; service?: string | undefined },
): Hit[] {
  const ids = snapshot.db
    .prepare("SELECT rowid FROM chunks LIMIT ?")
    .pluck()
    .all(FEW_CHUNKS + 1) as number[];
  if (ids.length > FEW_CHUNKS) return hits.slice(0, COMPARED);
  const found = new Set(hits.map(({ id }) => id));
  const others = ids.flatMap((id): Hit[] => {
    const file = snapshot.files.get(Math.floor(id / SPAN));
    const fits =
      file &&
      !found.has(id) &&
      (language === undefined || file.language === language.toLowerCase()) &&
      (service === undefined || file.service === service);
    return fits ? [{ id, file, score: 0 }] : [];
  });
  return [...hits, ...others];
}

function ranked(chunks: readonly CodeChunk[], near: readonly number[]): CodeChunk[] {
  const all = chunks.map((chunk, index) => ({
    chunk,
    score: (1 - MEANING) * chunk.score + MEANING * Math.max(0, near[index] ?? 0),
  }));
  all.sort((a, b) => b.score - a.score);
  const best = all[0]?.score || 1;
  return all.map(({ chunk, score }) => ({ ...chunk, score: Math.round((score / best) * 1000) / 1000 }));
}

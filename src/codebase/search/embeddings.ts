import { z } from "zod";
import type { Db } from "../../lib/db.ts";
import { messageOf } from "../../lib/errors.ts";
import { sha256 } from "../../lib/ids.ts";

/** A service that turns text into vectors, as OpenAI's POST /embeddings does. */
export interface EmbeddingsEndpoint {
  /** Base address, or that of /embeddings itself. */
  url: string;
  model: string;
  /** Sent as a bearer token when it is not empty. */
  api_key: string;
}

const Answer = z.object({
  data: z.array(z.object({ embedding: z.array(z.number()), index: z.number().int().optional() })),
});

const BATCH = 64;
const MOST_CHARACTERS = 6000;
const TIMEOUT_MS = 20_000;

/** Similarity of a question to texts, -1 to 1. Vectors of texts are kept by their content. Errors: whatever went wrong. */
export async function similarities(
  db: Db,
  endpoint: EmbeddingsEndpoint,
  query: string,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const cut = texts.map((text) => text.slice(0, MOST_CHARACTERS));
  const keys = cut.map((text) => sha256(`${endpoint.url}\0${endpoint.model}\0${text}`));
  const get = db.prepare("SELECT vector FROM vectors WHERE hash = ?").pluck();
  const vectors = keys.map((key) => toVector(get.get(key)));
  const missing = cut.flatMap((text, index) => (vectors[index] ? [] : [{ text, index }]));
  const asked = [{ text: query, index: -1 }, ...missing];
  let question: Float32Array | undefined;
  const put = db.prepare("INSERT OR REPLACE INTO vectors VALUES (?, ?)");
  for (let begin = 0; begin < asked.length; begin += BATCH) {
    const part = asked.slice(begin, begin + BATCH);
    const given = await embed(
      endpoint,
      part.map(({ text }) => text),
      signal,
    );
    db.transaction(() => {
      for (const [at, { index }] of part.entries()) {
        const vector = given[at];
        if (!vector) throw new Error("it gave too few vectors");
        if (index < 0) question = vector;
        else {
          vectors[index] = vector;
          put.run(keys[index], Buffer.from(vector.buffer));
        }
      }
    }).immediate();
  }
  return vectors.map((vector) => (vector && question ? cosine(vector, question) : 0));
}

async function embed(
  { url, model, api_key }: EmbeddingsEndpoint,
  input: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const address = /\/embeddings\/?$/.test(url) ? url : `${url.replace(/\/+$/, "")}/embeddings`;
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", ...(api_key !== "" && { authorization: `Bearer ${api_key}` }) },
    body: JSON.stringify({ model, input }),
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  const { data } = Answer.parse(await answer.json());
  const ordered = data.some(({ index }) => index !== undefined)
    ? data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0))
    : data;
  if (ordered.length !== input.length) throw new Error(`it gave ${ordered.length} vectors for ${input.length} texts`);
  return ordered.map(({ embedding }) => Float32Array.from(embedding));
}

/** Why an endpoint could not be used, in a few words. */
export function embeddingsFailure(cause: unknown): string {
  if (cause instanceof Error && cause.name === "TimeoutError") return `it did not answer within ${TIMEOUT_MS / 1000} s`;
  const inner = cause instanceof Error && cause.cause instanceof Error ? `: ${cause.cause.message}` : "";
  return cause instanceof z.ZodError ? "its answer is no list of embeddings" : `${messageOf(cause)}${inner}`;
}

function toVector(blob: unknown): Float32Array | undefined {
  if (!Buffer.isBuffer(blob)) return undefined;
  const copy = new Uint8Array(blob);
  return new Float32Array(copy.buffer);
}

function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0;
  let [dot, left, right] = [0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [a[index] ?? 0, b[index] ?? 0];
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  return left === 0 || right === 0 ? 0 : dot / Math.sqrt(left * right);
}

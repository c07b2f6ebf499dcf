import type { Span } from "./span.ts";

/** Spans that arrived, newest last, within a bound: the oldest make room, because reports are about what just ran. */
export interface SpanStore {
  add(spans: readonly Span[]): void;
  all(): readonly Span[];
  /** Spans that ever arrived, those that made room included. */
  count(): number;
}

/** A store of at most so many spans (20,000) and so many bytes of text in them (32 MiB). */
export function createSpanStore({ maxSpans = 20_000, maxBytes = 32 * 1024 * 1024 } = {}): SpanStore {
  let kept: Span[] = [];
  let bytes = 0;
  let count = 0;
  const makeRoom = () => {
    let gone = 0;
    while (kept.length - gone > maxSpans || (bytes > maxBytes && gone < kept.length)) {
      const oldest = kept[gone];
      if (oldest === undefined) break;
      bytes -= sizeOf(oldest);
      gone += 1;
    }
    if (gone > 0) kept = kept.slice(gone);
  };
  return {
    add(spans) {
      for (const span of spans) {
        kept.push(span);
        bytes += sizeOf(span);
      }
      count += spans.length;
      makeRoom();
    },
    all: () => kept,
    count: () => count,
  };
}

function sizeOf({ name, attributes }: Span): number {
  let size = 200 + name.length;
  for (const [key, value] of attributes) size += key.length + (typeof value === "string" ? value.length : 8);
  return size;
}

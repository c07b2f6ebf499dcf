import { sha256 } from "../lib/ids.ts";
import { parseData, stringifyData } from "../lib/plain-data.ts";
import type { CachedFact } from "./cache-group.ts";
import type { Notes, Outcome } from "./examine.ts";

/** An outcome as it crosses threads. */
export interface PackedOutcome {
  /** null when there is nothing to tell, as of most files. */
  notes: Notes | null;
  /** What project rules collected, by code: see `factOf`. */
  facts: Record<string, string>;
}

/** Errors: facts that are no plain data. */
export function pack({ facts, ...notes }: Outcome): PackedOutcome {
  const { skip, hits, suppressions, blind } = notes;
  const isNothing = skip === null && hits.length + suppressions.length + blind.length === 0;
  return {
    notes: isNothing ? null : notes,
    facts: Object.fromEntries(Object.entries(facts).map(([code, fact]) => [code, stringifyData(fact)])),
  };
}

/** Facts as they are kept. */
export function keptFacts(facts: PackedOutcome["facts"]): CachedFact[] {
  return Object.entries(facts).map(([code, content]) => ({ code, content, digest: sha256(content).slice(0, 32) }));
}

/** A fact as its rule collected it. */
export function factOf(content: string | Buffer): unknown {
  return parseData(typeof content === "string" ? content : content.toString("utf8"));
}

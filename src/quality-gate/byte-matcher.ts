/** Hears of a keyword: its index in the list and where it begins. */
type Found = (keyword: number, start: number) => void;

/** Finds every keyword in `bytes[from, to)`. */
export type ByteMatcher = (bytes: Uint8Array, from: number, to: number, found: Found) => void;

/** Keywords this short would have every second byte looked at. */
export const SHORTEST = 4;

/**
 * Finds many keywords in one pass over bytes, by the method of Wu and Manber: the pair of bytes at the end of a window
 * tells how far the window may move on, mostly three bytes at once (an automaton has to look at every byte). Keywords are
 * ASCII of at least `SHORTEST` characters, in any encoding that keeps ASCII. Those in lower case match in any case, those
 * with a capital as they are written. The work is linear in the bytes, whatever they hold.
 */
export function byteMatcher(keywords: readonly string[]): ByteMatcher {
  const exact = keywords.map((keyword) => /[A-Z]/.test(keyword));
  const folded = keywords.map((keyword) => Buffer.from(keyword, "latin1"));
  const reach = SHORTEST - 2;
  const shifts = new Uint16Array(65536).fill(reach + 1);
  const byPair = new Map<number, number[]>();
  folded.forEach((keyword, index) => {
    if (keyword.length < SHORTEST) throw new Error(`The keyword ${keywords[index]} is too short.`);
    for (let at = 0; at <= reach; at += 1)
      for (const pair of spellings(keyword[at] ?? 0, keyword[at + 1] ?? 0, exact[index] ?? false)) {
        shifts[pair] = Math.min(shifts[pair] ?? 0, reach - at);
        if (at === reach) byPair.set(pair, [...(byPair.get(pair) ?? []), index]);
      }
  });

  // One table for both: how far to move on, or from `reach + 2` on, which keywords to compare.
  const buckets = [...byPair.values()];
  [...byPair.keys()].forEach((pair, bucket) => {
    shifts[pair] = reach + 2 + bucket;
  });

  const compare = (bucket: readonly number[], bytes: Uint8Array, start: number, to: number, found: Found) => {
    for (const index of bucket) {
      const keyword = folded[index];
      if (keyword && start + keyword.length <= to && standsAt(keyword, bytes, start, exact[index] ?? false))
        found(index, start);
    }
  };

  return (bytes, from, to, found) => {
    // Locals: this loop runs once for every second byte of a project.
    const table = shifts;
    const last = to - 1;
    const farthest = reach + 1;
    let at = from + reach;
    while (at < last) {
      // The table covers every pair of bytes.
      const step = table[((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)] ?? 0;
      if (step <= farthest) at += step;
      else {
        compare(buckets[step - farthest - 1] ?? [], bytes, at - reach, to, found);
        at += 1;
      }
    }
  };
}

function standsAt(keyword: Uint8Array, bytes: Uint8Array, start: number, exact: boolean): boolean {
  for (let at = 0; at < keyword.length; at += 1) {
    const byte = bytes[start + at] ?? 0;
    if ((!exact && byte >= 65 && byte <= 90 ? byte + 32 : byte) !== keyword[at]) return false;
  }
  return true;
}

function spellings(first: number, second: number, exact: boolean): number[] {
  if (exact) return [(first << 8) | second];
  return casesOf(first).flatMap((a) => casesOf(second).map((b) => (a << 8) | b));
}

function casesOf(byte: number): number[] {
  return byte >= 97 && byte <= 122 ? [byte, byte - 32] : [byte];
}

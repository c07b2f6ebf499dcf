/**
 * What is known of a channel's name: pieces of text, names of constants that other files may define, and null for what
 * only the running program knows.
 */
export type Part = string | { ref: string } | null;
export type Value = readonly Part[];

/** Stands in a resolved name for whatever only the running program knows. */
export const ANY = "\0";

const MAX_LENGTH = 200;

export type Lookup = (ref: string) => Value | undefined;

/** The name with all constants put in; ANY where nothing is known. */
export function resolveValue(value: Value, lookup: Lookup, depth = 0): string {
  const texts = value.map((part) => {
    if (part === null) return ANY;
    if (typeof part === "string") return part;
    const found = depth < 5 ? lookup(part.ref) : undefined;
    return found ? resolveValue(found, lookup, depth + 1) : ANY;
  });
  return texts.join("").slice(0, MAX_LENGTH);
}

/** Whether nothing of a resolved name is known. */
export function isUnknown(name: string): boolean {
  return name.replaceAll(ANY, "") === "";
}

/** The name as people read it. */
export function readable(name: string): string {
  return name.replaceAll(ANY, "…");
}

/** Steps of comparing patterns in one scan: real systems need thousands. */
const BUDGET = 20_000_000;

export type Meets = (published: string, consumed: string, wild?: boolean) => boolean;

/**
 * Compares two names, each with ANY and with the wildcards of the brokers (`*`, `#`, `>`) where `wild` is set: whether
 * they can mean the same channel. When its work is used up it says yes: what is not known is no finding.
 */
export function matcher(): Meets {
  let left = BUDGET;
  const meets: Meets = (published, consumed, wild = true) => {
    if (published === consumed) return true;
    // `order.#` is `order` and everything below it, not `orders`.
    if (wild && consumed.endsWith(".#")) {
      const base = consumed.slice(0, -2);
      return meets(published, base, wild) || meets(published, `${base}.${ANY}`, wild);
    }
    if (![published, consumed].some((name) => name.includes(ANY)) && !(wild && /[*#>]/.test(consumed))) return false;
    const one = letters(published, false);
    const other = letters(consumed, wild);
    left -= one.length * other.length;
    return left < 0 || overlap(one, other);
  };
  return meets;
}

/** The letters of a name; "" stands for any text. */
function letters(name: string, wild: boolean): string[] {
  return [...name].map((letter) => (letter === ANY || (wild && /[*#>]/.test(letter)) ? "" : letter));
}

/** Whether two patterns have a text in common; "" stands for any text. */
function overlap(left: readonly string[], right: readonly string[]): boolean {
  let reached = new Array<boolean>(right.length + 1).fill(false);
  for (let row = 0; row <= left.length; row += 1) {
    const next = new Array<boolean>(right.length + 1).fill(false);
    for (let column = 0; column <= right.length; column += 1) {
      if (row === 0 && column === 0) {
        next[0] = true;
        continue;
      }
      const a = row > 0 ? left[row - 1] : undefined;
      const b = column > 0 ? right[column - 1] : undefined;
      const above = row > 0 && reached[column] === true;
      const before = column > 0 && next[column - 1] === true;
      const diagonal = row > 0 && column > 0 && reached[column - 1] === true;
      // "" may stand for nothing, or swallow one more letter of the other side.
      next[column] =
        (a === "" && (above || before)) ||
        (b === "" && (above || before)) ||
        (diagonal && (a === b || a === "" || b === ""));
    }
    reached = next;
  }
  return reached[right.length] === true;
}

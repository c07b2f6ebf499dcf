/**
 * A string that a regular expression matches, for the patterns contracts use: literals, escapes, classes, groups,
 * alternatives, quantifiers, anchors at the ends. Anything else (look-around, back-references, a class of excluded
 * characters with nothing printable left) gives undefined. `pick(n)` chooses below n. Unbounded quantifiers are
 * stretched until the string has at least `min` characters; undefined when none of `min` to `max` is found.
 */
export function patternSample(
  pattern: string,
  pick: (below: number) => number,
  length: { min: number; max: number },
): string | undefined {
  if (pattern.length > 1000) return undefined;
  const tree = parse(pattern);
  if (tree === undefined) return undefined;
  for (const stretch of stretches(length.min)) {
    const found = write(tree, { pick, stretch, limit: length.max, budget: { left: 100_000 } });
    if (found !== undefined && found.length >= length.min && found.length <= length.max) return found;
  }
  return undefined;
}

/** How often a repetition that may go on does: once, then ever more until `min` is surely passed, at last not at all. */
function stretches(min: number): number[] {
  const tried = [1];
  for (let next = 2; next < min * 2 + 2; next *= 2) tried.push(next);
  return [...tried, 0];
}

type Node =
  | { kind: "set"; characters: string }
  | { kind: "sequence"; parts: Node[] }
  | { kind: "choice"; options: Node[] }
  | { kind: "repeat"; part: Node; min: number; max: number };

const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("");
const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const WORD = `${LETTERS}${LETTERS.toUpperCase()}${DIGITS}_`;
const MAX_DEPTH = 30;

/** Thrown inside the parser only: the pattern uses what this file does not write. */
class Unsupported extends Error {}

function parse(pattern: string): Node | undefined {
  try {
    const reader = { text: [...pattern], at: 0 };
    const tree = choice(reader, 0);
    return reader.at === reader.text.length ? tree : undefined;
  } catch (cause) {
    if (cause instanceof Unsupported) return undefined;
    throw cause;
  }
}

interface Reader {
  text: string[];
  at: number;
}

function choice(reader: Reader, depth: number): Node {
  if (depth > MAX_DEPTH) throw new Unsupported();
  const options = [sequence(reader, depth)];
  while (reader.text[reader.at] === "|") {
    reader.at += 1;
    options.push(sequence(reader, depth));
  }
  return options.length === 1 && options[0] ? options[0] : { kind: "choice", options };
}

function sequence(reader: Reader, depth: number): Node {
  const parts: Node[] = [];
  for (let next = reader.text[reader.at]; next !== undefined && next !== "|" && next !== ")"; ) {
    if (isAnchor(reader, next, parts.length)) reader.at += 1;
    else parts.push(quantified(reader, atom(reader, depth)));
    next = reader.text[reader.at];
  }
  return { kind: "sequence", parts };
}

/** An anchor in the middle matches nothing a generator can write. */
function isAnchor(reader: Reader, next: string, before: number): boolean {
  if (next === "^") {
    if (before > 0) throw new Unsupported();
    return true;
  }
  if (next !== "$") return false;
  const after = reader.text[reader.at + 1];
  if (after !== undefined && after !== ")" && after !== "|") throw new Unsupported();
  return true;
}

function atom(reader: Reader, depth: number): Node {
  const next = reader.text[reader.at] ?? "";
  reader.at += 1;
  if (next === "(") return group(reader, depth);
  if (next === "[") return { kind: "set", characters: bracket(reader) };
  if (next === ".") return { kind: "set", characters: WORD };
  if (next === "\\") return { kind: "set", characters: escaped(reader) };
  if ("*+?{}])".includes(next)) throw new Unsupported();
  return { kind: "set", characters: next };
}

function group(reader: Reader, depth: number): Node {
  if (reader.text[reader.at] === "?") {
    if (reader.text[reader.at + 1] === ":") reader.at += 2;
    else {
      const name = /^\?<[A-Za-z]\w*>/.exec(reader.text.slice(reader.at, reader.at + 80).join(""));
      if (name === null) throw new Unsupported();
      reader.at += name[0].length;
    }
  }
  const inner = choice(reader, depth + 1);
  if (reader.text[reader.at] !== ")") throw new Unsupported();
  reader.at += 1;
  return inner;
}

/** The characters a backslash stands for; control characters are written as they are. */
function escaped(reader: Reader): string {
  const next = reader.text[reader.at] ?? "";
  reader.at += 1;
  if (next === "d") return DIGITS;
  if (next === "w") return WORD;
  if (next === "s") return " ";
  if (next === "D" || next === "S") return LETTERS;
  if (next === "W") return "-";
  if (next === "t") return "\t";
  if (next === "n") return "\n";
  if (next === "" || /[A-Za-z0-9]/.test(next)) throw new Unsupported();
  return next;
}

function bracket(reader: Reader): string {
  const negated = reader.text[reader.at] === "^";
  if (negated) reader.at += 1;
  let members = "";
  for (let next = reader.text[reader.at]; next !== "]"; next = reader.text[reader.at]) {
    if (next === undefined) throw new Unsupported();
    reader.at += 1;
    const first = next === "\\" ? escaped(reader) : next;
    const isRange = first.length === 1 && reader.text[reader.at] === "-" && reader.text[reader.at + 1] !== "]";
    members += isRange ? range(reader, first) : first;
  }
  reader.at += 1;
  const chosen = negated ? [...PRINTABLE].filter((character) => !members.includes(character)).join("") : members;
  if (chosen === "") throw new Unsupported();
  return negated ? [...chosen].filter((character) => WORD.includes(character)).join("") || chosen : chosen;
}

function range(reader: Reader, first: string): string {
  reader.at += 1;
  const next = reader.text[reader.at] ?? "";
  reader.at += 1;
  const last = next === "\\" ? escaped(reader) : next;
  const from = first.codePointAt(0) ?? 0;
  const to = last.length === 1 ? (last.codePointAt(0) ?? 0) : -1;
  if (to < from) throw new Unsupported();
  const count = Math.min(to - from + 1, 256);
  return Array.from({ length: count }, (_, index) => String.fromCodePoint(from + index)).join("");
}

function quantified(reader: Reader, part: Node): Node {
  const rest = reader.text.slice(reader.at, reader.at + 24).join("");
  const found = /^(?:[*+?]|\{(\d{1,6})(,?)(\d{0,6})\})\??/.exec(rest);
  if (found === null) return part;
  reader.at += found[0].length;
  const [sign, low, comma, high] = found;
  if (sign.startsWith("*")) return { kind: "repeat", part, min: 0, max: Number.POSITIVE_INFINITY };
  if (sign.startsWith("+")) return { kind: "repeat", part, min: 1, max: Number.POSITIVE_INFINITY };
  if (sign.startsWith("?")) return { kind: "repeat", part, min: 0, max: 1 };
  const min = Number(low);
  const max = comma === "" ? min : high ? Number(high) : Number.POSITIVE_INFINITY;
  if (max < min) throw new Unsupported();
  return { kind: "repeat", part, min, max };
}

interface Writing {
  pick: (below: number) => number;
  stretch: number;
  limit: number;
  /** Nodes that may still be written: nested repetitions of nothing would go on for ever. */
  budget: { left: number };
}

function write(node: Node, state: Writing): string | undefined {
  state.budget.left -= 1;
  if (state.budget.left < 0) return undefined;
  if (node.kind === "set") {
    const characters = [...node.characters];
    return characters[state.pick(characters.length)];
  }
  if (node.kind === "choice") {
    const option = node.options[state.pick(node.options.length)];
    return option && write(option, state);
  }
  let text = "";
  for (const part of node.kind === "sequence" ? node.parts : repeated(node, state.stretch)) {
    const piece = write(part, state);
    if (piece === undefined || text.length + piece.length > state.limit) return undefined;
    text += piece;
  }
  return text;
}

function* repeated({ part, min, max }: Extract<Node, { kind: "repeat" }>, stretch: number): Generator<Node> {
  const wanted = stretch === 0 ? min : Math.max(1, min) + stretch - 1;
  for (let count = 0; count < Math.min(max, wanted); count += 1) yield part;
}

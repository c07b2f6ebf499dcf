// Quantifiers inside quantifiers multiply.
const MAX_STEPS = 10_000;

/** Printable ASCII, plain letters and digits first. */
const CHARACTERS = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).sort(
  (a, b) => Number(/[^A-Za-z0-9]/.test(a)) - Number(/[^A-Za-z0-9]/.test(b)),
);

/**
 * A string that matches a regular expression, for common ones: literals, classes, groups, alternatives, quantifiers.
 * `choose(n)` gives a number from 0 to n - 1. Undefined when the expression uses more than that.
 */
export function stringMatching(pattern, choose = () => 0) {
  const reader = { text: pattern, at: 0, choose };
  try {
    const sample = readAlternatives(reader);
    return reader.at === pattern.length && new RegExp(pattern, "u").test(sample) ? sample : undefined;
  } catch {
    return undefined;
  }
}

function readAlternatives(reader) {
  const options = [readSequence(reader)];
  while (reader.text[reader.at] === "|") {
    reader.at += 1;
    options.push(readSequence(reader));
  }
  return options[reader.choose(options.length)];
}

function readSequence(reader) {
  let sample = "";
  reader.steps = (reader.steps ?? 0) + 1;
  if (reader.steps > MAX_STEPS) throw new Error("too long");
  while (reader.at < reader.text.length && !"|)".includes(reader.text[reader.at])) {
    const begin = reader.at;
    let atom = readAtom(reader);
    const end = reader.at;
    const times = readQuantifier(reader);
    // Every repetition reads the atom anew, so that each makes its own choices.
    const after = reader.at;
    let repeated = times === 0 ? "" : atom;
    for (let count = 1; count < times; count += 1) {
      reader.at = begin;
      atom = readAtom(reader);
      repeated += atom;
    }
    reader.at = times > 1 ? after : Math.max(after, end);
    sample += repeated;
  }
  return sample;
}

function readQuantifier(reader) {
  const [text, exact] = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(reader.text.slice(reader.at)) ?? [""];
  reader.at += text.length;
  if (text === "" || text[0] === "+") return 1;
  if (text[0] === "*" || text[0] === "?") return 0;
  return Math.min(Number(exact), 256);
}

function readAtom(reader) {
  const char = reader.text[reader.at];
  reader.at += 1;
  if (char === "^" || char === "$") return "";
  if (char === ".") return "a";
  if (char === "[") return readClass(reader);
  if (char === "(") return readGroup(reader);
  if (char !== "\\") return char;
  const escaped = reader.text[reader.at];
  reader.at += 1;
  return escapeSample(escaped);
}

function readGroup(reader) {
  if (reader.text.startsWith("?:", reader.at)) reader.at += 2;
  else if (reader.text[reader.at] === "?") throw new Error("lookaround");
  const sample = readAlternatives(reader);
  reader.at += 1;
  return sample;
}

function escapeSample(escaped) {
  const samples = { d: "1", w: "a", s: " ", D: "a", W: "-", S: "a", n: "\n", t: "\t", b: "" };
  if (escaped in samples) return samples[escaped];
  if (/[A-Za-z0-9]/.test(escaped)) throw new Error(`escape ${escaped}`);
  return escaped;
}

function readClass(reader) {
  const end = reader.text.indexOf("]", reader.at + 1);
  const source = reader.text.slice(reader.at - 1, end + 1);
  reader.at = end + 1;
  const members = new RegExp(`^${source}$`, "u");
  const candidates = CHARACTERS.filter((char) => members.test(char));
  if (candidates.length === 0) throw new Error("class");
  return candidates[reader.choose(candidates.length)];
}

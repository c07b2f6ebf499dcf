import { detached } from "../../lib/detached.ts";

/** Parts of a name: camelCase, snake_case, acronyms and numbers apart. "HTTPServerV2" is http, server, v2. */
export function partsOf(name: string): string[] {
  return (
    name
      .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
      .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
      .toLowerCase()
      .match(/[a-z]+\d*|\d+/g) ?? []
  );
}

/** Words of programs and of English that say nothing of what code is about. */
const SILENT = new Set(
  "the and for with that this from not are was has have will can its into when then than all any one you your our but also use used using return returns if else elif while do in of to is it a an be by or as at on let const var function def class self new null none true false void public private protected static final async await import export default require string str int bool float number boolean type interface extends implements throws throw try catch except finally raise pass break continue case switch func package err error nil struct map range len print println console log fmt args kwargs param params undefined object any".split(
    " ",
  ),
);

/** A word, or a stem of words, with the number of the list it was put on last: no set of strings has to be asked. */
interface Word {
  stems: readonly Stem[];
  list: number;
}
interface Stem {
  text: string;
  list: number;
}

const known = new Map<string, Word>();
const stems = new Map<string, Stem>();
const MOST_KNOWN = 200_000;

/** What a word of code is searched by: the stems of its parts. Remembered, because code repeats itself. */
export function stemsOf(word: string): readonly string[] {
  return (known.get(word) ?? learned(word)).stems.map(({ text }) => text);
}

function learned(word: string): Word {
  if (known.size >= MOST_KNOWN) {
    known.clear();
    stems.clear();
  }
  const one: Word = { stems: [], list: 0 };
  one.stems = partsOf(word).flatMap((part) => (part.length < 2 || SILENT.has(part) ? [] : [stemNamed(stem(part))]));
  known.set(detached(word), one);
  return one;
}

function stemNamed(text: string): Stem {
  const before = stems.get(text);
  if (before) return before;
  const one = { text: detached(text), list: 0 };
  stems.set(one.text, one);
  return one;
}

const LONGEST = 60;
const UNDERSCORE = 95;
const isLetter = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
const isPart = (code: number) => isLetter(code) || (code >= 48 && code <= 57);
let lists = 0;

/** The different stems of texts, in order; words said often count once. A word: [A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)* */
export function stemsIn(...texts: readonly string[]): string[] {
  const found: string[] = [];
  lists += 1;
  for (const text of texts) listStems(text, lists, found);
  return found;
}

function listStems(text: string, list: number, found: string[]): void {
  for (let at = 0; at < text.length; at += 1) {
    if (!isLetter(text.charCodeAt(at))) continue;
    const from = at;
    for (let code = text.charCodeAt(++at); ; code = text.charCodeAt(++at))
      if (!isPart(code) && !(code === UNDERSCORE && isPart(text.charCodeAt(at + 1)))) break;
    if (at - from >= LONGEST) continue;
    const name = text.slice(from, at);
    const word = known.get(name) ?? learned(name);
    if (word.list === list) continue;
    word.list = list;
    for (const one of word.stems)
      if (one.list !== list) {
        one.list = list;
        found.push(one.text);
      }
  }
}

/** The stem of a lower-case English word: plurals, -ing, -ed, -ation and the like fall together. */
export function stem(word: string): string {
  if (word.length < 4) return word;
  let text = word;
  if (text.endsWith("ies") && text.length > 4) text = `${text.slice(0, -3)}y`;
  else if (/(ss|us|is)$/.test(text)) text = word;
  else if (/(sh|ch|x|z|ss)es$/.test(text)) text = text.slice(0, -2);
  else if (text.endsWith("s")) text = text.slice(0, -1);
  for (const [ending, instead, least] of ENDINGS)
    if (text.endsWith(ending) && text.length - ending.length >= least) {
      text = text.slice(0, -ending.length) + instead;
      break;
    }
  // stopped, running: the doubled letter goes; create, creating: the silent e does.
  text = text.replace(/([bdfgmnprt])\1$/, "$1");
  return text.length > 4 ? text.replace(/(e|y)$/, "") : text;
}

const ENDINGS: readonly (readonly [string, string, number])[] = [
  ["ization", "ize", 3],
  ["isation", "ize", 3],
  ["fication", "fy", 3],
  ["ations", "ate", 3],
  ["ation", "ate", 3],
  ["ating", "ate", 3],
  ["ution", "ute", 3],
  ["ction", "ct", 3],
  ["ition", "ite", 3],
  ["ingly", "", 3],
  ["ement", "e", 4],
  ["ment", "", 4],
  ["ness", "", 4],
  ["able", "", 4],
  ["ible", "", 4],
  ["ise", "ize", 4],
  ["ing", "", 3],
  ["ied", "y", 3],
  ["ed", "", 3],
  ["er", "", 4],
  ["or", "", 4],
  ["ly", "", 4],
];

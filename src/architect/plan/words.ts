/** Words of an identifier in any spelling: `orderItems`, `order_items`, `/order-items`, `Order Items` → order, items. */
export function wordsOf(text: string): string[] {
  return text
    .slice(0, 500)
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

export function pascal(text: string): string {
  return wordsOf(text)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

export function camel(text: string): string {
  const joined = pascal(text);
  return joined.charAt(0).toLowerCase() + joined.slice(1);
}

export function snake(text: string): string {
  return wordsOf(text).join("_");
}

/** Lower-case words in the singular, joined by hyphens: what entity names and path segments are compared by. */
export function matchKey(text: string): string {
  const words = wordsOf(text);
  const last = words.pop();
  return last === undefined ? "" : [...words, singular(last)].join("-");
}

const IRREGULAR = new Map(
  Object.entries({
    people: "person",
    children: "child",
    men: "man",
    women: "woman",
    indices: "index",
    vertices: "vertex",
    matrices: "matrix",
    statuses: "status",
    addresses: "address",
    buses: "bus",
    data: "data",
    media: "media",
    series: "series",
    news: "news",
  }),
);

/** The singular of an English noun in lower case; a word that is none is given back. */
export function singular(word: string): string {
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (word.length > 3 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(?:sses|shes|ches|xes|zzes)$/.test(word)) return word.slice(0, -2);
  if (/(?:ss|us|is)$/.test(word)) return word;
  return word.length > 2 && word.endsWith("s") ? word.slice(0, -1) : word;
}

/** The plural of a name in camel or Pascal case: Order → Orders, Category → Categories. */
export function plural(name: string): string {
  const lower = name.toLowerCase();
  if (IRREGULAR.get(lower) === lower) return name;
  if (/[^aeiou]y$/.test(lower)) return `${name.slice(0, -1)}ies`;
  if (/(?:s|x|z|ch|sh)$/.test(lower)) return singular(lower) === lower ? `${name}es` : name;
  return `${name}s`;
}

const PAST = new Map(
  Object.entries({
    pay: "paid",
    send: "sent",
    begin: "begun",
    hold: "held",
    withdraw: "withdrawn",
    sell: "sold",
    buy: "bought",
    make: "made",
    take: "taken",
    do: "done",
    lose: "lost",
    win: "won",
    set: "set",
    put: "put",
    bring: "brought",
    freeze: "frozen",
    activate: "active",
  }),
);

/** Whether `word` is `verb` or a form of it: ship, ships, shipped; pay, paid; deny, denied; cancel, cancelled. */
export function isFormOf(word: string, verb: string): boolean {
  if (word === verb || PAST.get(verb) === word) return true;
  const stem = verb.replace(/[ey]$/, "");
  if (stem.length < 3 || !word.startsWith(stem)) return false;
  const doubled = stem.slice(-1);
  return ["s", "es", "ies", "ed", "ied", "d", "ing", `${doubled}ed`, `${doubled}ing`].includes(word.slice(stem.length));
}

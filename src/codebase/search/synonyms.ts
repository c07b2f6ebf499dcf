import type { Db } from "../../lib/db.ts";
import { stem } from "./words.ts";

/** Words that programs use for the same thing. */
const SAME = [
  "remove delete drop erase destroy purge",
  "create add new insert make build register",
  "get fetch load read retrieve find lookup query",
  "update change modify edit patch set",
  "save store persist write put",
  "send dispatch emit publish notify deliver",
  "receive consume subscribe listen handle",
  "auth authenticate authorize login signin credential session token permission",
  "password passwd secret hash",
  "user account member customer person",
  "check validate verify ensure assert guard",
  "retry backoff attempt again",
  "error exception failure fault",
  "config configuration setting option preference",
  "parse decode deserialize unmarshal",
  "serialize encode marshal dump stringify",
  "start begin launch init boot run",
  "stop end close shutdown terminate kill",
  "cache memo remember",
  "total sum amount count",
  "price cost amount money fee",
  "payment pay charge billing invoice refund",
  "order purchase cart checkout",
  "email mail smtp message",
  "image picture photo",
  "file document attachment upload",
  "list all page paginate",
  "limit throttle rate quota",
  "log logger trace audit",
  "route endpoint path url handler controller",
  "request req call invoke http",
  "response res reply answer",
  "database db sql repository repo dao",
  "connection conn client",
  "queue topic channel broker stream",
  "schedule cron job task timer",
  "time date clock timestamp",
  "encrypt cipher crypt sign",
  "compare diff equal match",
  "merge join combine concat",
  "sort order rank",
  "test spec assert mock",
  "stock inventory warehouse",
  "ship shipping shipment delivery",
].map((line) => line.split(" ").map(stem));

const ABBREVIATED: Readonly<Record<string, string>> = {
  auth: "authenticate",
  cfg: "config",
  conf: "config",
  ctx: "context",
  db: "database",
  msg: "message",
  req: "request",
  res: "response",
  resp: "response",
  repo: "repository",
  svc: "service",
  usr: "user",
  pwd: "password",
  addr: "address",
  btn: "button",
  calc: "calculate",
  cmd: "command",
  conn: "connection",
  desc: "description",
  dir: "directory",
  doc: "document",
  env: "environment",
  evt: "event",
  fn: "function",
  idx: "index",
  img: "image",
  info: "information",
  init: "initialize",
  lang: "language",
  max: "maximum",
  min: "minimum",
  num: "number",
  obj: "object",
  param: "parameter",
  pkg: "package",
  prev: "previous",
  prod: "product",
  qty: "quantity",
  spec: "specification",
  src: "source",
  tmp: "temporary",
  txn: "transaction",
  tx: "transaction",
  val: "value",
  var: "variable",
  ws: "websocket",
};

/** Words that mean about the same as a stem, with how much they count beside it. */
export function relatedOf(word: string, vocabulary: Vocabulary): Map<string, number> {
  const related = new Map<string, number>();
  const own = stem(word);
  const add = (one: string, weight: number) => {
    if (one !== own && vocabulary.has(one) && (related.get(one) ?? 0) < weight) related.set(one, weight);
  };
  for (const group of SAME) if (group.includes(own)) for (const one of group) add(one, 0.4);
  for (const [short, long] of Object.entries(ABBREVIATED)) {
    if (stem(short) === own) add(stem(long), 0.8);
    if (stem(long) === own) add(stem(short), 0.8);
  }
  for (const one of vocabulary.shortOf(own)) add(one, 0.5);
  return related;
}

/** The words the project's code consists of. */
export interface Vocabulary {
  has(stem: string): boolean;
  /** Words of the project that one abbreviates, or that abbreviate it: invt and inventory. */
  shortOf(stem: string): string[];
}

const MOST_WORDS = 40_000;

/** Read from the full-text index: a word and how many chunks have it. */
export function vocabularyOf(db: Db): Vocabulary {
  db.exec("CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab('main', 'chunks', 'row')");
  const rows = db.prepare("SELECT term FROM temp.words ORDER BY doc DESC LIMIT ?").pluck().all(MOST_WORDS) as string[];
  const words = new Set(rows);
  return {
    has: (stem) => words.has(stem),
    shortOf(long) {
      if (long.length < 3) return [];
      return rows
        .filter((one) => one !== long && one[0] === long[0] && (abbreviates(one, long) || abbreviates(long, one)))
        .slice(0, 4);
    },
  };
}

/** ord of order, invt of inventory: the first letters, or the consonants in their order. */
function abbreviates(short: string, long: string): boolean {
  if (short.length < 3 || short.length > 5 || long.length < short.length + 3) return false;
  if (long.startsWith(short)) return true;
  if (/[aeiou]/.test(short.slice(1))) return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at += 1;
  return at === short.length;
}

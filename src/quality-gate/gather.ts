import { type FileStamp, isUnchanged } from "../source/read-file.ts";
import type { FileInfo } from "../source/source-file.ts";
import type { News } from "./cache.ts";
import type { CachedFile } from "./cache-group.ts";
import type { Notes } from "./examine.ts";
import type { Examined, Task } from "./examine-file.ts";
import { type Collected, collectedFrom } from "./facts.ts";
import type { KnownFiles, Place } from "./known-files.ts";
import { keptFacts } from "./pack.ts";
import { examineAll } from "./pool.ts";
import { RULES } from "./rules/index.ts";
import { HOLDS_SECRET } from "./secret-codes.ts";

/** Rules that tell whether a file holds a secret: it is known before anything of the file is kept. */
const SECRETS = RULES.filter(({ category }) => category === "secrets").map(({ code }) => code);
const SECRET_CODES: readonly string[] = [...SECRETS, ...HOLDS_SECRET];
/** Rules that take text from files; the others leave nothing of a file but places. */
const COLLECTS = new Set(RULES.filter(({ detect }) => detect.scope !== "file").map(({ code }) => code));

/** A file to know about, and the codes of the rules that have to have seen it. */
export interface Wanted {
  info: FileInfo;
  /** Its number among all files of the project. */
  at: number;
  stamp: FileStamp;
  codes: readonly string[];
}

/** What became of the wanted files. */
export interface Gathered {
  /** In their order: what there is to tell, null for nothing, or why there is nothing to see. */
  notes: (Notes | null | { unread: string })[];
  facts(code: string): Collected;
  /** Which files are not as they were; undefined when files came, went, or are not kept. */
  changes: readonly Change[] | undefined;
  /** Whether these are all files that there are. */
  isComplete: boolean;
}

/** A known file that was read again. */
export interface Change {
  before: Place;
  file: CachedFile;
  info: FileInfo;
}

/**
 * What the rules say of each file: from what is known where the file is unchanged, by reading it otherwise. What was
 * learned goes into `news`, also when it ends with an error: what was examined need not be examined again.
 */
export async function gather(
  root: string,
  wanted: readonly Wanted[],
  options: {
    known: KnownFiles;
    news: News;
    /** Whether `wanted` is all there is, so that the rest may be forgotten. */
    complete: boolean;
    signal: AbortSignal;
    onProgress: (path: string, done: number, total: number) => void;
  },
): Promise<Gathered> {
  const { known, news } = options;
  const notes: Gathered["notes"] = new Array(wanted.length);
  const sources: (Place | CachedFile | undefined)[] = new Array(wanted.length);
  const tasks: { task: Task; index: number; before: Place | undefined }[] = [];
  let found = 0;
  for (let index = 0; index < wanted.length; index += 1) {
    const { info, stamp, codes } = wanted[index] as Wanted;
    const before = known.find(info);
    if (before !== undefined) found += 1;
    const covered = before !== undefined && covers(known.codesOf(before), codes);
    if (covered && isUnchanged(known.stampOf(before), stamp)) {
      sources[index] = before;
      notes[index] = known.notesOf(before);
    } else tasks.push({ index, before, task: taskOf({ info, stamp, codes }, before, covered, known) });
  }
  const fresh = wanted.length - tasks.length;
  if (options.complete && known.size > found) news.gone.push(...gone(wanted, known));
  if (tasks.length === 0) options.onProgress("", fresh, wanted.length);
  await examineAll(
    root,
    tasks.map(({ task }) => task),
    options.signal,
    (examined, at, done) => {
      const { index, before, task } = tasks[at] as (typeof tasks)[number];
      if (done % 40 === 1 || done === tasks.length) options.onProgress(task.info.path, fresh + done - 1, wanted.length);
      const file = fileOf(examined, task, before, known);
      if (file) {
        news.files.push(file);
        sources[index] = file;
        notes[index] = file.notes;
      } else notes[index] = { unread: examined.state === "skipped" ? examined.reason : "unreadable" };
    },
  );
  return { notes, facts: collectedFrom(wanted, sources, known), changes: changesOf(), isComplete: options.complete };

  function changesOf(): Change[] | undefined {
    if (!options.complete || news.gone.length > 0) return undefined;
    const changes: Change[] = [];
    for (const { index, before, task } of tasks) {
      const file = sources[index];
      if (before === undefined || typeof file !== "object" || file.has_secret) return undefined;
      changes.push({ before, file, info: task.info });
    }
    return changes;
  }
}

/** Places of files that are not there any more. */
function gone(wanted: readonly Wanted[], known: KnownFiles): Place[] {
  const kept = new Set(wanted.map(({ info }) => info.path));
  return [...known.places()].filter((place) => !kept.has(known.pathOf(place)));
}

const ALL = "*";

function covers(known: string, codes: readonly string[]): boolean {
  if (known === ALL) return true;
  const ran = new Set(known.split(","));
  return codes.every((code) => ran.has(code));
}

/** What project rules collect may be any string of a file: of a file with a secret it must not be written down. */
function holdsSecret(notes: Notes | null): boolean {
  return notes?.hits.some(({ code }) => SECRET_CODES.includes(code)) ?? false;
}

/** A file that has to be read again is examined for what is known of it as well, so that knowledge only grows. */
function taskOf(
  { info, stamp: seen, codes }: Omit<Wanted, "at">,
  before: Place | undefined,
  covered: boolean,
  known: KnownFiles,
): Task {
  const digest = covered && before !== undefined ? known.digestOf(before) : null;
  const ran = before === undefined ? "" : known.codesOf(before);
  return { info, seen, codes: ran === ALL ? null : codesToRun(codes, ran), known: digest };
}

/** By what is asked for and what ran before: most files of a scan have both in common. */
const toRun = new WeakMap<readonly string[], Map<string, readonly string[] | null>>();

/** null: all. */
function codesToRun(codes: readonly string[], ran: string): readonly string[] | null {
  if (codes.length === RULES.length) return null;
  const byRan = toRun.get(codes) ?? new Map<string, readonly string[] | null>();
  toRun.set(codes, byRan);
  const before = byRan.get(ran);
  if (before !== undefined) return before;
  const asked = [...codes, ...ran.split(",").filter((code) => code !== "")];
  const all = new Set([...asked, ...(asked.some((code) => COLLECTS.has(code)) ? SECRET_CODES : SECRETS)]);
  const result = all.size === RULES.length ? null : [...all];
  byRan.set(ran, result);
  return result;
}

const joined = new WeakMap<readonly string[], string>();

function joinedCodes(codes: readonly string[]): string {
  const text = joined.get(codes) ?? codes.join(",");
  joined.set(codes, text);
  return text;
}

function fileOf(
  examined: Examined,
  { info, codes }: Task,
  before: Place | undefined,
  known: KnownFiles,
): CachedFile | undefined {
  if (examined.state === "skipped") return undefined;
  const { stamp, read_at } = examined;
  const { path, service } = info;
  if (examined.state === "same") return before === undefined ? undefined : { ...known.fileAt(before), stamp, read_at };
  const { digest, outcome } = examined;
  const { notes } = outcome;
  const facts = keptFacts(outcome.facts);
  return {
    path,
    service,
    stamp,
    read_at,
    digest,
    codes: codes === null ? ALL : joinedCodes(codes),
    notes,
    facts,
    has_secret: holdsSecret(notes),
  };
}

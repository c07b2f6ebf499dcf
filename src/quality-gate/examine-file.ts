import { join } from "node:path";
import { sha256 } from "../lib/ids.ts";
import { type FileStamp, passedOver, readStable, TOO_LARGE } from "../source/read-file.ts";
import type { FileInfo } from "../source/source-file.ts";
import { emptyOutcome, examine, type Outcome } from "./examine.ts";
import { examineLarge } from "./large-file.ts";
import { type PackedOutcome, pack } from "./pack.ts";
import { RULES } from "./rules/index.ts";
import { isTokenDetector, mayHoldToken } from "./token-rule.ts";

/** A file to look at, as it is sent to whoever has time. */
export interface Task {
  info: FileInfo;
  /** As it was when the folder was walked. */
  seen: FileStamp;
  /** Codes of the rules to run; null runs all. */
  codes: readonly string[] | null;
  /** Digest of the content that is known already; when it is still that, nothing needs to be run. */
  known: string | null;
}

/** What came of it: plain data, so that it crosses threads and goes into a file. */
export type Examined =
  | { state: "skipped"; reason: string }
  | { state: "same"; stamp: FileStamp; read_at: number }
  | { state: "new"; stamp: FileStamp; read_at: number; digest: string; outcome: PackedOutcome };

const TOKEN_CODES = new Set(RULES.filter(({ detect }) => isTokenDetector(detect)).map(({ code }) => code));

/** Whether the rules of a task look for tokens in bytes only: most files then need neither text nor tree. */
export function readsBytesOnly({ codes }: Task): boolean {
  if (codes === null) return false;
  const known = bytesOnly.get(codes) ?? codes.every((code) => TOKEN_CODES.has(code));
  bytesOnly.set(codes, known);
  return known;
}

/** Files of one scan have their codes in common. */
const bytesOnly = new WeakMap<readonly string[], boolean>();

/** Read a file and run the rules. Errors: GrammarMissing when a rule wants a tree and its grammar is not loaded. */
export function examineFile(root: string, task: Task): Examined {
  const { info, seen, known } = task;
  const read_at = Date.now();
  const read = readStable(join(root, info.path), seen);
  if ("skip" in read)
    return read.skip === TOO_LARGE ? examineParts(root, task, read_at) : { state: "skipped", reason: read.skip };
  const { bytes, stamp } = read;
  const digest = sha256(bytes).slice(0, 32);
  if (digest === known) return { state: "same", stamp, read_at };
  return { state: "new", stamp, read_at, digest, outcome: pack(outcomeOf(bytes, task)) };
}

/** Of a large file only the tokens are looked for; the report counts it as too large for the other rules. */
function examineParts(root: string, { info, codes, known }: Task, read_at: number): Examined {
  const rules = RULES.filter(({ code }) => TOKEN_CODES.has(code) && (codes?.includes(code) ?? true));
  if (rules.length === 0) return { state: "skipped", reason: TOO_LARGE };
  const examined = examineLarge(join(root, info.path), info, rules);
  if ("skip" in examined) return { state: "skipped", reason: examined.skip };
  const { stamp, digest, hits } = examined;
  if (digest === known) return { state: "same", stamp, read_at };
  return { state: "new", stamp, read_at, digest, outcome: pack({ ...emptyOutcome(), skip: TOO_LARGE, hits }) };
}

function outcomeOf(bytes: Buffer, task: Task): Outcome {
  const { info, codes } = task;
  const skip = passedOver(bytes, info.kind);
  if (skip !== null) return { ...emptyOutcome(), skip };
  if (readsBytesOnly(task) && !mayHoldToken(bytes)) return emptyOutcome();
  const rules = codes === null ? RULES : RULES.filter(({ code }) => codes.includes(code));
  return examine(info, bytes.toString("utf8"), rules);
}

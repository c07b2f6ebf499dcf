import { statSync } from "node:fs";
import { followLines } from "../../lib/follow-file.ts";
import type { BuildTask } from "../port.ts";
import type { RunWatch } from "./watch-run.ts";

/** Programs print the same error many times at once: of each such span the first counts. */
const SPAN_MS = 10_000;
/** How often the last line is told as what it is doing. */
const TELL_MS = 5000;
const ERROR = /\b(?:error|exception|fatal|failed|panic|traceback)\b/i;
/** "0 failed", "no errors": a count of none. */
const NONE = /\b(?:0|no|without) (?:errors?|failed|failures)\b|\bfailed:? 0\b/i;

/**
 * Follow what a program without a protocol writes from now on: its last line is told as progress, and its error lines to
 * the watch. `span_ms` is how far apart two errors are that count. Gives how to end it.
 */
export function followOutput(
  { log_file, progress }: Pick<BuildTask, "log_file" | "progress">,
  watch: Pick<RunWatch, "failed">,
  span_ms = SPAN_MS,
): () => void {
  let told = Number.NEGATIVE_INFINITY;
  let counted = Number.NEGATIVE_INFINITY;
  const onLine = (raw: string) => {
    const line = raw.trim();
    if (line === "") return;
    const now = performance.now();
    if (ERROR.test(line) && !NONE.test(line) && now - counted >= span_ms) {
      counted = now;
      watch.failed("", line);
    }
    if (now - told < TELL_MS) return;
    told = now;
    progress?.({ doing: line.slice(0, 160), turns: null, cost: null });
  };
  return followLines(log_file, onLine, statSync(log_file, { throwIfNoEntry: false })?.size ?? 0);
}

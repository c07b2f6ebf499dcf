import { availableParallelism } from "node:os";
import { compiledAsUsual } from "../lib/one-shot.ts";
import { workInBatches } from "../lib/threads.ts";
import { compiledQuickly, GrammarMissing, loadGrammars } from "../source/syntax.ts";
import { type Examined, examineFile, readsBytesOnly, type Task } from "./examine-file.ts";
import { loadDockerfileParser } from "./rules/docker/dockerfile.ts";

const BATCH = 40;
/** A thread takes as long to start as this many files take to examine. */
const WORTH_A_THREAD = 600;
/** When only tokens are looked for, so many files, or so many bytes, take as long as one file that is parsed. */
const BYTES_ONLY = { files: 100, bytes: 2_000_000 };
/** Files up to which compiling the parser well costs more than it saves. */
const FEW = 100;
/** Bytes from which on going through them takes longer than optimizing what does it. */
const MUCH = 2_000_000;
/** More threads than this only cost memory: each holds its own grammars. */
const MAX_THREADS = 8;

export interface Batch {
  root: string;
  tasks: Task[];
}

/** Examine a batch: what a thread does, and what is done here when there are few files. */
export async function examineBatch({ root, tasks }: Batch): Promise<Examined[]> {
  const parsed = tasks.filter((task) => !readsBytesOnly(task)).map(({ info }) => info);
  await loadGrammars(parsed);
  await loadDockerfileParser(parsed);
  const results: Examined[] = [];
  for (const task of tasks)
    try {
      results.push(examineFile(root, task));
    } catch (cause) {
      if (!(cause instanceof GrammarMissing)) throw cause;
      await loadGrammars([task.info]);
      results.push(examineFile(root, task));
    }
  return results;
}

/**
 * Examine files, in threads when there are many. `take` gets each result with the index of its task, in no order, and
 * the number done. Errors: whatever `signal` was aborted with, whatever a rule threw.
 */
export async function examineAll(
  root: string,
  tasks: readonly Task[],
  signal: AbortSignal,
  take: (result: Examined, index: number, done: number) => void,
): Promise<void> {
  let parsed = 0;
  let effort = 0;
  for (const task of tasks)
    if (readsBytesOnly(task)) effort += 1 / BYTES_ONLY.files + task.seen.size / BYTES_ONLY.bytes;
    else parsed += 1;
  effort += parsed;
  if (effort >= FEW || tasks.reduce((bytes, { seen }) => bytes + seen.size, 0) > MUCH) compiledAsUsual();
  await workInBatches<Task, Batch, Examined>(tasks, {
    size: BATCH,
    threads: Math.min(MAX_THREADS, availableParallelism(), Math.floor(effort / WORTH_A_THREAD) + 1),
    entry: { source: new URL("./worker.ts", import.meta.url), bundled: "scan-worker", from: import.meta.url },
    batch: (part) => ({ root, tasks: part }),
    here: (batch) => (parsed > 0 && parsed < FEW ? compiledQuickly(() => examineBatch(batch)) : examineBatch(batch)),
    signal,
    take,
  });
}

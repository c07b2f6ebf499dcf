import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parentPort, Worker } from "node:worker_threads";

/** What a thread answers to a batch. */
type Answer<Result> = { results: Result[] } | { failure: unknown };

/** The file a thread runs: its source, and what the bundler calls it. */
export interface ThreadEntry {
  source: URL;
  /** Base name of the bundled file, beside the other entries of the bundle. */
  bundled: string;
  /** URL of a module of the bundle, to look from. */
  from: string;
}

/**
 * Work on tasks in batches, in threads when there are two or more. `take` gets each result with the index of its task,
 * in no order, and the number done. Errors: whatever `signal` was aborted with, whatever the work threw.
 */
export async function workInBatches<Task, Batch, Result>(
  tasks: readonly Task[],
  options: {
    /** Tasks in one message: large enough to keep a thread busy, small enough to stop soon. */
    size: number;
    threads: number;
    entry: ThreadEntry;
    batch(tasks: Task[]): Batch;
    /** Does here what a thread does. */
    here(batch: Batch): Promise<Result[]>;
    signal: AbortSignal;
    take(result: Result, index: number, done: number): void;
  },
): Promise<void> {
  const { size, threads, signal, take } = options;
  let next = 0;
  let done = 0;
  const work = async (run: (batch: Batch) => Promise<Result[]>) => {
    while (next < tasks.length) {
      signal.throwIfAborted();
      const begin = next;
      const part = tasks.slice(begin, begin + size);
      next += part.length;
      for (const [index, result] of (await run(options.batch(part))).entries()) take(result, begin + index, ++done);
    }
  };
  if (threads < 2) {
    await work(async (batch) => {
      await nextTurn();
      signal.throwIfAborted();
      return options.here(batch);
    });
    return;
  }
  const workers = Array.from({ length: threads }, () => startWorker(options.entry));
  const stop = () => void Promise.all(workers.map((worker) => worker.terminate()));
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.all(workers.map((worker) => work((batch) => ask<Batch, Result>(worker, batch, signal))));
  } finally {
    signal.removeEventListener("abort", stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** What the entry of a thread does: one answer for each batch. */
export function answerBatches<Batch, Result>(work: (batch: Batch) => Promise<Result[]>): void {
  parentPort?.on("message", (batch: Batch) => {
    work(batch).then(
      (results) => parentPort?.postMessage({ results } satisfies Answer<Result>),
      (failure: unknown) => parentPort?.postMessage({ failure } satisfies Answer<Result>),
    );
  });
}

function ask<Batch, Result>(worker: Worker, batch: Batch, signal: AbortSignal): Promise<Result[]> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      worker.off("message", answered).off("error", failed).off("exit", exited);
      end();
    };
    const answered = (answer: Answer<Result>) =>
      settle(() => ("results" in answer ? resolve(answer.results) : reject(answer.failure)));
    const failed = (cause: unknown) => settle(() => reject(cause));
    const exited = (code: number) =>
      settle(() => reject(signal.aborted ? signal.reason : new Error(`A thread ended with ${code}.`)));
    worker.on("message", answered).on("error", failed).on("exit", exited);
    worker.postMessage(batch);
  });
}

/** MiB of short-lived objects a thread may gather before it cleans up: its memory grows with that, its speed hardly. */
const resourceLimits = { maxYoungGenerationSizeMb: 12 };

/** From sources the thread's entry is compiled on the fly; a bundle has it as a file beside its other entries. */
function startWorker({ source, bundled, from }: ThreadEntry): Worker {
  if (existsSync(source))
    return new Worker(
      `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(source.href)}); });`,
      { eval: true, execArgv: [], resourceLimits },
    );
  return new Worker(bundledFile({ source, bundled, from }), { resourceLimits });
}

function bundledFile({ source, bundled, from }: ThreadEntry): URL {
  const places = [`./${bundled}.js`, `../${bundled}.js`].map((place) => new URL(place, from));
  return places.find((place) => existsSync(fileURLToPath(place))) ?? source;
}

/** The arguments with which Node runs an entry as a process of its own. */
export function processArguments(entry: ThreadEntry): string[] {
  if (!existsSync(entry.source)) return [fileURLToPath(bundledFile(entry))];
  const loader = pathToFileURL(createRequire(entry.from).resolve("tsx")).href;
  return ["--import", loader, fileURLToPath(entry.source)];
}

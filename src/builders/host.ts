import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../lib/errors.ts";
import type { BuildTaskKey, HostSubmission } from "../model/host-build.ts";
import { taskText } from "./agent/brief.ts";
import { contractFiles } from "./agent/contract-files.ts";
import { handOver, type OwnCommand } from "./agent/handover.ts";
import { watchTree } from "./agent/tree-diff.ts";
import type { Builder, BuildOutcome, BuildTask, HostQueue } from "./port.ts";

export interface HostOptions {
  queue: HostQueue;
  own: OwnCommand;
  /** Seconds: a claim without a sign of life for this long goes back to the queue. */
  lease: number;
  /** Seconds that a task may wait for somebody to claim it. */
  claim_timeout: number;
  /** How often the queue is looked at, and the folder, in milliseconds. */
  look_ms?: number;
  look_folder_ms?: number;
}

/**
 * Has agents of the calling session build: the task waits in a queue until one claims it and hands its work in, however
 * many drivers come and go meanwhile. Its files changing counts as a sign of life of whoever has claimed it.
 * Errors of `build`: see the port; INTERRUPTED when nobody claims it in time.
 */
export function createHostBuilder(options: HostOptions): Builder {
  return {
    name: "host",
    paid: false,
    build: async (task) => {
      task.signal.throwIfAborted();
      const { queue } = options;
      const key = { pipeline_id: task.pipeline_id, service: task.service.name, attempt: task.attempt };
      const { check } = handOver(task, options.own);
      queue.offer(key, { briefing: briefingOf(task), lease_ms: options.lease * 1000 });
      try {
        const submission = await submissionFor(options, task, key);
        return { ...claimOf(submission), breaches: check() };
      } catch (cause) {
        // Told to stop, it goes on with the next driver; out of time, it is over.
        if (task.signal.reason instanceof DOMException && task.signal.reason.name === "TimeoutError")
          queue.close(key, `it took longer than its ${task.timeout_ms / 1000} s.`);
        else queue.withdraw(key);
        throw cause;
      }
    },
  };
}

function briefingOf(task: BuildTask) {
  const { output_dir, log_file, service, attempt, findings } = task;
  const task_path = join(dirname(log_file), `${service.name}.builder-${attempt}.prompt.md`);
  mkdirSync(dirname(task_path), { recursive: true });
  writeFileSync(task_path, `${taskText(task)}\n`);
  return {
    kind: findings.length > 0 ? ("fix" as const) : ("build" as const),
    folder: output_dir,
    brief_path: join(output_dir, ".claude", "CLAUDE.md"),
    task_path,
    contracts: contractFiles(task).map(({ path }) => path),
    findings: findings.length,
  };
}

async function submissionFor(options: HostOptions, task: BuildTask, key: BuildTaskKey): Promise<HostSubmission> {
  const { queue, claim_timeout, look_ms = 300, look_folder_ms = 5000 } = options;
  const { signal, untimed = (work) => work() } = task;
  const tree = watchTree(task.output_dir);
  let looked = Date.now();
  let claim = 0;
  for (;;) {
    const { state, submission, token } = queue.look(key);
    if (state === "submitted" && submission !== null) return submission;
    if (state === "queued") {
      await untimed(() => claimed(queue, key, { timeoutMs: claim_timeout * 1000, look_ms, signal }));
      continue;
    }
    if (token !== claim) task.renewTime?.();
    claim = token;
    if (Date.now() - looked >= look_folder_ms) {
      looked = Date.now();
      const { changed, diff } = tree.look();
      if (changed) {
        queue.touch(key);
        task.changed?.(diff);
      }
    }
    await sleep(look_ms, undefined, { signal });
  }
}

async function claimed(
  queue: HostQueue,
  key: BuildTaskKey,
  { timeoutMs, look_ms, signal }: { timeoutMs: number; look_ms: number; signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (queue.look(key).state === "queued") {
    if (Date.now() > deadline)
      throw new AppError("INTERRUPTED", `No agent claimed ${key.service} in ${timeoutMs / 1000} s.`, {
        remedy: "Resume the pipeline when one is there that calls claim_build_task, or choose another builder.backend.",
      });
    await sleep(look_ms, undefined, { signal });
  }
}

function claimOf({ success, summary, unresolved, tests_executed, tests_passed, cost }: HostSubmission): BuildOutcome {
  return {
    success,
    cost,
    error: [...(success ? [] : [summary]), ...unresolved].join(" ").slice(0, 2000),
    test_passed: tests_passed,
    test_total: tests_executed,
    convergence_ratio: null,
  };
}

import { statSync } from "node:fs";
import type { BuildNote, BuildTask } from "../port.ts";
import { watchTree } from "./tree-diff.ts";

/** When a run counts as stuck; 0 switches a sign off. */
export interface StuckLimits {
  /** Seconds without output and without a changed file. */
  silence: number;
  /** How often in a row the same thing fails in the same way. */
  same_error: number;
  /** Answers of the model without a changed file. */
  idle_turns: number;
  /** How often a run that is stuck is told so in its own conversation, where it has one. */
  nudges: number;
  /** How often it is begun anew after that, with what was learned. */
  restarts: number;
}

/** How a run is stuck. */
export interface Stuck {
  what: Extract<BuildNote, { kind: "stuck" }>["what"];
  /** What was seen, as the end of a sentence that begins with "it". */
  detail: string;
}

/** Looks after one run of an agent. */
export interface RunWatch {
  /** The task's own, and aborted as well once the run is stuck. */
  signal: AbortSignal;
  /** Why it was ended here; undefined while and when it was not. */
  stuck(): Stuck | undefined;
  /** The model has answered. */
  turn(): void;
  /** Something failed: what was tried, and what came of it. */
  failed(attempted: string, error: string): void;
  /** It has said that it waits for so many milliseconds: that is no silence. */
  waits(ms: number): void;
  end(): void;
}

/** The folder is looked at once in so many looks: it may hold thousands of files. */
const TREE_EVERY = 5;
/** A clock that jumps, because the machine slept, says nothing about the run. */
const MOST_LOOKS_A_JUMP = 3;

/**
 * Watch a run by the files it writes to (`outputs`), the service's folder and what the caller tells. Every changed file is
 * told to the task. `look_ms` is how often it looks, in milliseconds.
 */
export function watchRun(
  task: Pick<BuildTask, "output_dir" | "signal" | "changed">,
  limits: StuckLimits,
  { outputs, look_ms = 1000 }: { outputs: string[]; look_ms?: number | undefined },
): RunWatch {
  const controller = new AbortController();
  const tree = watchTree(task.output_dir);
  const sizeOf = () => outputs.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  let size = sizeOf();
  let silent_ms = 0;
  let idle_turns = 0;
  let same: { key: string; times: number } = { key: "", times: 0 };
  let looks = 0;
  let waits_until = 0;
  let before = performance.now();
  let found: Stuck | undefined;

  const give = (what: Stuck["what"], detail: string) => {
    if (found !== undefined || task.signal.aborted) return;
    found = { what, detail };
    controller.abort(new Error(`It is stuck: it ${detail}.`));
  };
  const lookAtTree = () => {
    const { changed, diff } = tree.look();
    if (!changed) return;
    silent_ms = 0;
    idle_turns = 0;
    task.changed?.(diff);
  };
  const look = () => {
    const now = performance.now();
    silent_ms += Math.min(now - before, look_ms * MOST_LOOKS_A_JUMP);
    before = now;
    const grown = sizeOf();
    if (grown !== size || now < waits_until) silent_ms = 0;
    size = grown;
    looks += 1;
    if (looks % TREE_EVERY === 0) lookAtTree();
    if (limits.silence > 0 && silent_ms >= limits.silence * 1000) {
      lookAtTree();
      if (silent_ms > 0) give("silent", `said nothing and changed no file for ${limits.silence} s`);
    }
  };
  const timer = setInterval(look, look_ms);
  return {
    signal: AbortSignal.any([task.signal, controller.signal]),
    stuck: () => found,
    turn: () => {
      idle_turns += 1;
      if (limits.idle_turns <= 0 || idle_turns < limits.idle_turns) return;
      lookAtTree();
      if (idle_turns > 0) give("no_diff", `answered ${limits.idle_turns} times without changing a file`);
    },
    failed: (attempted, error) => {
      const key = `${attempted}\n${normalized(error)}`;
      same = { key, times: same.key === key ? same.times + 1 : 1 };
      if (limits.same_error > 0 && same.times >= limits.same_error)
        give("same_error", `met the same error ${same.times} times: ${oneLine(error)}`);
    },
    waits: (ms) => {
      waits_until = performance.now() + ms;
    },
    end: () => {
      clearInterval(timer);
      lookAtTree();
    },
  };
}

/** Two errors that differ in numbers, addresses and times only are the same one. */
function normalized(error: string): string {
  return error
    .replaceAll(/0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+/gi, "#")
    .replaceAll(/\s+/g, " ")
    .slice(0, 2000);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 200);
}

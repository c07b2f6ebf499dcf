import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AppError } from "../../src/lib/errors.ts";
import { type AnyTool, defineTool } from "../../src/tools/define-tool.ts";

const readOnly = { readOnly: true, destructive: false, idempotent: true, openWorld: false };

const countWords = defineTool({
  name: "count_words",
  title: "Count words",
  toolset: "quality",
  description: "Count the words of a text.",
  input: z.object({
    text: z.string().min(1).describe("Text to count in."),
    unit: z.enum(["words", "letters"]).default("words").describe("What to count."),
    limit: z.number().int().min(1).max(100).optional().describe("Count no further than this."),
    only: z
      .array(z.enum(["upper", "lower"]))
      .default([])
      .describe("Count only these."),
    strict: z.boolean().default(true).describe("Refuse an empty result."),
    loud: z.boolean().default(false).describe("Shout the answer."),
    min_length: z.number().nullable().default(null).describe("Shortest word that counts."),
  }),
  output: z.object({ count: z.number().int(), unit: z.string(), next_step: z.string() }),
  hints: readOnly,
  cli: { command: "count-words", arguments: ["text"] },
  run: async ({ text, unit, limit, only, strict, min_length }) => {
    const parts = unit === "words" ? text.split(/\s+/).filter(Boolean) : [...text];
    const counted = parts.filter(
      (part) =>
        part.length >= (min_length ?? 0) &&
        (only.length === 0 ||
          only.some((kind) => part === (kind === "upper" ? part.toUpperCase() : part.toLowerCase()))),
    );
    if (strict && counted.length === 0)
      throw new AppError("NOT_FOUND", "There is nothing to count.", {
        remedy: "Give a text with words in it.",
        details: { text },
      });
    return { count: Math.min(counted.length, limit ?? Number.POSITIVE_INFINITY), unit, next_step: "Nothing to do." };
  },
  text: ({ count, unit }) => `${count} ${unit}`,
  exitCode: ({ count }) => (count > 50 ? 1 : 0),
});

const walk = defineTool({
  name: "walk_steps",
  title: "Walk steps",
  toolset: "pipeline",
  description: "Walk some steps and say where it is.",
  input: z.object({
    steps: z.number().int().min(1).describe("How many."),
    pause_ms: z.number().default(0).describe("Rest before each step."),
    stay: z.boolean().default(false).describe("Stay after the last step until stopped."),
  }),
  output: z.object({ walked: z.number().int() }),
  hints: readOnly,
  cli: { command: "walk-steps", arguments: ["steps"] },
  run: async ({ steps, pause_ms, stay }, { progress, signal }) => {
    for (let step = 1; step <= steps; step += 1) {
      if (pause_ms > 0) await sleep(pause_ms, undefined, { signal });
      progress(`step ${step}`, step, steps);
    }
    if (stay) await sleep(120_000, undefined, { signal });
    return { walked: steps };
  },
  text: ({ walked }) => `walked ${walked}`,
});

/** Waits until it is stopped; says on standard error that it waits and that it was stopped. */
const wait = defineTool({
  name: "wait_forever",
  title: "Wait",
  toolset: "pipeline",
  description: "Wait until stopped.",
  input: z.object({}),
  output: z.object({ waited: z.boolean() }),
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  cli: { command: "wait-forever", arguments: [] },
  run: async (_input, { signal, progress }) => {
    process.stderr.write("waiting-now\n");
    progress("waiting", 0, 0);
    try {
      await sleep(120_000, undefined, { signal });
    } catch (cause) {
      process.stderr.write("stopped-now\n");
      throw cause;
    }
    return { waited: true };
  },
  text: () => "waited",
});

const misbehave = defineTool({
  name: "misbehave",
  title: "Misbehave",
  toolset: "quality",
  description: "Do what a tool must not do.",
  input: z.object({
    how: z.enum(["throw", "print", "wrong_answer", "reject_later", "throw_later"]).describe("Which fault."),
  }),
  output: z.object({ done: z.string() }),
  hints: { readOnly: false, destructive: true, idempotent: false, openWorld: false },
  cli: { command: "misbehave", arguments: ["how"] },
  run: async ({ how }) => {
    if (how === "throw") throw new TypeError("x is undefined");
    if (how === "print") {
      // biome-ignore lint/suspicious/noConsole: the point of the test
      console.log("stray-console");
      process.stdout.write("stray-write\n");
    }
    if (how === "reject_later") setTimeout(() => void Promise.reject(new Error("late rejection")), 0);
    if (how === "throw_later")
      setTimeout(() => {
        throw new Error("late throw");
      }, 0);
    if (how.endsWith("later")) await sleep(50);
    return how === "wrong_answer" ? ({ done: 5 } as unknown as { done: string }) : { done: how };
  },
  text: ({ done }) => done,
});

const big = defineTool({
  name: "big_answer",
  title: "Big answer",
  toolset: "codebase",
  description: "Answer with many characters.",
  input: z.object({ size: z.number().int().describe("Characters.") }),
  output: z.object({ blob: z.string() }),
  hints: readOnly,
  cli: { command: "big-answer", arguments: ["size"] },
  run: async ({ size }) => ({ blob: "x".repeat(size) }),
  text: ({ blob }) => `${blob.length} characters`,
});

const hostile = defineTool({
  name: "hostile_text",
  title: "Hostile text",
  toolset: "quality",
  description: "Answer with terminal escapes, as scanned files may hold them.",
  input: z.object({}),
  output: z.object({ found: z.string() }),
  hints: readOnly,
  cli: { command: "hostile-text", arguments: [] },
  run: async () => ({ found: "\u001b]0;owned\u0007\u001b[2Jgone" }),
  text: ({ found }) => `found\t${found}\nsecond line`,
});

export const FIXTURE_TOOLS: AnyTool[] = [countWords, walk, wait, misbehave, big, hostile];

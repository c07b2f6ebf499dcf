import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createClaudeCodeBuilder } from "../../src/builders/claude-code.ts";
import type { BuildNote, BuildTask } from "../../src/builders/port.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import { CLAUDE, isolatedClaude, NEEDS_CLAUDE } from "../support/claude.ts";
import { type ScriptedAnswer, type ScriptedMessages, scriptedMessages } from "../support/scripted-messages.ts";
import { budgetOf, CARE, executable, OWN } from "./programs.ts";
import { taskFor, temporaryFolder } from "./support.ts";

const open: ScriptedMessages[] = [];
afterEach(() => Promise.all(open.splice(0).map((api) => api.close())));

type Script = Parameters<typeof scriptedMessages>[0];

const done: ScriptedAnswer = { say: [{ tool: "StructuredOutput", input: { success: true, summary: "Built." } }] };
const bash = (command: string): ScriptedAnswer => ({ say: [{ tool: "Bash", input: { command } }] });
const STUCK = { silence: 0, same_error: 0, idle_turns: 0, nudges: 1, restarts: 1 };

async function run(script: Script, stuck: Partial<typeof STUCK>, over: Partial<BuildTask> = {}) {
  const api = await scriptedMessages(script);
  open.push(api);
  const notes: BuildNote[] = [];
  const { budget, runs } = budgetOf(20);
  const task = taskFor(temporaryFolder(), "accounts-service", { budget, note: (note) => notes.push(note), ...over });
  const builder = createClaudeCodeBuilder({
    command: CLAUDE ?? "claude",
    model: "",
    max_cost: 2,
    permission_mode: "acceptEdits",
    allowed_tools: ["Read", "Edit", "Write", "Bash"],
    env: isolatedClaude(api.url),
    own: OWN,
    care: { ...CARE, stuck: { ...STUCK, ...stuck }, backoff: { first: 0.1, most: 0.2, give_up: 60 } },
  });
  const claim = await builder.build(task);
  const log = readFileSync(task.log_file, "utf8");
  return { api, notes, runs, task, claim, log };
}

// Each starts a program of 240 MB, some of them several times.
describe.skipIf(CLAUDE === undefined)(
  `the real claude, when it gets stuck (${NEEDS_CLAUDE})`,
  { timeout: 300_000 },
  () => {
    it("hangs: it is ended and told so in its own conversation, and goes on", async () => {
      const { api, claim, notes, runs } = await run((_request, index) => (index === 0 ? { hang: true } : done), {
        silence: 12,
      });
      expect(claim).toMatchObject({ success: true, error: "" });
      expect(notes).toMatchObject([{ kind: "stuck", what: "silent", next: "nudge" }]);
      expect(api.requests.at(-1)?.messages).toContain("You were stopped because you said nothing");
      expect(api.requests.at(-1)?.messages).toContain("Build the complete service accounts-service");
      expect(runs.map(({ cost }) => cost)).toEqual([null, expect.any(Number)]);
    });

    it("fails in the same way again and again: nudged, then begun anew, then given up with the reason", async () => {
      const { api, claim, notes, log } = await run(
        (_request, index) => (index > 40 ? done : bash("cat /no/such/file")),
        { same_error: 3 },
      );
      expect(claim).toMatchObject({
        success: false,
        stuck: expect.stringContaining("met the same error 3 times"),
        error: expect.stringContaining("No such file"),
      });
      expect(notes.map((note) => note.kind === "stuck" && note.next)).toEqual(["nudge", "restart", "give_up"]);
      const said = api.requests.map(({ messages }) => messages);
      expect(said.some((text) => text.includes("find out why it fails"))).toBe(true);
      const last = said.at(-1) ?? "";
      expect(last).toContain("An earlier run at this task was stopped because it met the same error");
      expect(last).not.toContain("find out why it fails");
      expect(log).toContain("Bash");
      expect(log).toMatch(/failed: .*No such file/);
    });

    it("answers without changing a file, until it is told to write", async () => {
      const { claim, notes, task } = await run(
        ({ messages }) =>
          messages.includes("Stop exploring")
            ? messages.includes("written-now")
              ? done
              : bash("echo 1 > main.js && echo written-now")
            : bash("true"),
        { idle_turns: 3 },
      );
      expect(claim).toMatchObject({ success: true });
      expect(notes).toMatchObject([{ what: "no_diff", next: "nudge" }]);
      expect(readFileSync(join(task.output_dir, "main.js"), "utf8")).toBe("1\n");
    });

    it("meets 429 and 529, then does well: they are waited for, in one conversation, and are no failure", async () => {
      const refusals: Record<number, ScriptedAnswer> = {};
      // It tries each request twice itself.
      for (const index of [1, 2])
        refusals[index] = {
          status: 429,
          type: "rate_limit_error",
          message: "Not now.",
          headers: { "retry-after": "0" },
        };
      for (const index of [3, 4]) refusals[index] = { status: 529, type: "overloaded_error", message: "Overloaded." };
      const { api, claim, notes, runs, log } = await run(
        (_request, index) => refusals[index] ?? (index === 0 ? bash("echo 1 > main.js") : done),
        {},
      );
      expect(claim).toMatchObject({ success: true, error: "" });
      expect(notes).toMatchObject([
        { kind: "backoff", reason: expect.stringContaining("429") },
        { kind: "backoff", reason: expect.stringMatching(/529|Overloaded/) },
      ]);
      expect(api.requests.at(-1)?.messages).toContain("echo 1 > main.js");
      expect(runs).toHaveLength(3);
      for (const { cost } of runs) expect(cost).not.toBeNull();
      expect(log).toContain("the API refused (429)");
    });

    it("dies in the middle: it goes on where it was", async () => {
      const pids: number[] = [];
      const spawn: BuildTask["spawn"] = async (spec) => {
        const child = await spawnGroup(spec);
        pids.push(child.pid);
        return child;
      };
      const { claim, notes, task } = await run(
        (_request, index) => {
          if (index === 1) process.kill(pids[0] ?? Number.NaN, "SIGKILL");
          return index === 0 ? bash("echo 1 > main.js") : index === 1 ? { hang: true } : done;
        },
        {},
        { spawn },
      );
      expect(claim).toMatchObject({ success: true, error: "" });
      expect(notes).toMatchObject([{ kind: "died", next: "restart" }]);
      expect(readFileSync(join(task.output_dir, "main.js"), "utf8")).toBe("1\n");
    });
  },
);

describe("a program that is no claude", () => {
  const build = (text: string) => {
    const notes: BuildNote[] = [];
    const { budget, runs } = budgetOf(20);
    const task = taskFor(temporaryFolder(), "accounts-service", { budget, note: (note) => notes.push(note) });
    const builder = createClaudeCodeBuilder({
      command: join(executable("claude", text), "claude"),
      model: "",
      max_cost: 2,
      permission_mode: "acceptEdits",
      allowed_tools: [],
      env: { PATH: process.env.PATH ?? "" },
      own: OWN,
      care: CARE,
    });
    return { built: builder.build(task), notes, runs };
  };

  it("prints garbage and dies: tried once more, then the machine's trouble, all of it paid for", async () => {
    const { built, notes, runs } = build('#!/bin/sh\nprintf "{\\"type\\": [garbage\\0\\377\\n"; kill -9 $$\n');
    await expect(built).rejects.toMatchObject({ code: "ENVIRONMENT", message: expect.stringContaining("SIGKILL") });
    expect(notes).toMatchObject([
      { kind: "died", next: "restart" },
      { kind: "died", next: "give_up" },
    ]);
    expect(runs).toEqual([
      { usd: 2, cost: null },
      { usd: 2, cost: null },
    ]);
  });

  it("knows an option less: said at once, and nothing was paid", async () => {
    const { built, notes, runs } = build("#!/bin/sh\necho 'unknown option --json-schema' >&2; exit 1\n");
    await expect(built).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("unknown option"),
    });
    expect(notes).toEqual([]);
    expect(runs).toEqual([{ usd: 2, cost: 0 }]);
  });
});

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { backoffSeconds, limitIn, retryAfterIn } from "../../src/builders/agent/backoff.ts";
import { type StuckLimits, watchRun } from "../../src/builders/agent/watch-run.ts";
import { createCommandBuilder } from "../../src/builders/command.ts";
import type { BuildNote, BuildTask, TreeDiff } from "../../src/builders/port.ts";
import { routeBuilders } from "../../src/builders/route.ts";
import { createScaffoldBuilder } from "../../src/builders/scaffold/scaffold.ts";
import { CARE, OWN, program, WELL_BEHAVED } from "./programs.ts";
import { taskFor, temporaryFolder } from "./support.ts";

const QUICK: StuckLimits = { silence: 3, same_error: 3, idle_turns: 4, nudges: 1, restarts: 1 };
const PATIENT: StuckLimits = { ...QUICK, silence: 0 };

const command = (body: string, stuck: StuckLimits, backoff = CARE.backoff) =>
  createCommandBuilder({
    run: program(body),
    paid: false,
    max_cost: 5,
    cost_pattern: "",
    env: {},
    own: OWN,
    care: { ...CARE, stuck, backoff },
  });

function newTask(over: Partial<BuildTask> = {}) {
  const notes: BuildNote[] = [];
  const changes: TreeDiff[] = [];
  const task = taskFor(temporaryFolder(), "accounts-service", {
    note: (note) => notes.push(note),
    changed: (diff) => changes.push(diff),
    ...over,
  });
  return { task, notes, changes };
}

/** The first run does one thing, those after it another: the folder above the service's remembers. */
const firstThen = (first: string, then: string) => `
  const prompt = fs.readFileSync(0, "utf8");
  const before = fs.existsSync("../../ran") ? fs.readFileSync("../../ran", "utf8") : "";
  fs.writeFileSync("../../ran", before + prompt + "\\n=====\\n");
  if (before === "") { ${first} } else { ${then} }`;
const promptsOf = ({ output_dir }: BuildTask) =>
  readFileSync(join(output_dir, "../../ran"), "utf8").split("\n=====\n").slice(0, -1);

const HANG = "setInterval(() => {}, 1000);";
const LOOP = `setInterval(() => console.log("Error: connect ECONNREFUSED 127.0.0.1:" + Math.floor(Math.random() * 60000)), 25);`;

describe("a program that gets stuck", () => {
  it("in silence is ended and begun anew with what was learned", async () => {
    const { task, notes } = newTask();
    const claim = await command(firstThen(HANG, WELL_BEHAVED), QUICK).build(task);
    expect(claim).toMatchObject({ success: true, error: "" });
    expect(claim.stuck).toBeUndefined();
    expect(notes).toEqual([{ kind: "stuck", what: "silent", detail: expect.any(String), next: "restart" }]);
    const prompts = promptsOf(task);
    expect(prompts).toHaveLength(2);
    expect(prompts[0]).not.toContain("was stopped");
    expect(prompts[1]).toContain("was stopped because it said nothing and changed no file for 3 s");
  });

  it("on the same error, whatever numbers are in it, is given up with the reason when a restart does not help", async () => {
    const { task, notes } = newTask();
    const claim = await command(LOOP, PATIENT).build(task);
    expect(claim).toMatchObject({
      success: false,
      error: expect.stringMatching(/^command was given up: it met the same error 3 times: Error: connect ECONNREFUSED/),
    });
    expect(notes).toMatchObject([
      { what: "same_error", next: "restart" },
      { what: "same_error", next: "give_up" },
    ]);
  });

  it("leaves its place to the next of the chain, which is told, although it had changed files", async () => {
    const { task, notes } = newTask();
    const chain = [
      { ...command(`fs.writeFileSync("half.js", ""); ${LOOP}`, { ...PATIENT, restarts: 0 }), name: "first" },
      { ...command(firstThen(WELL_BEHAVED, ""), PATIENT), name: "second" },
      createScaffoldBuilder(),
    ] as const;
    const outcome = await routeBuilders(() => [...chain], [...chain]).build(task);
    expect(outcome).toMatchObject({ success: true, backend: "second", error: expect.stringContaining("first: ") });
    expect(promptsOf(task)[0]).toContain("Another agent was at it before: command was given up: it met the same error");
    expect(notes).toMatchObject([
      { kind: "stuck", next: "give_up" },
      { kind: "stepped_in", from: "first", to: "second", reason: expect.stringContaining("same error") },
    ]);
  });

  it("is never taken for stuck when the signs are switched off", async () => {
    const off = { silence: 0, same_error: 0, idle_turns: 0, nudges: 1, restarts: 1 };
    const body = `${WELL_BEHAVED} for (let n = 0; n < 40; n += 1) console.log("Error: the same");
      await new Promise((resolve) => setTimeout(resolve, 900));`;
    const { task, notes } = newTask();
    expect(await command(body, off).build(task)).toMatchObject({ success: true });
    expect(notes).toEqual([]);
  });

  it("is stopped like any other when the build is stopped, not begun again", async () => {
    const controller = new AbortController();
    const { task, notes } = newTask({ signal: controller.signal });
    const building = command(firstThen(HANG, WELL_BEHAVED), PATIENT).build(task);
    setTimeout(() => controller.abort(new Error("stopped")), 300);
    await expect(building).rejects.toThrow("stopped");
    expect(notes).toEqual([]);
  });
});

describe("a program whose API is at its limit", () => {
  const REFUSED = `console.error("API Error: 429 rate_limit_error, Retry-After: 0"); process.exit(1);`;
  const BACKOFF = { first: 0.05, most: 0.1, give_up: 60 };

  it("is waited for with the clocks stopped, and its run counts as no failure", async () => {
    let stopped = 0;
    const { task, notes } = newTask({
      untimed: (work) => {
        stopped += 1;
        return work();
      },
    });
    const claim = await command(firstThen(REFUSED, WELL_BEHAVED), PATIENT, BACKOFF).build(task);
    expect(claim).toMatchObject({ success: true, error: "" });
    expect(notes).toEqual([{ kind: "backoff", seconds: expect.any(Number), reason: expect.stringContaining("429") }]);
    expect(stopped).toBe(1);
  });

  it("is the machine's trouble when it lasts too long: the next of a chain steps in, and nothing was a failure", async () => {
    const { task } = newTask();
    await expect(command(REFUSED, PATIENT, { ...BACKOFF, give_up: 0.2 }).build(task)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("429 rate_limit_error"),
    });
  });

  it("is one that fails like any other when the limit lies further back in its output", async () => {
    const body = `console.log("HTTP 429, waiting"); for (let n = 0; n < 9; n += 1) console.log("step " + n); process.exit(1);`;
    const { task, notes } = newTask();
    expect(await command(body, PATIENT, BACKOFF).build(task)).toMatchObject({ success: false });
    expect(notes).toEqual([]);
  });
});

describe("a watched run", () => {
  const watched = (limits: StuckLimits) => {
    const { task, changes } = newTask();
    const output = join(task.output_dir, "..", "out.log");
    return { task, changes, output, watch: watchRun(task, limits, { outputs: [output], look_ms: 20 }) };
  };

  const pretendTime = () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
  };

  it.each(["output", "file"] as const)("is alive while it writes to its %s", (name) => {
    pretendTime();
    const { task, output, watch, changes } = watched({ ...QUICK, silence: 0.4 });
    const written = name === "output" ? output : join(task.output_dir, "main.js");
    for (let n = 0; n < 20; n += 1) {
      appendFileSync(written, "x");
      vi.advanceTimersByTime(200);
    }
    expect(watch.stuck()).toBeUndefined();
    expect(changes.length > 0).toBe(name === "file");
    vi.advanceTimersByTime(600);
    expect(watch.stuck()?.what).toBe("silent");
    watch.end();
  });

  it("goes in circles when it answers without changing a file, and not when it changes one", () => {
    const { task, watch } = watched(PATIENT);
    const answer = (times: number) => {
      for (let n = 0; n < times; n += 1) watch.turn();
    };
    answer(3);
    writeFileSync(join(task.output_dir, "main.js"), "1");
    answer(4);
    expect(watch.stuck()).toBeUndefined();
    answer(3);
    expect(watch.stuck()).toEqual({ what: "no_diff", detail: "answered 4 times without changing a file" });
    expect(watch.signal.aborted).toBe(true);
    watch.end();
  });

  it("counts the same failure of the same call only", () => {
    const { watch } = watched(PATIENT);
    for (const [call, error] of [
      ["npm test", "1 failing in 30 ms"],
      ["npm test", "1 failing in 31 ms"],
      ["grep x", "Exit code 1"],
      ["npm test", "1 failing in 32 ms"],
      ["npm test", "2 tests cannot start"],
      ["grep y", "Exit code 1"],
      ["grep z", "Exit code 1"],
    ] as const)
      watch.failed(call, error);
    expect(watch.stuck()).toBeUndefined();
    for (let n = 0; n < 3; n += 1) watch.failed("npm test", `1 failing in ${n} ms`);
    expect(watch.stuck()).toMatchObject({ what: "same_error" });
    watch.end();
  });

  it("is not silent while it has said that it waits", () => {
    pretendTime();
    const { watch } = watched({ ...QUICK, silence: 0.4 });
    watch.waits(2000);
    vi.advanceTimersByTime(2000);
    expect(watch.stuck()).toBeUndefined();
    vi.advanceTimersByTime(600);
    expect(watch.stuck()?.what).toBe("silent");
    watch.end();
  });

  it("counts no file that we laid there ourselves", () => {
    const { task, watch, changes } = watched(PATIENT);
    writeFileSync(join(task.output_dir, "config.yaml"), "x: 1");
    for (let n = 0; n < 4; n += 1) watch.turn();
    expect(watch.stuck()?.what).toBe("no_diff");
    expect(changes).toEqual([]);
    watch.end();
  });
});

describe("waiting for a limit", () => {
  const limits = { first: 10, most: 100, give_up: 1000 };
  const wait = (tries: number, random: number, retry_after?: number) =>
    backoffSeconds(limits, { tries, retry_after }, () => random);

  it("doubles up to the most, half of it by chance", () => {
    expect([0, 1, 2, 3, 4, 50].map((tries) => wait(tries, 1))).toEqual([10, 20, 40, 80, 100, 100]);
    expect([0, 1].map((tries) => wait(tries, 0))).toEqual([5, 10]);
  });

  it("is never shorter than what the API says", () => {
    for (const seconds of [0, 3, 500]) {
      expect(wait(0, 0, seconds)).toBeGreaterThanOrEqual(seconds);
      expect(wait(9, 1, seconds)).toBeLessThanOrEqual(Math.max(100, seconds * 1.1));
    }
    expect(wait(3, 1, 0)).toBe(80);
    expect([wait(0, 0, 500), wait(0, 1, 500)]).toEqual([505, 510]);
  });

  it.each([
    ["retry-after: 30", 30],
    ['"retry_after": 12.5', 12.5],
    ["Please try again in 2 minutes.", 120],
    ["Retrying in 5s", 5],
    ["resets in 3 hours", 10_800],
    ["Claude AI usage limit reached|1767225600", 600],
    ["something else in 30 files", undefined],
  ])("reads %s", (text, seconds) => {
    expect(retryAfterIn(text, 1_767_225_000_000)).toBe(seconds);
  });

  it.each([
    ["API Error: 529 Overloaded", true],
    ["stream error: 429 Too Many Requests", true],
    ['{"type":"rate_limit_error"}', true],
    ["You've hit your usage limit.", true],
    ["Error: listen EADDRINUSE :::4290", false],
    ["529 tests passed", false],
    ["429 files changed", false],
    ["", false],
  ])("takes %j for a limit: %s", (text, isLimit) => {
    expect(limitIn(text) !== undefined).toBe(isLimit);
  });
});

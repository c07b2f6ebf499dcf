import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { baseEnvironment, runToEnd, spawnGroup, tailOf } from "../../src/lib/exec.ts";
import { findByEnvironment, isAlive } from "../../src/lib/process.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "so-exec-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const node = (script: string, env: Record<string, string> = {}) => ({
  purpose: "test",
  command: process.execPath,
  args: ["-e", script],
  cwd: folder,
  env: baseEnvironment(env),
  logFile: join(folder, "log"),
});
const log = () => tailOf(join(folder, "log"));

describe("a child", () => {
  it("runs only after it was recorded", async () => {
    let recorded = false;
    const child = await spawnGroup(node("console.log('ran')"), () => {
      expect(log()).toBe("");
      recorded = true;
    });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(recorded).toBe(true);
    expect(log()).toBe("ran\n");
  });

  it("reads its input from a file and writes its output to another", async () => {
    writeFileSync(join(folder, "in put.txt"), "what's asked\n");
    const child = await spawnGroup({
      ...node("process.stdin.pipe(process.stdout); console.error('aside')"),
      inputFile: join(folder, "in put.txt"),
      outputFile: join(folder, "deep", "out"),
    });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(tailOf(join(folder, "deep", "out"))).toBe("what's asked\n");
    expect(log()).toBe("aside\n");
  });

  it("that could not be recorded never runs", async () => {
    const refused = spawnGroup(node("console.log('ran')"), () => {
      throw new Error("disk full");
    });
    await expect(refused).rejects.toThrow("disk full");
    expect(log()).toBe("");
  });

  it("inherits nothing but what it is given", async () => {
    process.env.SO_TEST_SECRET = "hidden";
    const { code } = await runToEnd(
      (spec) => spawnGroup(spec),
      node("process.exit(process.env.SO_TEST_SECRET ? 1 : Number(process.env.CODE))", { CODE: "7" }),
      { timeoutMs: 30_000 },
    );
    delete process.env.SO_TEST_SECRET;
    expect(code).toBe(7);
  });

  it("takes its grandchildren with it", async () => {
    const script = `
      const { spawn } = require("node:child_process");
      spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
      console.log("up"); setInterval(() => {}, 1000);`;
    const mark = `exec-${process.pid}`;
    const child = await spawnGroup(node(script, { SO_TEST_MARK: mark }));
    while (!log().includes("up")) await sleep(20);
    expect(findByEnvironment("SO_TEST_MARK", mark).length).toBe(2);
    await child.stop();
    expect(findByEnvironment("SO_TEST_MARK", mark)).toEqual([]);
    expect(isAlive(child)).toBe(false);
  });

  it("that ignores SIGTERM is killed", async () => {
    const child = await spawnGroup(
      node("process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)"),
    );
    while (!log().includes("up")) await sleep(20);
    await child.stop();
    expect(await child.exited).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("is ended at its time limit, and that is told", async () => {
    const exit = await runToEnd((spec) => spawnGroup(spec), node("setInterval(() => {}, 1000)"), { timeoutMs: 300 });
    expect(exit).toMatchObject({ timedOut: true, code: null });
  });

  it("is ended on abort", async () => {
    const stop = new AbortController();
    const run = runToEnd((spec) => spawnGroup(spec), node("setInterval(() => {}, 1000)"), {
      timeoutMs: 60_000,
      signal: stop.signal,
    });
    await sleep(100);
    stop.abort();
    expect(await run).toMatchObject({ timedOut: false, code: null });
  });

  it("that does not exist ends with the shell's status and says so in the log", async () => {
    const child = await spawnGroup({ ...node(""), command: "no-such-program" });
    expect((await child.exited).code).toBe(127);
    expect(readFileSync(join(folder, "log"), "utf8")).toMatch(/not found/);
  });

  it("in a folder that does not exist is an error with a remedy", async () => {
    await expect(spawnGroup({ ...node(""), cwd: join(folder, "gone") })).rejects.toMatchObject({ code: "ENVIRONMENT" });
  });
});

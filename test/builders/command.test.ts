import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CommandOptions, createCommandBuilder } from "../../src/builders/command.ts";
import type { BuildTask } from "../../src/builders/port.ts";
import { verifyService } from "../../src/builders/verify.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import { isAlive, startTimeOf } from "../../src/lib/process.ts";
import { describeBuilder } from "./builder-contract.ts";
import { budgetOf, CARE, OWN, program, WELL_BEHAVED } from "./programs.ts";
import { eventually, taskFor, temporaryFolder } from "./support.ts";

const command = (run: string[], over: Partial<CommandOptions> = {}) =>
  createCommandBuilder({ run, paid: false, max_cost: 5, cost_pattern: "", env: {}, own: OWN, care: CARE, ...over });

describeBuilder("command", () => command(program(WELL_BEHAVED)), { deterministic: true });

const newTask = (over: Partial<BuildTask> = {}) => taskFor(temporaryFolder(), "accounts-service", over);
const evidenceOf = (task: BuildTask) =>
  verifyService({
    service: task.service.name,
    directory: task.output_dir,
    logDir: join(task.output_dir, "..", "..", "logs"),
    spawn: spawnGroup,
    timeoutMs: 60_000,
    signal: task.signal,
  });

describe("a program by template", () => {
  it("gets the task and the brief on standard input, or where the template names them", async () => {
    const byInput = newTask({ prd: "# Shop\nAccounts are kept." });
    await command(program(`fs.writeFileSync("seen.md", fs.readFileSync(0));`)).build(byInput);
    const seen = readFileSync(join(byInput.output_dir, "seen.md"), "utf8");
    for (const text of ["Build the complete service accounts-service", "Accounts are kept.", "contracts/openapi.json"])
      expect(seen).toContain(text);
    expect(seen).toContain(byInput.contracts[0]?.spec_hash);

    const named = newTask({ attempt: 3 });
    const run = [...program(`fs.writeFileSync("seen.json", JSON.stringify(process.argv.slice(2)));`)];
    await command([...run, "--a={attempt}", "{service}", "{prompt_file}", "{unknown}"]).build(named);
    const args: string[] = JSON.parse(readFileSync(join(named.output_dir, "seen.json"), "utf8"));
    expect(args).toEqual(["--a=3", "accounts-service", expect.stringMatching(/\.prompt\.md$/), "{unknown}"]);
    expect(readFileSync(args[2] ?? "", "utf8")).toContain("accounts-service");
  });

  it("gets the findings as the task of a fix", async () => {
    const finding = {
      code: "LOG-004",
      severity: "warning" as const,
      service: "accounts-service",
      where: "src/log.js:3",
      message: "It writes to the console.",
      fix: "Use the logger.",
      reproduce: "curl -s localhost",
      fingerprint: "f",
    };
    const task = newTask({ findings: [finding], attempt: 2 });
    await command(program(`fs.writeFileSync("seen.md", fs.readFileSync(0));`)).build(task);
    const seen = readFileSync(join(task.output_dir, "seen.md"), "utf8");
    for (const text of ["LOG-004", "src/log.js:3", "Use the logger.", "curl -s localhost"])
      expect(seen).toContain(text);
    expect(readFileSync(join(task.output_dir, ".claude/CLAUDE.md"), "utf8")).not.toContain("LOG-004");
  });

  it("sees no variable of ours that was not named", async () => {
    process.env.BUILDER_TEST_SECRET = "hidden";
    const task = newTask();
    await command(program(`fs.writeFileSync("env.json", JSON.stringify(process.env));`), {
      env: { NAMED: "yes" },
    }).build(task);
    delete process.env.BUILDER_TEST_SECRET;
    const env = JSON.parse(readFileSync(join(task.output_dir, "env.json"), "utf8"));
    expect(env).toMatchObject({ NAMED: "yes" });
    expect(env).not.toHaveProperty("BUILDER_TEST_SECRET");
  });

  it("that lies about its tests is claimed so, and the evidence stands beside it", async () => {
    const task = newTask();
    const lie = `${WELL_BEHAVED}
      fs.writeFileSync("test/one.test.js", "import test from 'node:test'; test('one', () => { throw new Error('no'); });");
      console.log(JSON.stringify({ success: true, test_passed: 40, test_total: 40, cost_usd: 0.25 }));`;
    const claim = await command(program(lie)).build(task);
    expect(claim).toMatchObject({ success: true, test_passed: 40, test_total: 40, cost: 0.25 });
    expect(await evidenceOf(task)).toMatchObject({ verified: false });
  });

  it("that edits, deletes or replaces its contract is found out, and the contract is put back", async () => {
    const task = newTask();
    const path = join(task.output_dir, "contracts/openapi.json");
    for (const crime of [
      `fs.chmodSync("contracts/openapi.json", 0o644); fs.writeFileSync("contracts/openapi.json", "{}");`,
      `fs.rmSync("contracts", { recursive: true, force: true });`,
      `fs.rmSync("contracts/openapi.json", { force: true }); fs.symlinkSync("/dev/null", "contracts/openapi.json");`,
    ]) {
      const { breaches } = await command(program(crime)).build(task);
      expect(breaches).toContainEqual(expect.stringMatching(/frozen contract contracts\/openapi\.json.*put back/));
      expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(task.contracts[0]?.spec);
    }
    expect((await command(program(WELL_BEHAVED)).build(task)).breaches).toEqual([]);
  });

  it("that hangs is ended in time, with what left its group", async () => {
    const task = newTask({ timeout_ms: 1500 });
    const hang = `
      const away = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
      fs.writeFileSync("pids.json", JSON.stringify([process.pid, away.pid]));
      setInterval(() => {}, 1000);`;
    const claim = await command(program(hang)).build(task);
    expect(claim).toMatchObject({ success: false, error: expect.stringContaining("did not end in time") });
    const pids: number[] = JSON.parse(readFileSync(join(task.output_dir, "pids.json"), "utf8"));
    expect(pids.map((pid) => startTimeOf(pid))).toEqual([undefined, undefined]);
  });

  it("is ended as a whole when the build is stopped", async () => {
    const controller = new AbortController();
    const task = newTask({ signal: controller.signal });
    const run = command(program(`fs.writeFileSync("pid", String(process.pid)); setInterval(() => {}, 1000);`)).build(
      task,
    );
    const file = join(task.output_dir, "pid");
    const pid = Number(await eventually(() => existsSync(file) && readFileSync(file, "utf8"), "the start"));
    const identity = { pid, started: startTimeOf(pid) ?? "" };
    controller.abort(new Error("stopped by hand"));
    await expect(run).rejects.toThrow("stopped by hand");
    expect(isAlive(identity)).toBe(false);
  });

  it("that prints garbage, or dies, claims nothing", async () => {
    const garbage = `process.stdout.write(Buffer.from([0, 255, 123, 10])); console.log('{"cost_usd": "much", "success": 7'); console.log('{"cost_usd": -4}');`;
    expect(await command(program(garbage)).build(newTask())).toMatchObject({
      success: true,
      cost: null,
      test_total: null,
    });
    expect(await command(program("process.exit(3);")).build(newTask())).toMatchObject({
      success: false,
      error: expect.stringContaining("ended with 3"),
    });
    expect(await command(program(`process.kill(process.pid, "SIGKILL");`)).build(newTask())).toMatchObject({
      success: false,
      error: expect.stringContaining("SIGKILL"),
    });
  });

  it("that is not there is the machine's trouble", async () => {
    await expect(command(["no-such-program-here"]).build(newTask())).rejects.toMatchObject({ code: "ENVIRONMENT" });
  });

  it("keeps a file that lies where ours go, when it is not one of ours", async () => {
    const task = newTask();
    writeFileSync(join(task.output_dir, "CLAUDE.md"), "by hand");
    await command(program(WELL_BEHAVED)).build(task);
    expect(readFileSync(join(task.output_dir, "CLAUDE.md"), "utf8")).toBe("by hand");
  });
});

describe("the money of a program", () => {
  it("is put aside before it starts and settled with what it says", async () => {
    const cases: [string, string, number | null][] = [
      [`console.log('{"total_cost_usd": 0.4}'); console.log('{"total_cost_usd": 0.5}');`, "", 0.5],
      [`console.log("Total cost: $1.25 for 3 turns");`, "", 1.25],
      [`console.log("spent 0.75 units");`, "spent ([0-9.]+) units", 0.75],
      [`console.log("done");`, "", null],
    ];
    for (const [body, cost_pattern, cost] of cases) {
      const { budget, runs } = budgetOf(3);
      await command(program(body), { paid: true, max_cost: 2, cost_pattern }).build(newTask({ budget }));
      expect(runs).toEqual([{ usd: 2, cost }]);
    }
  });

  it("is settled as unknown when it is stopped, and as nothing when it never started", async () => {
    const { budget, runs } = budgetOf(3);
    const signal = AbortSignal.timeout(1000);
    await expect(
      command(program("setInterval(() => {}, 1000);"), { paid: true }).build(newTask({ budget, signal })),
    ).rejects.toThrow();
    expect(runs).toEqual([{ usd: 3, cost: null }]);
    const second = budgetOf(3);
    await expect(command(["no-such"], { paid: true }).build(newTask({ budget: second.budget }))).rejects.toThrow();
    expect(second.runs).toEqual([{ usd: 3, cost: 0 }]);
  });

  it("has to be there: without a budget nothing paid starts", async () => {
    const task = newTask();
    const run = command(program(`fs.writeFileSync("started", "");`), { paid: true }).build(task);
    await expect(run).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect(existsSync(join(task.output_dir, "started"))).toBe(false);
  });
});

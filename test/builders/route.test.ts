import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type BuilderChoice, chooseBuilder } from "../../src/builders/choose.ts";
import { createCommandBuilder } from "../../src/builders/command.ts";
import type { Builder } from "../../src/builders/port.ts";
import { routeBuilders } from "../../src/builders/route.ts";
import { createScaffoldBuilder } from "../../src/builders/scaffold/scaffold.ts";
import { Config } from "../../src/config.ts";
import { budgetOf, CARE, executable, NO_QUEUE, OWN, program, WELL_BEHAVED } from "./programs.ts";
import { taskFor, temporaryFolder } from "./support.ts";

const command = (run: string[], name = "command"): Builder => ({
  ...createCommandBuilder({ run, paid: false, max_cost: 5, cost_pattern: "", env: {}, own: OWN, care: CARE }),
  name,
});
const chain = (...builders: [Builder, ...Builder[]]) => routeBuilders(() => builders, builders);
const newTask = () => taskFor(temporaryFolder(), "accounts-service");

describe("a chain of builders", () => {
  it("steps over a backend that cannot do its work, and says so", async () => {
    const builder = chain(command(["no-such-program"], "codex"), command(program(WELL_BEHAVED)));
    expect(await builder.build(newTask())).toMatchObject({
      success: true,
      backend: "command",
      error: expect.stringMatching(/^codex: no-such-program could not be started/),
    });
  });

  it("steps over one that ends without success and without a file, however often it is tried", async () => {
    const builder = chain(command(program("process.exit(2);"), "first"), createScaffoldBuilder());
    const task = newTask();
    for (const attempt of [1, 2])
      expect(await builder.build({ ...task, attempt })).toMatchObject({ success: true, backend: "scaffold" });
  });

  it("leaves the work of one that failed half-way to the evidence", async () => {
    const half = command(program(`fs.writeFileSync("half.js", ""); process.exit(2);`), "first");
    expect(await chain(half, createScaffoldBuilder()).build(newTask())).toMatchObject({
      success: false,
      backend: "first",
    });
  });

  it("gives the trouble of the last one", async () => {
    const builder = chain(command(["no-such-a"]), command(["no-such-b"]));
    await expect(builder.build(newTask())).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("no-such-b"),
    });
  });

  it("keeps what an earlier one did to a contract", async () => {
    const bad = program(
      `fs.chmodSync("contracts/openapi.json", 0o644); fs.writeFileSync("contracts/openapi.json", "{}"); process.exit(1);`,
    );
    const { breaches } = await chain(command(bad, "first"), createScaffoldBuilder()).build(newTask());
    expect(breaches).toHaveLength(1);
  });

  it("does not go on to the next one when it is stopped", async () => {
    const controller = new AbortController();
    controller.abort(new Error("stopped"));
    const task = { ...newTask(), signal: controller.signal };
    await expect(chain(command(["no-such"]), createScaffoldBuilder()).build(task)).rejects.toThrow("stopped");
  });
});

describe("the choice", () => {
  const settings = (over: Partial<BuilderChoice>): BuilderChoice => ({ ...Config.parse({}).builder, ...over });
  const surroundings = { budget_limit: null, agent_team_config: "", own: OWN, queue: NO_QUEUE };

  it("is by service, and tells who is who", async () => {
    const run = program(WELL_BEHAVED);
    const { builder, why } = await chooseBuilder(
      settings({
        backend: "scaffold",
        services: { "accounts-service": "command" },
        command: { run, paid: false, cost_pattern: "" },
      }),
      surroundings,
    );
    expect(builder).toMatchObject({ name: "mixed", paid: false });
    expect(builder.nameFor?.("accounts-service")).toBe("command");
    expect(builder.nameFor?.("orders-service")).toBe("scaffold");
    expect(why).toContain("accounts-service by command");
    expect(await builder.build(newTask())).toMatchObject({ backend: "command" });
  });

  it("auto is the scaffold without a budget, without claude, or without a login, and says why", async () => {
    const path = process.env.PATH;
    const auto = (budget_limit: number | null) =>
      chooseBuilder(settings({ backend: "auto" }), { ...surroundings, budget_limit });
    try {
      process.env.PATH = executable("claude", `#!/bin/sh\necho '{"loggedIn": false}'\n`);
      expect((await auto(null)).why).toContain("no budget_limit is set");
      expect(await auto(5)).toMatchObject({
        builder: { name: "scaffold" },
        why: expect.stringContaining("not logged in"),
      });
      process.env.PATH = executable("claude", `#!/bin/sh\necho '{"loggedIn": true}'\n`);
      expect(await auto(5)).toMatchObject({ builder: { name: "claude-code", paid: true } });
      process.env.PATH = temporaryFolder();
      expect((await auto(5)).why).toContain("claude is not on PATH");
    } finally {
      process.env.PATH = path;
    }
  });
});

describe("a paid builder in a chain", () => {
  it("settles what it spent before the next one steps in", async () => {
    const { budget, runs } = budgetOf(5);
    const run = program(`console.log('{"cost_usd": 0.5}'); process.exit(1);`);
    const paid = createCommandBuilder({
      run,
      paid: true,
      max_cost: 2,
      cost_pattern: "",
      env: {},
      own: OWN,
      care: CARE,
    });
    const task = { ...newTask(), budget };
    writeFileSync(join(task.output_dir, "by-hand.md"), "");
    expect(await chain(paid, createScaffoldBuilder()).build(task)).toMatchObject({ backend: "scaffold" });
    expect(runs).toEqual([{ usd: 2, cost: 0.5 }]);
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createClaudeCodeBuilder } from "../../src/builders/claude-code.ts";
import type { BuildProgress, BuildTask } from "../../src/builders/port.ts";
import { startTimeOf } from "../../src/lib/process.ts";
import { CLAUDE, isolatedClaude, NEEDS_CLAUDE } from "../support/claude.ts";
import { type ScriptedAnswer, type ScriptedMessages, scriptedMessages } from "../support/scripted-messages.ts";
import { describeBuilder } from "./builder-contract.ts";
import { budgetOf, CARE } from "./programs.ts";
import { eventually, taskFor, temporaryFolder } from "./support.ts";

const CLI = join(import.meta.dirname, "..", "..", "dist", "cli.js");
const open: ScriptedMessages[] = [];
afterEach(() => Promise.all(open.splice(0).map((api) => api.close())));

type Script = Parameters<typeof scriptedMessages>[0];

const done = (over: Record<string, unknown> = {}): ScriptedAnswer => ({
  say: [{ tool: "StructuredOutput", input: { success: true, summary: "Built.", ...over } }],
});
const write = (task: BuildTask, path: string, content: string): ScriptedAnswer => ({
  say: [{ tool: "Write", input: { file_path: join(task.output_dir, path), content } }],
});

/** A builder that is the real program, talking to a script. */
async function newBuilder(script: Script, over: { max_cost?: number; allowed_tools?: string[] } = {}) {
  const api = await scriptedMessages(script);
  open.push(api);
  const workspace = temporaryFolder();
  const builder = createClaudeCodeBuilder({
    command: CLAUDE ?? "claude",
    model: "",
    max_cost: over.max_cost ?? 4,
    permission_mode: "acceptEdits",
    allowed_tools: over.allowed_tools ?? ["Read", "Edit", "Write", "Bash"],
    env: isolatedClaude(api.url),
    own: { command: process.execPath, args: [CLI], workspace },
    care: CARE,
  });
  return { api, builder };
}

function newTask(over: Partial<BuildTask> = {}) {
  const { budget, runs } = budgetOf(5);
  const steps: BuildProgress[] = [];
  const task = taskFor(temporaryFolder(), "accounts-service", {
    budget,
    progress: (step) => steps.push(step),
    ...over,
  });
  return { task, runs, steps };
}

// Each starts a program of 240 MB: on a busy machine that takes its time.
describe.skipIf(CLAUDE === undefined)(
  `claude-code builds with the real program (${NEEDS_CLAUDE})`,
  { timeout: 300_000 },
  () => {
    const files = [
      `echo '{"name":"svc","type":"module","scripts":{"test":"node --test one.test.js"}}' > package.json`,
      `echo "import test from 'node:test'; test('one', () => {});" > one.test.js`,
    ];
    const script: Script = (_request, index) =>
      index === 0 ? { say: [{ tool: "Bash", input: { command: files.join(" && ") } }] } : done();
    describeBuilder(
      "claude-code",
      () => ({
        name: "claude-code",
        paid: true,
        build: async (task) => (await newBuilder(script)).builder.build(task),
      }),
      { deterministic: false, task: { budget: budgetOf(50).budget } },
    );

    it("writes with its tools, sees the brief and our tools, tells how far it is, and settles what it cost", async () => {
      const { task, runs, steps } = newTask({ prd: "# Shop\nAccounts are kept for ever." });
      const { api, builder } = await newBuilder((_request, index) =>
        index === 0
          ? write(task, "src/main.js", "export const one = 1;\n")
          : done({ tests_executed: 3, tests_passed: 3, unresolved: ["No database."] }),
      );
      const claim = await builder.build(task);
      expect(claim).toMatchObject({
        success: true,
        error: "No database.",
        test_passed: 3,
        test_total: 3,
        breaches: [],
      });
      expect(claim.session_id).toMatch(/^[0-9a-f-]{36}$/);
      expect(readFileSync(join(task.output_dir, "src/main.js"), "utf8")).toContain("one = 1");
      const [first] = api.requests;
      expect(first?.messages).toContain("Accounts are kept for ever.");
      expect(first?.messages).toContain(task.contracts[0]?.spec_hash);
      const tools = api.requests.at(-1)?.tools ?? [];
      expect(tools).toContain("Write");
      expect(tools.filter((name) => name.startsWith("mcp__super-orchestrator__"))).not.toEqual([]);
      expect(tools).not.toContain("mcp__super-orchestrator__register_contract");
      expect(steps.some(({ doing }) => doing.includes("Write") && doing.includes("src/main.js"))).toBe(true);
      expect(steps.at(-1)).toMatchObject({ doing: "ended", cost: claim.cost });
      expect(runs).toEqual([{ usd: 4, cost: claim.cost }]);
      expect(claim.cost).toBeGreaterThan(0);
    });

    it("is taken at its word, and not paid again, when it ended after its driver had died", async () => {
      const { api, builder } = await newBuilder([done({ unresolved: ["No database."] })]);
      const { task, runs } = newTask();
      const { breaches: _seen, ...claim } = await builder.build(task);
      const asked = api.requests.length;
      expect(await builder.build({ ...task, cut_short: true })).toEqual(claim);
      expect(api.requests.length).toBe(asked);
      expect(runs).toHaveLength(1);
      const [messages = ""] = readdirSync(dirname(task.log_file)).filter((name) => name.endsWith(".messages.jsonl"));
      const file = join(dirname(task.log_file), messages);
      const lines = readFileSync(file, "utf8").split("\n");
      writeFileSync(file, lines.filter((line) => !line.includes('"type":"result"')).join("\n"));
      await builder.build({ ...task, cut_short: true });
      expect(api.requests.length).toBeGreaterThan(asked);
    });

    it("hands it what the scan found when it wants to stop", async () => {
      const { task } = newTask();
      const { api, builder } = await newBuilder((_request, index) =>
        index === 0
          ? write(task, "app.py", 'API_KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"\n')
          : index === 1
            ? { say: ["I am done."] }
            : done(),
      );
      await builder.build(task);
      const handed = api.requests.slice(2).find(({ messages }) => /hook/i.test(messages));
      expect(handed?.messages).toMatch(/SEC-SECRET-\d+/);
    });

    it("refuses an edit of a contract", async () => {
      const { task } = newTask();
      const { api, builder } = await newBuilder((_request, index) =>
        index === 0 ? write(task, "contracts/openapi.json", "{}") : done(),
      );
      expect(await builder.build(task)).toMatchObject({ breaches: [] });
      expect(api.requests[1]?.messages).toMatch(/denied|permission/i);
      expect(readFileSync(join(task.output_dir, "contracts/openapi.json"), "utf8")).not.toBe("{}");
    });

    it("goes on in the same conversation to fix, and begins anew when that is gone", async () => {
      const { task, runs } = newTask();
      const { api, builder } = await newBuilder([done()]);
      const { session_id: session } = await builder.build(task);
      const finding = { severity: "error" as const, service: "accounts-service", reproduce: "", fingerprint: "f" };
      const findings = [
        { ...finding, code: "CORS-001", where: "app.js:1", message: "Wildcard.", fix: "Name origins." },
      ];
      const fix = await builder.build({ ...task, attempt: 2, findings, session });
      expect(fix).toMatchObject({ success: true, session_id: session });
      expect(api.requests.at(-1)?.messages).toContain("Build the complete service");
      expect(api.requests.at(-1)?.messages).toContain("CORS-001");
      const gone = "11111111-1111-4111-8111-111111111111";
      const anew = await builder.build({ ...task, attempt: 3, findings, session: gone });
      expect(anew.success).toBe(true);
      expect(anew.session_id).not.toBe(gone);
      expect(api.requests.at(-1)?.messages).toContain("contracts/openapi.json");
      expect(runs.map(({ cost }) => cost)).toEqual([fix.cost, fix.cost, 0, fix.cost].map(() => expect.any(Number)));
    });

    it("is the machine's trouble when it is not logged in, and a failed claim when its own limit is reached", async () => {
      const refused = newTask();
      const noKey = await newBuilder([{ status: 401, type: "authentication_error", message: "invalid x-api-key" }]);
      await expect(noKey.builder.build(refused.task)).rejects.toMatchObject({ code: "ENVIRONMENT" });
      expect(refused.runs).toEqual([{ usd: 4, cost: 0 }]);

      const dear = newTask();
      const { builder } = await newBuilder([{ say: [{ tool: "Bash", input: { command: "true" } }], output: 2000 }], {
        max_cost: 0.02,
      });
      const claim = await builder.build(dear.task);
      expect(claim).toMatchObject({ success: false, error: expect.stringContaining("budget") });
      expect(dear.runs).toEqual([{ usd: 0.02, cost: claim.cost }]);
    });

    it("is ended with what it started when the build is stopped; what it cost counts in full", async () => {
      const controller = new AbortController();
      const { task, runs } = newTask({ signal: controller.signal });
      const leave = "nohup sleep 600 >/dev/null 2>&1 & echo $! > pid";
      const { builder } = await newBuilder((_request, index) =>
        index === 0 ? { say: [{ tool: "Bash", input: { command: leave } }] } : { hang: true },
      );
      const run = builder.build(task);
      const file = join(task.output_dir, "pid");
      const pid = Number(
        await Promise.race([
          run.then(() => 0),
          (async () => {
            while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 50));
            return eventually(() => readFileSync(file, "utf8").trim(), "the process id");
          })(),
        ]),
      );
      expect(startTimeOf(pid)).toBeDefined();
      controller.abort(new Error("stopped"));
      await expect(run).rejects.toThrow("stopped");
      expect(startTimeOf(pid)).toBeUndefined();
      expect(runs).toEqual([{ usd: 4, cost: null }]);
      writeFileSync(file, "");
    });
  },
);

it("a claude that is not there is the machine's trouble, and costs nothing", async () => {
  const { task, runs } = newTask();
  const builder = createClaudeCodeBuilder({
    command: "no-such-claude",
    model: "",
    max_cost: 1,
    permission_mode: "acceptEdits",
    allowed_tools: [],
    env: { PATH: process.env.PATH ?? "" },
    own: { command: process.execPath, args: [CLI], workspace: temporaryFolder() },
    care: CARE,
  });
  await expect(builder.build(task)).rejects.toMatchObject({ code: "ENVIRONMENT" });
  expect(runs).toEqual([{ usd: 1, cost: 0 }]);
});

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Care } from "../../src/builders/agent/supervise.ts";
import type { BuildBudget, HostQueue } from "../../src/builders/port.ts";
import { Config } from "../../src/config.ts";
import { AppError } from "../../src/lib/errors.ts";
import { temporaryFolder } from "./support.ts";

/** Our own command line as tests give it: nobody starts it unless the test says so. */
export const OWN = { command: process.execPath, args: ["cli.js"], workspace: "/nowhere" };

/** Looks after runs often enough for a test, with what the configuration says otherwise. */
export const CARE: Care = { ...Config.parse({}).builder, look_ms: 50, error_span_ms: 20 };

/** A queue nobody asks. */
export const NO_QUEUE: HostQueue = {
  offer: () => {},
  look: () => ({ state: "closed", submission: null, agent: "", token: 0 }),
  touch: () => {},
  withdraw: () => {},
  close: () => {},
};

/** A real program: an ES module that builders start. Gives how to run it. */
export function program(body: string): string[] {
  const file = join(temporaryFolder(), "program.mjs");
  const imports = `import * as fs from "node:fs"; import { spawn } from "node:child_process";\n`;
  writeFileSync(file, imports + body);
  return [process.execPath, file];
}

/** A small service with one test of its own that passes. */
export const WELL_BEHAVED = `
fs.mkdirSync("test", { recursive: true });
fs.writeFileSync("package.json", JSON.stringify({ name: "svc", version: "1.0.0", type: "module", scripts: { test: "node --test test/one.test.js" } }));
fs.writeFileSync("test/one.test.js", "import test from 'node:test'; test('one', () => {});");
`;

/** A budget in memory, and what was done with it. */
export function budgetOf(limit: number) {
  const runs: { usd: number; cost: number | null | undefined }[] = [];
  const spent = () => runs.reduce((sum, { usd, cost }) => sum + (cost ?? usd), 0);
  const budget: BuildBudget = {
    reserve: async (most) => {
      const usd = Math.min(most, limit - spent());
      if (usd <= 0) throw new AppError("BUDGET_EXCEEDED", "Nothing is left.", { remedy: "More." });
      const run: (typeof runs)[number] = { usd, cost: undefined };
      runs.push(run);
      return {
        usd,
        settle: (cost) => {
          run.cost = cost;
        },
      };
    },
  };
  return { budget, runs };
}

/** A folder to put before PATH that holds an executable. */
export function executable(name: string, text: string): string {
  const folder = join(temporaryFolder(), "bin");
  mkdirSync(folder);
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

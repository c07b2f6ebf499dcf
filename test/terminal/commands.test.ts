import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { AppError } from "../../src/lib/errors.ts";
import { addGlobalOptions, addToolCommand, type GlobalOptions } from "../../src/terminal/commands.ts";
import type { Spelling } from "../../src/terminal/options.ts";
import { runProgram } from "../../src/terminal/run.ts";
import { type AnyTool, defineTool, type ToolCall } from "../../src/tools/define-tool.ts";
import { FIXTURE_TOOLS } from "../mcp/fixture-tools.ts";
import { fakeIo } from "./fake-io.ts";

interface Seen {
  input?: unknown;
  globals?: GlobalOptions;
  closed: number;
}

/** A tool that answers with its own input. */
function echo(input: z.ZodObject, positional: string[], seen: Seen, command = "echo"): AnyTool {
  return defineTool({
    name: "echo",
    title: "Echo",
    toolset: "quality",
    description: "Answer with the input.",
    input,
    output: z.object({}),
    hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    cli: { command, arguments: positional },
    run: async (given) => {
      seen.input = given;
      return {};
    },
    text: () => "",
  });
}

const Everything = z.object({
  path: z.string().describe("Where."),
  files: z.array(z.string()).optional().describe("Which."),
  depth: z.enum(["quick", "thorough"]).default("quick").describe("How much."),
  max_size: z.number().optional().describe("Bytes."),
  layers: z.array(z.number().int()).default([]).describe("Layers."),
  only: z
    .array(z.enum(["cors", "secrets"]))
    .default([])
    .describe("Categories."),
  names: z.array(z.string()).default([]).describe("Names."),
  fix: z.boolean().default(true).describe("Fix it."),
  fresh_start: z.boolean().default(false).describe("Start anew."),
  approve: z.boolean().optional().describe("Approve."),
  no_wait: z.boolean().default(false).describe("Do not wait."),
  limit: z.number().positive().nullable().default(null).describe("USD."),
  labels: z.record(z.string(), z.string()).optional().describe("Labels."),
});

async function run(args: string[], options: { positional?: string[]; spelling?: Spelling; input?: z.ZodObject } = {}) {
  const terminal = fakeIo();
  const seen: Seen = { closed: 0 };
  const program = addGlobalOptions(new Command("so")).option("-c, --config <file>", "Configuration.");
  const tool = echo(options.input ?? Everything, options.positional ?? ["path", "files"], seen);
  const context = (globals: GlobalOptions) => {
    seen.globals = globals;
    const close = () => {
      seen.closed += 1;
    };
    return { close } as ToolCall["ctx"];
  };
  addToolCommand(program, tool, context, terminal.io, options.spelling);
  await runProgram(program, args, terminal.io);
  return { ...terminal, seen };
}

const defaults = {
  path: ".",
  depth: "quick",
  layers: [],
  only: [],
  names: [],
  fix: true,
  fresh_start: false,
  no_wait: false,
  limit: null,
};

describe("a command line becomes a tool's input", () => {
  it.each<[string, object]>([
    ["echo .", {}],
    ["echo . a b", { files: ["a", "b"] }],
    ["echo . --depth thorough --max-size 1e3", { depth: "thorough", max_size: 1000 }],
    ["echo . --layers 1 --layers 2,3 --only cors,secrets", { layers: [1, 2, 3], only: ["cors", "secrets"] }],
    ["echo . --names a,b --names c", { names: ["a,b", "c"] }],
    [
      "echo . --no-fix --fresh-start --no-approve --no-wait",
      { fix: false, fresh_start: true, approve: false, no_wait: true },
    ],
    ["echo . --fix --approve --limit -5.5e-1", { approve: true, limit: -0.55 }],
    ['echo . --labels {"a":"b"}', { labels: { a: "b" } }],
  ])("%s", async (line, expected) => {
    const { seen, errors, status } = await run(line.split(" "));
    if (line.includes("--limit")) {
      // Read as a number, then refused by the schema as one.
      expect(errors()).toContain("--limit: ");
      expect(errors()).toContain("got -0.55");
      return;
    }
    expect(errors()).toBe("");
    expect(seen.input).toEqual({ ...defaults, ...expected });
    expect(status()).toBe(0);
    expect(seen.closed).toBe(1);
  });

  it("takes global options before and after the command", async () => {
    for (const line of ["--json -w dir -v echo .", "echo . --json --workspace dir --verbose"]) {
      const { seen, output } = await run(line.split(" "));
      expect(seen.globals).toEqual({ json: true, verbose: true, workspace: "dir" });
      expect(output()).toBe("{}\n");
    }
  });

  it("fills a field from the program's option of that name", async () => {
    const input = z.object({ config: z.string().optional().describe("File.") });
    for (const line of ["-c a.yaml echo", "echo --config a.yaml"])
      expect((await run(line.split(" "), { input, positional: [] })).seen.input).toEqual({ config: "a.yaml" });
  });

  it("has short options and words for the other side of a switch", async () => {
    const input = z.object({
      output_dir: z.string().optional().describe("Where."),
      parallel: z.boolean().default(true).describe("Together."),
    });
    const options = {
      input,
      positional: [],
      spelling: { short: { output_dir: "o" }, opposite: { parallel: "sequential" } },
    };
    expect((await run(["echo", "-o", "x", "--sequential"], options)).seen.input).toEqual({
      output_dir: "x",
      parallel: false,
    });
    expect((await run(["echo"], options)).seen.input).toEqual({ parallel: true });
    const both = await run(["echo", "--parallel", "--sequential"], options);
    expect(both.status()).toBe(2);
    expect(both.errors()).toContain("cannot be used with");
  });

  it("puts a command of two words into its group", async () => {
    const terminal = fakeIo();
    const seen: Seen = { closed: 0 };
    const program = addGlobalOptions(new Command("so"));
    const context = () => ({ close: () => {} }) as ToolCall["ctx"];
    for (const name of ["contracts list", "contracts show"])
      addToolCommand(program, echo(z.object({ id: z.string().optional() }), ["id"], seen, name), context, terminal.io);
    await runProgram(program, ["contracts", "show", "7"], terminal.io);
    expect(seen.input).toEqual({ id: "7" });
  });

  it("documents itself: descriptions, choices, defaults", async () => {
    const { output, status } = await run(["echo", "--help"]);
    const text = output().replace(/\s+/g, " ");
    expect(status()).toBe(0);
    expect(text).toContain("echo [options] <path> [files...]");
    expect(text).toContain("--depth <value> How much. (quick, thorough) (default: quick)");
    expect(text).toContain("--layers <number> Layers. (repeatable)");
    expect(text).toContain("--no-fix The opposite of --fix.");
    expect(text).not.toContain("--no-fresh-start");
    expect(text).toContain("--json");
  });
});

describe("what is wrong with a command line", () => {
  it.each<[string, string]>([
    ["echo", "missing required argument 'path'"],
    ["echo . --dept quick", "unknown option '--dept' (Did you mean --depth?)"],
    ["ecko", "unknown command 'ecko' (Did you mean echo?)"],
    ["echo . --depth quik", '--depth must be one of quick, thorough, got "quik", did you mean quick?'],
    ["echo . --max-size many", '--max-size must be a number, got "many"'],
    ["echo . --layers 1,x", '--layers.1 must be an integer, got "x"'],
    ["echo . --labels {", '--labels must be an object, got "{"'],
    ["echo . --depth", "option '--depth <value>' argument missing"],
  ])("%s", async (line, message) => {
    const { seen, errors, output, status } = await run(line.split(" "));
    expect(seen.input).toBeUndefined();
    expect(status()).toBe(2);
    expect(output()).toBe("");
    expect(errors()).toMatch(/^error INVALID_INPUT: /);
    expect(errors()).toContain(message);
    expect(errors()).toMatch(/\n→ .+\n$/);
  });

  it("is one JSON document on standard output with --json", async () => {
    for (const line of ["echo --json", "echo . --depth quik --json"]) {
      const { output, errors, status } = await run(line.split(" "));
      expect(JSON.parse(output()).error).toMatchObject({ code: "INVALID_INPUT" });
      expect(errors()).toBe("");
      expect(status()).toBe(2);
    }
  });

  it("is that nothing was asked: help on standard error, exit 2", async () => {
    const { errors, output, status } = await run([]);
    expect(errors()).toContain("Usage: so");
    expect(output()).toBe("");
    expect(status()).toBe(2);
  });
});

describe("answers and errors of a tool", () => {
  async function fixture(args: string[], terminal = fakeIo(), failing?: AppError) {
    const program = addGlobalOptions(new Command("so"));
    const context = () => {
      if (failing) throw failing;
      return { close: () => {} } as ToolCall["ctx"];
    };
    for (const tool of FIXTURE_TOOLS) addToolCommand(program, tool, context, terminal.io);
    await runProgram(program, args, terminal.io);
    return terminal;
  }

  it("prints the text, or with --json the output on one line", async () => {
    expect((await fixture(["count-words", "one two"])).output()).toBe("2 words\n");
    const json = await fixture(["count-words", "one two", "--json"]);
    expect(json.output()).toBe('{"count":2,"unit":"words","next_step":"Nothing to do."}\n');
  });

  it("ends with the tool's own exit status", async () => {
    expect((await fixture(["count-words", "w ".repeat(51)])).status()).toBe(1);
  });

  it("prints an error with its remedy, and its details when asked", async () => {
    const terse = await fixture(["count-words", " "]);
    expect(terse.errors()).toBe("error NOT_FOUND: There is nothing to count.\n→ Give a text with words in it.\n");
    expect(terse.status()).toBe(2);
    expect((await fixture(["count-words", " ", "-v"])).errors()).toContain('"text": " "');
    expect(JSON.parse((await fixture(["count-words", " ", "--json"])).output())).toEqual({
      error: {
        code: "NOT_FOUND",
        message: "There is nothing to count.",
        remedy: "Give a text with words in it.",
        details: { text: " " },
      },
    });
  });

  it("ends with the exit status of the error's code, also when the context cannot be built", async () => {
    const failing = new AppError("BUDGET_EXCEEDED", "Spent.", { remedy: "Raise it." });
    expect((await fixture(["count-words", "a"], fakeIo(), failing)).status()).toBe(1);
  });

  it("shows the stack of a defect only with --verbose", async () => {
    expect((await fixture(["misbehave", "throw"])).errors()).not.toContain("fixture-tools");
    const verbose = await fixture(["misbehave", "throw", "--verbose"]);
    expect(verbose.errors()).toContain("fixture-tools");
    expect(verbose.status()).toBe(2);
  });

  it("prints no control characters that came with the data", async () => {
    const { output } = await fixture(["hostile-text"], fakeIo(80));
    expect(output()).toBe("found\t\\x1b]0;owned\\x07\\x1b[2Jgone\nsecond line\n");
  });

  it("colours errors on terminals only", async () => {
    expect((await fixture(["count-words", " "], fakeIo(80))).errors()).toContain("\u001b[31m");
    expect((await fixture(["count-words", " "], fakeIo(80, { NO_COLOR: "1" }))).errors()).not.toContain("\u001b[");
  });

  it("shows progress on a terminal and wipes it; with --verbose as lines elsewhere", async () => {
    const terminal = await fixture(["walk-steps", "2"], fakeIo(80));
    expect(terminal.errors()).toBe("\rstep 1 (1/2)\u001b[K\rstep 2 (2/2)\u001b[K\r\u001b[K");
    expect((await fixture(["walk-steps", "2"])).errors()).toBe("");
    expect((await fixture(["walk-steps", "2", "-v"])).errors()).toBe("step 1 (1/2)\nstep 2 (2/2)\n");
  });
});

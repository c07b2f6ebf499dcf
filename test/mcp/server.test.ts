import type { CallToolResult, Progress } from "@modelcontextprotocol/sdk/types.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "./client.ts";

let session: Awaited<ReturnType<typeof connect>>;
beforeAll(async () => {
  session = await connect();
});
afterAll(() => session.client.close());

const call = async (name: string, given?: Record<string, unknown>) =>
  (await session.client.callTool({ name, ...(given ? { arguments: given } : {}) })) as CallToolResult;
const textOf = (result: CallToolResult) => (result.content[0]?.type === "text" ? result.content[0].text : "");
const errorOf = (result: CallToolResult) => {
  expect(result.isError).toBe(true);
  expect(result.structuredContent).toBeUndefined();
  return JSON.parse(textOf(result)).error;
};

describe("tools/list", () => {
  it("describes every tool with title, annotations and both schemas, and offers no tasks", async () => {
    const { tools } = await session.client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual([
      "count_words",
      "walk_steps",
      "wait_forever",
      "misbehave",
      "big_answer",
      "hostile_text",
    ]);
    for (const tool of tools) {
      expect(tool.title).not.toBe("");
      // Of a tool that only reads nothing else is asked; of another whether it destroys (MCP, ToolAnnotations).
      const { readOnlyHint, destructiveHint } = tool.annotations ?? {};
      expect(readOnlyHint === true || typeof destructiveHint === "boolean").toBe(true);
      expect(tool).not.toHaveProperty("execution");
      for (const schema of [tool.inputSchema, tool.outputSchema]) {
        expect(schema).toMatchObject({ type: "object" });
        expect(JSON.stringify(schema)).not.toContain("$schema");
        expect(() =>
          new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(schema ?? {}),
        ).not.toThrow();
      }
    }
  });

  it("tells defaults and choices without noise", async () => {
    const { tools } = await session.client.listTools();
    const schema = tools[0]?.inputSchema;
    expect(schema?.required).toEqual(["text"]);
    expect(schema?.properties).toMatchObject({
      unit: { type: "string", enum: ["words", "letters"], description: "What to count" },
      only: { type: "array", items: { type: "string", enum: ["upper", "lower"] }, description: "Count only these" },
      strict: { type: "boolean", default: true },
    });
    expect(schema?.properties?.limit).toEqual({ type: "integer", description: "Count no further than this" });
    expect(JSON.stringify(tools)).not.toContain("9007199254740991");
  });
});

describe("tools/call", () => {
  it("answers with structured content and the human text", async () => {
    const result = await call("count_words", { text: "one two three" });
    expect(result.structuredContent).toEqual({ count: 3, unit: "words", next_step: "Nothing to do." });
    expect(textOf(result)).toBe("3 words");
    expect(result.isError).toBeUndefined();
  });

  it("names every wrong argument and what to give", async () => {
    const error = errorOf(
      await call("count_words", { unit: "word", limit: 200, only: ["upper", "both"], strict: "yes", mn_length: 2 }),
    );
    expect(error.code).toBe("INVALID_INPUT");
    expect(error.message).toContain('unknown argument "mn_length", did you mean min_length?');
    expect(error.message).toContain("text is missing, give a string (Text to count in.)");
    expect(error.message).toContain('unit must be one of words, letters, got "word", did you mean words?');
    expect(error.message).toMatch(/limit: .*100.*, got 200/);
    expect(error.message).toContain('only.1 must be one of upper, lower, got "both"');
    expect(error.message).toContain('strict must be true or false, got "yes"');
    expect(error.remedy).toContain("count_words");
    expect(error.details.problems.map(({ field }: { field: string }) => field)).toEqual([
      "mn_length",
      "text",
      "unit",
      "limit",
      "only.1",
      "strict",
    ]);
  });

  it("refuses an unknown argument even when all others fit", async () => {
    const error = errorOf(await call("count_words", { text: "a", toString: 1 }));
    expect(error.message).toContain('unknown argument "toString"');
  });

  it("gives an operation's own error with code, remedy and details", async () => {
    expect(errorOf(await call("count_words", { text: " " }))).toEqual({
      code: "NOT_FOUND",
      message: "There is nothing to count.",
      remedy: "Give a text with words in it.",
      retryable: false,
      details: { text: " " },
    });
  });

  it("answers an unexpected fault as INTERNAL, its stack in the log only", async () => {
    const result = await call("misbehave", { how: "throw" });
    expect(errorOf(result)).toMatchObject({ code: "INTERNAL", message: "x is undefined" });
    expect(textOf(result)).not.toContain("fixture-tools");
    await session.errors.has("fixture-tools");
  });

  it("refuses an answer that does not fit its schema", async () => {
    expect(errorOf(await call("misbehave", { how: "wrong_answer" })).code).toBe("INTERNAL");
  });

  it("survives what a tool throws after it has answered", async () => {
    await call("misbehave", { how: "reject_later" });
    await call("misbehave", { how: "throw_later" });
    await session.errors.has("late rejection");
    await session.errors.has("late throw");
    expect(textOf(await call("count_words", { text: "still here" }))).toBe("2 words");
  });

  it("answers an unknown tool with a protocol error that names the nearest", async () => {
    await expect(call("count_word", {})).rejects.toMatchObject({
      code: -32602,
      message: 'MCP error -32602: Unknown tool "count_word". Did you mean count_words?',
    });
  });

  it("reports progress to the caller that asked for it", async () => {
    // From a call that still runs: the SDK's client drops progress that reaches it in one chunk with the answer.
    const stopper = new AbortController();
    const seen: Progress[] = [];
    const walking = session.client.callTool({ name: "walk_steps", arguments: { steps: 5, stay: true } }, undefined, {
      signal: stopper.signal,
      onprogress: (step) => {
        seen.push(step);
        stopper.abort("seen");
      },
    });
    await expect(walking).rejects.toThrow("seen");
    expect(seen[0]).toMatchObject({ progress: 1, total: 5, message: "step 1" });
  });

  it("stops the work of a cancelled call and goes on serving", async () => {
    const stopper = new AbortController();
    const waiting = session.client.callTool({ name: "wait_forever" }, undefined, { signal: stopper.signal });
    waiting.catch(() => {});
    await session.errors.has("waiting-now");
    stopper.abort("enough");
    await expect(waiting).rejects.toThrow("enough");
    await session.errors.has("stopped-now");
    expect(textOf(await call("count_words", { text: "a b" }))).toBe("2 words");
  });

  it("runs calls side by side", async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => call("count_words", { text: "w ".repeat(index + 1) })),
    );
    expect(answers.map(textOf)).toEqual(Array.from({ length: 40 }, (_, index) => `${index + 1} words`));
  });
});

describe("a context that cannot be built", () => {
  it("is the call's error, and the next call tries again", async () => {
    await using other = await connect({ BROKEN_CONTEXTS: "2" });
    const first = (await other.client.callTool({
      name: "count_words",
      arguments: { text: "a" },
    })) as CallToolResult;
    expect(errorOf(first).code).toBe("DATABASE_CORRUPT");
    await other.client.callTool({ name: "count_words", arguments: { text: "a" } });
    const third = (await other.client.callTool({ name: "count_words", arguments: { text: "a" } })) as CallToolResult;
    expect(third.structuredContent).toMatchObject({ count: 1 });
  });
});

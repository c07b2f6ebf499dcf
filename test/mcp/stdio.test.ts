import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { messages, start } from "./client.ts";

const initialized = '"id":1';

describe("standard output", () => {
  it("carries nothing but protocol; strays land on standard error", async () => {
    await using server = start();
    server.initialize();
    server.call(2, "misbehave", { how: "print" });
    await server.output.has('"id":2');
    server.child.stdin?.end();
    await server.exited;
    expect(messages(server.output.text).map(({ id }) => id)).toEqual([1, 2]);
    expect(server.errors.text).toContain("stray-console");
    expect(server.errors.text).toContain("stray-write");
  });

  it("delivers a large answer completely when the input ends right after the question", async () => {
    await using server = start();
    server.initialize();
    server.call(2, "big_answer", { size: 8_000_000 });
    server.child.stdin?.end();
    expect(await server.exited).toEqual({ code: 0, signal: null });
    const answer = messages(server.output.text).find(({ id }) => id === 2);
    expect(JSON.stringify(answer).length).toBeGreaterThan(8_000_000);
  });

  it("ends when the client stops reading", async () => {
    await using server = start();
    server.initialize();
    await server.output.has(initialized);
    server.child.stdout?.destroy();
    server.child.stderr?.destroy();
    server.call(2, "big_answer", { size: 100_000 });
    expect((await server.exited).signal).toBeNull();
  });
});

describe("progress", () => {
  it("comes before the answer, grows with every notification, and is sent to nobody who did not ask", async () => {
    await using server = start();
    server.initialize();
    const params = { name: "walk_steps", arguments: { steps: 500 } };
    server.send({ id: 2, method: "tools/call", params });
    server.send({ id: 3, method: "tools/call", params: { ...params, _meta: { progressToken: 0 } } });
    await server.output.has('"id":3');
    const sent = messages(server.output.text);
    const steps = sent.filter(({ method }) => method === "notifications/progress").map(({ params }) => params);
    expect(steps[0]).toEqual({ progressToken: 0, progress: 1, total: 500, message: "step 1" });
    expect(steps.at(-1)).toEqual({ progressToken: 0, progress: 500, total: 500, message: "step 500" });
    expect(sent.at(-1)?.id).toBe(3);
  });
});

describe("a call that says nothing for a second", () => {
  it("is told to be still running, until it is cancelled", async () => {
    await using server = start();
    server.initialize();
    const params = { name: "walk_steps", arguments: { steps: 1, stay: true }, _meta: { progressToken: "t" } };
    server.send({ id: 2, method: "tools/call", params });
    await server.output.has("step 1 (");
    const steps = messages(server.output.text).filter(({ method }) => method === "notifications/progress");
    expect(steps[0]?.params).toEqual({ progressToken: "t", progress: 1, total: 1, message: "step 1" });
    expect(steps[1]?.params).toMatchObject({
      progressToken: "t",
      total: 1,
      message: expect.stringMatching(/\(\d+ s\)$/),
    });
    server.send({ method: "notifications/cancelled", params: { requestId: 2 } });
    server.call(3, "count_words", { text: "a" });
    await server.output.has('"id":3');
    expect(messages(server.output.text).map(({ id }) => id)).not.toContain(2);
  });
});

describe("the end of the process", () => {
  it("follows the end of input, with cleanup and exit status 0", async () => {
    await using server = start();
    server.initialize();
    await server.output.has(initialized);
    server.child.stdin?.end();
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.errors.text).toContain("cleaned-up");
  });

  it("stops running calls after the end of input", async () => {
    await using server = start();
    server.initialize();
    server.call(2, "wait_forever", {});
    await server.errors.has("waiting-now");
    server.child.stdin?.end();
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.errors.text).toMatch(/stopped-now[\s\S]*cleaned-up/);
    const answer = messages(server.output.text).find(({ id }) => id === 2);
    expect(JSON.stringify(answer)).toContain("INTERRUPTED");
  });

  it("does not wait for a call that has long been running, and does for one that was just asked for", async () => {
    await using server = start();
    server.initialize();
    server.call(2, "wait_forever", {});
    await server.errors.has("waiting-now");
    await sleep(1100);
    server.call(3, "walk_steps", { steps: 1, pause_ms: 600 });
    server.child.stdin?.end();
    expect(await server.exited).toEqual({ code: 0, signal: null });
    const sent = messages(server.output.text);
    expect(sent.map(({ id }) => id)).toEqual([1, 2, 3]);
    const byId = new Map(sent.map((message) => [message.id, message]));
    expect(JSON.stringify(byId.get(2))).toContain("INTERRUPTED");
    expect(byId.get(3)?.result).toMatchObject({ structuredContent: { walked: 1 } });
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("follows %s, running calls answered first", async (signal) => {
    await using server = start();
    server.initialize();
    server.call(2, "wait_forever", {});
    await server.errors.has("waiting-now");
    server.child.kill(signal);
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.errors.text).toMatch(/stopped-now[\s\S]*cleaned-up/);
    expect(messages(server.output.text).map(({ id }) => id)).toEqual([1, 2]);
  });
});

describe("malformed input", () => {
  it("is passed over: broken lines do not end the server, wrong calls are answered", async () => {
    await using server = start();
    server.initialize();
    server.child.stdin?.write('{"jsonrpc": "2.0", \n[]\n\u0000\n');
    server.send({ id: 2, method: "tools/call", params: { arguments: "no name" } });
    server.send({ id: 3, method: "no/such/method" });
    server.call(4, "count_words", { text: "a" });
    await server.output.has('"id":4');
    const byId = new Map(messages(server.output.text).map((message) => [message.id, message]));
    expect(byId.get(2)?.error).toMatchObject({ code: -32602 });
    expect(byId.get(3)?.error).toMatchObject({ code: -32601 });
    expect(byId.get(4)?.result).toMatchObject({ structuredContent: { count: 1 } });
  });
});

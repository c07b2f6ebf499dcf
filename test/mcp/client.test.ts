import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { isAlive } from "../../src/lib/process.ts";
import type { RemoteTools } from "../../src/model/remote.ts";
import { marks, overHttp, overStdio } from "./misbehaving.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function stdio(...given: Parameters<typeof overStdio>): RemoteTools {
  const remote = overStdio(...given);
  cleanups.push(() => remote.close());
  return remote;
}
async function http(...given: Parameters<typeof overHttp>) {
  const server = await overHttp(...given);
  cleanups.push(server.stop, () => server.remote.close());
  return server;
}
function mark(): string {
  const { path, remove } = marks();
  cleanups.push(remove);
  return path;
}
const pidOf = async (remote: RemoteTools) => ((await remote.call("pid", {})) as { pid: number }).pid;
const alive = (pid: number) => isAlive({ pid, started: "" });
async function ended(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 10_000 && alive(pid); waited += 20) await sleep(20);
  return !alive(pid);
}

const overs = {
  stdio: async (env: Record<string, string> = {}) => stdio(env),
  "Streamable HTTP": async (env: Record<string, string> = {}) => (await http(env)).remote,
  "Streamable HTTP with JSON answers": async (env: Record<string, string> = {}) =>
    (await http({ ...env, JSON_RESPONSES: "1" })).remote,
};

describe.each(Object.entries(overs))("results over %s", (_name, connect) => {
  it("come as data, whatever their form", async () => {
    const remote = await connect();
    expect(await remote.call("echo", { value: [1, { a: null }] })).toEqual({ value: [1, { a: null }] });
    expect(await remote.call("wrapped", { value: [] })).toEqual([]);
    expect(await remote.call("wrapped", { value: "text" })).toBe("text");
    expect(await remote.call("blocks", { items: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await remote.call("blocks", { items: [{ a: 1 }] })).toEqual({ a: 1 });
    expect(await remote.call("blocks", { items: [] })).toEqual([]);
    expect(await remote.call("blocks", { items: ["def test():\n  pass", "{ not json", "12"] })).toEqual([
      "def test():\n  pass",
      "{ not json",
      "12",
    ]);
  });

  it("that are errors are told with the server's words", async () => {
    const remote = await connect();
    await expect(remote.call("fails", {})).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: "the server could not answer fails: the disk is full.",
    });
    await expect(remote.call("protocol_error", {})).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringContaining("wrong parameters"),
    });
    await expect(remote.call("no_result", {})).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringContaining("no MCP result"),
    });
    expect(await remote.call("echo", { value: 1 })).toEqual({ value: 1 });
  });

  it("that are errors in our own form keep their code", async () => {
    const remote = await connect();
    await expect(remote.call("not_found", {})).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "There is no contract 7.",
      remedy: "List them.",
    });
  });

  it("may be huge, and lines that are no messages do no harm", async () => {
    const remote = await connect();
    const answer = (await remote.call("huge", { bytes: 8_000_000 })) as { blob: string };
    expect(answer.blob).toHaveLength(8_000_000);
    expect(await remote.call("noisy", {})).toEqual({ fine: true });
  });

  it("of calls side by side do not mix", async () => {
    const remote = await connect();
    const values = Array.from({ length: 50 }, (_, index) => index);
    expect(await Promise.all(values.map((value) => remote.call("echo", { value })))).toEqual(
      values.map((value) => ({ value })),
    );
  });

  it("name a tool that is not there, with what is", async () => {
    const remote = await connect();
    expect((await remote.names()).has("huge")).toBe(true);
    await expect(remote.call("decompose", {})).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringMatching(/^the server has no tool decompose; it offers echo, pid, .*huge/),
    });
  });
});

describe("a connection", () => {
  it("is made on the first call and kept for the next", async () => {
    const remote = stdio();
    expect(await pidOf(remote)).toBe(await pidOf(remote));
  });

  it("starts its server with the given environment and nothing of ours", async () => {
    process.env.SECRET = "ours";
    cleanups.push(() => delete process.env.SECRET);
    expect(await stdio().call("pid", {})).toMatchObject({ secret: null });
    expect(await stdio({ SECRET: "theirs" }).call("pid", {})).toMatchObject({ secret: "theirs" });
  });

  it("waits for a slow start, also when output comes first that is no message", async () => {
    expect(await stdio({ START: "slow:1500" }).call("echo", { value: 1 })).toEqual({ value: 1 });
    expect(await stdio({ START: "noise" }).call("echo", { value: 1 })).toEqual({ value: 1 });
  });

  it("is tried again when the server did not come up the first time", async () => {
    expect(await stdio({ START: "once", ONCE: mark() }).call("echo", { value: 1 })).toEqual({ value: 1 });
  });

  it("that cannot be made says why: the server's own last words", async () => {
    await expect(stdio({ START: "exit" }).names()).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: "the server exited with code 7: cannot open /no/such/place/state.db (tried 4 times).",
      remedy: expect.stringContaining("configuration"),
    });
  });

  it("to a command that does not exist is not tried again", async () => {
    const server = { command: "no-such-command-7", args: [], cwd: process.cwd(), env: {} };
    await expect(stdio({}, { server }).names()).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: expect.stringMatching(/did not start: no-such-command-7 could not be started in .*ENOENT\.$/),
    });
  });

  it("to a server that never gets ready ends at the start-up limit, and leaves no process", async () => {
    const remote = stdio({ START: "slow:600000" }, { startup_timeout: 0.5 });
    await expect(remote.names()).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: expect.stringContaining("did not start within 0.5 s"),
    });
  });

  it("to a program that speaks no MCP says what it wrote", async () => {
    const args = ["-e", "console.log('hello there'); setTimeout(() => {}, 60000)"];
    const server = { command: process.execPath, args, cwd: process.cwd(), env: {} };
    await expect(stdio({}, { server, startup_timeout: 1 }).names()).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: expect.stringMatching(/within 1 s; it wrote .*hello there/),
    });
  });

  it("is not closed to others by one caller who gives up while it is made", async () => {
    const remote = stdio({ START: "slow:700" });
    const stopper = new AbortController();
    const given = remote.call("echo", { value: 1 }, { signal: stopper.signal });
    const kept = remote.call("echo", { value: 2 });
    stopper.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await expect(remote.names({ signal: stopper.signal })).rejects.toThrow("enough");
    expect(await kept).toEqual({ value: 2 });
  });
});

describe("a server that dies in the middle of an answer", () => {
  it("is started again, and a call that is safe to repeat is repeated", async () => {
    expect(await stdio({ ONCE: mark() }).call("dies_once", {})).toEqual({ survived: true });
  });

  it("is given up after three repetitions, with its last words", async () => {
    const remote = stdio();
    await expect(remote.call("dies", {})).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: "the server exited with code 9: out of memory, good bye (tried 4 times).",
    });
    expect(await remote.call("echo", { value: 1 })).toEqual({ value: 1 });
  });

  it("does not get a call again that is not known to be safe, unless the caller knows", async () => {
    const once = mark();
    const remote = stdio({ ONCE: once });
    await expect(remote.call("dies_after_work", {})).rejects.toMatchObject({
      message: "the server exited with code 9: out of memory, good bye.",
    });
    expect(existsSync(`${once}-worked`)).toBe(true);
    await expect(remote.call("dies_after_work", {}, { repeatable: true })).rejects.toThrow("tried 4 times");
    await expect(remote.call("dies", {}, { repeatable: false })).rejects.not.toThrow("tried");
  });

  it("fails the calls beside it only as far as they were on it", async () => {
    const remote = stdio({ ONCE: mark() });
    const beside = Array.from({ length: 5 }, (_, value) => remote.call("echo", { value }));
    expect(await remote.call("dies_once", {})).toEqual({ survived: true });
    expect(await Promise.all(beside)).toHaveLength(5);
  });

  it("over HTTP is noticed at once, and found again after its restart", async () => {
    const server = await http({ ONCE: mark() }, { retry_delay: 0.4 });
    const [answer] = await Promise.all([server.remote.call("dies_once", {}), server.restart()]);
    expect(answer).toEqual({ survived: true });
  });

  it("over HTTP and stays away is told as that", async () => {
    const { remote, gone } = await http({ ONCE: mark() });
    await expect(remote.call("dies_after_work", {})).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: "the server ended the stream in the middle of an answer.",
    });
    await gone();
    await expect(remote.call("echo", { value: 1 })).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: expect.stringMatching(/ECONNREFUSED.* \(tried 4 times\)\.$/),
    });
  });

  it("over HTTP between two calls costs nobody anything", async () => {
    const server = await http();
    expect(await server.remote.call("echo", { value: 1 })).toEqual({ value: 1 });
    await server.stop();
    await server.restart();
    expect(await server.remote.call("echo", { value: 2 })).toEqual({ value: 2 });
  });
});

describe("a server that does not answer", () => {
  it("costs the time limit; what is safe is asked once more, of a new one", async () => {
    const remote = stdio({ ONCE: mark() }, { tool_timeout: 1 });
    const pid = await pidOf(remote);
    expect(await remote.call("hangs_once", {})).toEqual({ survived: true });
    expect(await pidOf(remote)).not.toBe(pid);
    expect(await ended(pid)).toBe(true);
    await expect(remote.call("hangs", {})).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: "the server did not answer hangs within 1 s (tried 2 times).",
    });
    expect(await remote.call("echo", { value: 1 })).toEqual({ value: 1 });
  });

  it("because it is busy with a cancelled call does not keep the next one waiting", async () => {
    const remote = stdio();
    const busy = await pidOf(remote);
    const stopper = new AbortController();
    const given = remote.call("blocks_the_loop", { ms: 600_000 }, { signal: stopper.signal });
    setTimeout(() => stopper.abort(new Error("not needed")), 100);
    await expect(given).rejects.toThrow("not needed");
    expect(await remote.call("echo", { value: 1 })).toEqual({ value: 1 });
    expect(await ended(busy)).toBe(true);
  });

  it("leaves calls alone that run beside the cancelled one", async () => {
    const remote = stdio();
    await remote.names();
    const stopper = new AbortController();
    const given = remote.call("hangs", {}, { signal: stopper.signal });
    const beside = remote.call("huge", { bytes: 3_000_000 });
    stopper.abort(new Error("not needed"));
    await expect(given).rejects.toThrow("not needed");
    expect(await beside).toHaveProperty("blob");
  });

  it("over HTTP ends at the limit too", async () => {
    const { remote } = await http({}, { tool_timeout: 0.5 });
    await expect(remote.call("hangs", {}, { repeatable: false })).rejects.toThrow("did not answer hangs within 0.5 s");
    expect(await remote.call("echo", { value: 1 })).toEqual({ value: 1 });
  });
});

describe("closing", () => {
  it("ends the server and what it started, also when it is deaf", async () => {
    const remote = overStdio({ START: "deaf" });
    const { pid: child } = (await remote.call("has_child", {})) as { pid: number };
    const pid = await pidOf(remote);
    expect([alive(pid), alive(child)]).toEqual([true, true]);
    await remote.close();
    expect([alive(pid), alive(child)]).toEqual([false, false]);
    await expect(remote.call("echo", { value: 1 })).rejects.toMatchObject({ code: "REMOTE_UNAVAILABLE" });
  });

  it("does not wait for a server that is still starting", async () => {
    const remote = overStdio({ START: "slow:600000" }, { startup_timeout: 600 });
    const names = remote.names();
    names.catch(() => {});
    await sleep(300);
    await remote.close();
    await expect(names).rejects.toMatchObject({ code: "REMOTE_UNAVAILABLE" });
  });

  it("a connection that was never used starts nothing", async () => {
    await overStdio({ START: "exit" }).close();
  });

  it("ends what a server left when it died", async () => {
    const remote = stdio({ ONCE: mark() });
    const { pid: child } = (await remote.call("has_child", {})) as { pid: number };
    await expect(remote.call("dies_after_work", {})).rejects.toThrow("exited with code 9");
    expect(await ended(child)).toBe(true);
  });
});

describe("a server whose client was killed", () => {
  it("ends, because its input does", async () => {
    const holder = fileURLToPath(new URL("holder.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", holder], { stdio: ["ignore", "pipe", "inherit"] });
    cleanups.push(() => child.kill("SIGKILL"));
    const [line] = await once(child.stdout, "data");
    const pid = Number(String(line));
    expect(alive(pid)).toBe(true);
    child.kill("SIGKILL");
    expect(await ended(pid)).toBe(true);
  });
});

describe("headers", () => {
  it("let us in, and without them it says so at once", async () => {
    const authorization = "Bearer secret-7";
    const { remote } = await http({ TOKEN: "secret-7" }, { headers: { authorization } });
    expect(await remote.call("echo", { value: 1 })).toEqual({ value: 1 });
    const refused = await http({ TOKEN: "secret-7" });
    await expect(refused.remote.names()).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: "the server refused us (HTTP 401); look at its headers in the configuration.",
    });
  });
});

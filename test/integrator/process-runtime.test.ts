import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createProcessRuntime } from "../../src/integrator/runtimes/process.ts";
import { startCommand } from "../../src/integrator/runtimes/start-command.ts";
import { wholeSystem } from "./contracts.ts";
import { runtimeContract } from "./runtime-contract.ts";
import { runningServices, systemOf, temporary } from "./system.ts";

const runtime = createProcessRuntime();

describe("a deployment", () => {
  runtimeContract(runtime, {
    contained: false,
    leftovers: async () => runningServices(),
    started: async () => runningServices(),
    timeout_ms: 60_000,
  });

  test("gives each service the environment it is promised, and none of ours", async () => {
    const { request } = systemOf(
      { tasks: "node -e console.log(JSON.stringify(process.env))", audit: "audit" },
      wholeSystem(),
    );
    process.env.OUR_SECRET = "not for services";
    const environments: Record<string, string>[] = [];
    const spawn: typeof request.spawn = (spec) => {
      environments.push(spec.env);
      return request.spawn(spec);
    };
    const deployment = await runtime.deploy({ ...request, spawn, health_timeout_ms: 500 });
    delete process.env.OUR_SECRET;
    await deployment.stop();
    const [tasks, audit] = environments;
    expect(tasks).toMatchObject({
      SERVICE_NAME: "tasks",
      HOST: "127.0.0.1",
      PORT: expect.stringMatching(/^\d+$/),
      LOG_LEVEL: "info",
    });
    expect(tasks?.JWT_SECRET).toMatch(/^[0-9a-f]{64}$/);
    expect(tasks?.JWT_SECRET).toBe(audit?.JWT_SECRET);
    expect(tasks?.EVENT_SECRET).not.toBe(tasks?.JWT_SECRET);
    expect(audit?.TASKS_URL).toBe(`http://127.0.0.1:${tasks?.PORT}`);
    expect(JSON.parse(tasks?.EVENT_SUBSCRIBERS ?? "")).toEqual({
      "task.created": [`http://127.0.0.1:${audit?.PORT}/_events`],
    });
    expect(JSON.stringify(environments)).not.toContain("OUR_SECRET");
  });

  test("an abort while a child is being started ends that child too", async () => {
    const { request, controller, started, stillRunning } = systemOf({ tasks: "tasks", other: "tasks" });
    const spawn: typeof request.spawn = async (spec) => {
      const child = await request.spawn(spec);
      controller.abort(new Error("now"));
      await new Promise((resolve) => setTimeout(resolve, 50));
      return child;
    };
    await expect(runtime.deploy({ ...request, spawn })).rejects.toThrow("now");
    expect(started).toHaveLength(1);
    expect(stillRunning()).toEqual([]);
  });

  test("a port that another program takes in between costs a new start, not the service", async () => {
    const { request, started, stillRunning } = systemOf({ tasks: "tasks", audit: "audit" }, wholeSystem());
    const thief = createServer((_incoming, answer) => void answer.writeHead(404).end());
    const spawn: typeof request.spawn = async (spec) => {
      if (!thief.listening)
        await new Promise<void>((resolve) => thief.listen(Number(spec.env.PORT), "127.0.0.1", resolve));
      return request.spawn(spec);
    };
    const deployment = await runtime.deploy({ ...request, spawn });
    expect(deployment.services.map(({ healthy }) => healthy)).toEqual([true, true]);
    expect(started).toHaveLength(4);
    await deployment.stop();
    thief.close();
    expect(stillRunning()).toEqual([]);
  });

  test("a program that is not installed is the machine's fault", async () => {
    const { request } = systemOf({ tasks: "tasks" });
    const directory = request.services[0]?.directory ?? "";
    writeFileSync(join(directory, "package.json"), "{}");
    writeFileSync(join(directory, "go.mod"), "module x");
    writeFileSync(join(directory, "main.go"), "package main");
    const path = process.env.PATH;
    process.env.PATH = "/nowhere";
    try {
      await expect(runtime.deploy(request)).rejects.toMatchObject({
        code: "ENVIRONMENT",
        message: expect.stringContaining("go"),
      });
    } finally {
      process.env.PATH = path;
    }
  });
});

describe("the start command", () => {
  const folder = (files: Record<string, string>) => {
    const root = temporary();
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  };
  const pack = (scripts: Record<string, string>) => JSON.stringify({ scripts });

  test.each<[string, Record<string, string>, unknown]>([
    [
      "plain node",
      { "package.json": pack({ start: "node  --enable-source-maps src/server.js" }) },
      { command: process.execPath, args: ["--enable-source-maps", "src/server.js"] },
    ],
    [
      "anything else by npm",
      { "package.json": pack({ start: "NODE_ENV=production node server.js" }) },
      { command: "npm", args: ["start", "--silent"] },
    ],
    ["shell syntax by npm", { "package.json": pack({ start: "node a.js && node b.js" }) }, { command: "npm" }],
    ["hooks by npm", { "package.json": pack({ start: "node a.js", prestart: "node build.js" }) }, { command: "npm" }],
    ["npm's default", { "package.json": "{}", "server.js": "" }, { command: process.execPath, args: ["server.js"] }],
    [
      "Procfile",
      { Procfile: "worker: x\nweb: ./serve --port $PORT\n" },
      { command: "sh", args: ["-c", "exec ./serve --port $PORT"] },
    ],
    ["Python script", { "main.py": "print('hi')" }, { command: "python3", args: ["main.py"] }],
    [
      "Python beside a package.json without start",
      { "package.json": pack({ test: "x" }), "app.py": "" },
      { command: "python3", args: ["app.py"] },
    ],
    [
      "ASGI application",
      { "app/main.py": "app = FastAPI(title='x')\n", "requirements.txt": "fastapi\nuvicorn" },
      { command: "python3", args: ["-c", expect.stringContaining('"app.main:app"')] },
    ],
    ["Go", { "go.mod": "module x", "main.go": "package main" }, { command: "go", args: ["run", "."] }],
    ["nothing", { "README.md": "" }, undefined],
    ["broken manifest", { "package.json": "{" }, undefined],
  ])("%s", (_name, files, expected) => {
    const found = startCommand(folder(files));
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected as object);
  });

  test("a virtual environment's Python comes first", () => {
    const root = folder({ "main.py": "", ".venv/bin/python": "" });
    expect(startCommand(root)?.command).toBe(join(root, ".venv/bin/python"));
  });
});

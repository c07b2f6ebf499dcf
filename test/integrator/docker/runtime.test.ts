import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Docker from "dockerode";
import { afterEach, describe, expect, test } from "vitest";
import { createAutoRuntime } from "../../../src/integrator/runtimes/auto.ts";
import { createDockerRuntime } from "../../../src/integrator/runtimes/docker.ts";
import { createProcessRuntime } from "../../../src/integrator/runtimes/process.ts";
import { openTracing } from "../../../src/integrator/tracing/tracing.ts";
import { wholeSystem } from "../contracts.ts";
import { runtimeContract } from "../runtime-contract.ts";
import { systemOf, temporary } from "../system.ts";
import { describeDocker, everythingOf } from "./engine.ts";

const MINUTES = { timeout: 300_000 };
const settings = {
  gateway: "builtin" as const,
  traefik_image: "traefik:v3.6",
  compose_file: "/nowhere/docker-compose.yml",
  test_compose_file: "/nowhere/docker-compose.test.yml",
};
const runtime = createDockerRuntime(settings);
/** Fixture systems are called so; this file alone deploys them. */
const everything = () => everythingOf("so-fixture-");
const contained = (parts: Record<string, string>, contracts = wholeSystem()) =>
  systemOf(parts, contracts, { contained: true });

describeDocker("a deployment on Docker", () => {
  runtimeContract(runtime, {
    contained: true,
    leftovers: everything,
    started: async () => (await everything()).containers,
    timeout_ms: MINUTES.timeout,
  });

  test("services in containers report their spans to whoever watches", MINUTES, async () => {
    const { request } = contained({ tasks: "tasks" });
    appendFileSync(join(request.services[0]?.directory ?? "", "service.mjs"), REPORTS_A_SPAN);
    const tracing = await openTracing();
    try {
      const deployment = await runtime.deploy({ ...request, watched: tracing });
      expect(deployment.services[0]?.error).toBe("");
      await expect
        .poll(() => tracing.receiver.spans.all(), MINUTES)
        .toMatchObject([{ service: "tasks", name: "started" }]);
      await deployment.stop();
    } finally {
      await tracing.close();
    }
  });

  test("two at once do not meet", MINUTES, async () => {
    const before = await everything();
    const systems = [contained({ tasks: "tasks", audit: "audit" }), contained({ tasks: "tasks", audit: "audit" })];
    const [first, second] = await Promise.all(systems.map(({ request }) => runtime.deploy(request)));
    expect(first?.services.concat(second?.services ?? []).map(({ error }) => error)).toEqual(["", "", "", ""]);
    const urls = [first, second].flatMap((one) => one?.services.map(({ url }) => url) ?? []);
    expect(new Set(urls).size).toBe(4);
    expect(first?.jwt_secret).not.toBe(second?.jwt_secret);
    await Promise.all([first?.stop(), second?.stop()]);
    expect(await everything()).toEqual(before);
  });

  test("some after one another leave nothing behind", { timeout: 600_000 }, async () => {
    const before = await everything();
    for (let round = 0; round < 3; round += 1) {
      const { request } = contained({ tasks: "tasks" });
      const deployment = await runtime.deploy(request);
      expect(deployment.services[0]?.error).toBe("");
      await deployment.stop();
    }
    expect(await everything()).toEqual(before);
  });

  test("what a killed owner left behind is gone with the next start", MINUTES, async () => {
    const before = await everything();
    const { request } = contained({ tasks: "tasks never-healthy", audit: "audit" });
    const script = join(temporary(), "owner.mts");
    const given = JSON.stringify({ ...request, spawn: undefined, signal: undefined, step: undefined });
    writeFileSync(
      script,
      `import { createDockerRuntime } from ${JSON.stringify(join(import.meta.dirname, "../../../src/integrator/runtimes/docker.ts"))};
       import { spawnGroup } from ${JSON.stringify(join(import.meta.dirname, "../../../src/lib/exec.ts"))};
       const request = { ...${given}, spawn: spawnGroup, signal: new AbortController().signal };
       await createDockerRuntime(${JSON.stringify(settings)}).deploy(request);`,
    );
    const owner = spawn(process.execPath, ["--import", "tsx", script], { stdio: "inherit", cwd: process.cwd() });
    // In the middle of `up`: one container is there, and the owner still waits for it.
    await expect.poll(async () => (await everything()).containers, MINUTES).not.toEqual(before.containers);
    owner.kill("SIGKILL");
    await new Promise((resolve) => owner.once("close", resolve));
    // Compose itself outlives its starter; a pipeline ends it by its mark before anything else is started.
    await expect.poll(composeRuns, MINUTES).toBe(false);
    expect((await everything()).networks).not.toEqual(before.networks);
    const next = contained({ tasks: "tasks" });
    const deployment = await runtime.deploy(next.request);
    await deployment.stop();
    expect(await everything()).toEqual(before);
  });

  test("a build that fails is its service's fault, and says why", MINUTES, async () => {
    const { request } = contained({ tasks: "tasks", broken: "tasks" });
    const directory = request.services[1]?.directory ?? "";
    writeFileSync(join(directory, "Dockerfile"), 'FROM node:24-bookworm-slim\nRUN echo "cannot compile" && exit 7\n');
    const deployment = await runtime.deploy(request);
    await deployment.stop();
    expect(deployment.services[0]?.error).toBe("");
    expect(deployment.services[1]?.error).toContain("The image of broken could not be built");
    expect(deployment.services[1]?.error).toContain("cannot compile");
    // Containers of build steps have no name of ours.
    const left = await new Docker().listContainers({ all: true });
    expect(left.filter(({ Command }) => Command.includes("cannot compile"))).toEqual([]);
  });

  test("an unhealthy container is told by its own health check", MINUTES, async () => {
    const { request } = contained({ tasks: "tasks" });
    const directory = request.services[0]?.directory ?? "";
    writeFileSync(
      join(directory, "Dockerfile"),
      [
        "FROM node:24-bookworm-slim",
        "WORKDIR /app",
        "COPY service.mjs package.json ./",
        "USER node",
        'HEALTHCHECK --interval=1s --retries=1 CMD ["node", "-e", "console.log(\'disk is full\'); process.exit(1)"]',
        'CMD ["node", "service.mjs", "tasks"]',
      ].join("\n"),
    );
    const deployment = await runtime.deploy({ ...request, health_timeout_ms: 20_000 });
    await deployment.stop();
    expect(deployment.services[0]?.error).toMatch(/own health check has not passed|health check fails: disk is full/);
  });

  test("a missing base image is told by name", MINUTES, async () => {
    const { request } = contained({ tasks: "tasks" });
    writeFileSync(join(request.services[0]?.directory ?? "", "Dockerfile"), "FROM 127.0.0.1:9/nobody/has-this:1\n");
    const outcome = await runtime.deploy(request).then(
      async (deployment) => {
        await deployment.stop();
        return deployment.services[0]?.error ?? "";
      },
      (cause: Error) => cause.message,
    );
    expect(outcome).toMatch(/image/i);
    expect(outcome).toContain("Last log lines");
    expect(await createDockerRuntime(settings).obstacle(request)).toContain(
      "127.0.0.1:9/nobody/has-this:1 cannot be had",
    );
  });

  test("auto takes processes where the services cannot be built, and says why", MINUTES, async () => {
    const { request } = contained({ tasks: "tasks" });
    writeFileSync(join(request.services[0]?.directory ?? "", "Dockerfile"), "FROM 127.0.0.1:9/nobody/has-this:1\n");
    const auto = createAutoRuntime(runtime, createProcessRuntime());
    const deployment = await auto.deploy(request);
    expect(deployment.runtime).toMatch(
      /^process \(not docker: the image 127\.0\.0\.1:9\/nobody\/has-this:1 cannot be had/,
    );
    expect(deployment.services[0]?.healthy).toBe(true);
    await deployment.stop();
    const can = contained({ tasks: "tasks" });
    const onDocker = await auto.deploy(can.request);
    expect(onDocker.runtime).toMatch(/^docker \(builtin gateway: the configuration asks for it; engine/);
    await onDocker.stop();
  });

  test("a port that is taken in the user's own file is told, and nothing is left", MINUTES, async () => {
    const before = await everything();
    const thief = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => thief.once("listening", resolve));
    const { port } = thief.address() as AddressInfo;
    const { request } = contained({ tasks: "tasks" });
    const file = join(temporary(), "docker-compose.yml");
    const directory = request.services[0]?.directory ?? "";
    writeFileSync(join(directory, "Dockerfile"), DOCKERFILE);
    writeFileSync(
      file,
      `services:\n  tasks:\n    build: ${directory}\n    ports: ["127.0.0.1:${port}:8080"]\n    environment: {PORT: "8080", HOST: 0.0.0.0, JWT_SECRET: x, EVENT_SECRET: x}\n`,
    );
    const own = createDockerRuntime({ ...settings, compose_file: file });
    await expect(own.deploy(request)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("taken"),
    });
    expect(await everything()).toEqual(before);
    thief.close();
    await new Promise((resolve) => thief.once("close", resolve));
    const deployment = await own.deploy(request);
    expect(deployment.services[0]).toMatchObject({ error: "", url: `http://127.0.0.1:${port}` });
    await deployment.stop();
    expect(await everything()).toEqual(before);
    expect(readFileSync(file, "utf8")).not.toContain("traefik");
  });

  test("Python and Go run beside Node", MINUTES, async (context) => {
    const { request } = contained({ node: "tasks", python: "tasks", goes: "tasks" });
    const [, python = "", goes = ""] = request.services.map(({ directory }) => directory);
    for (const directory of [python, goes]) {
      rmSync(directory, { recursive: true });
      mkdirSync(directory);
    }
    writeFileSync(join(python, "main.py"), PYTHON);
    // Compiled here: there is no image of Go where no registry is reached.
    writeFileSync(join(goes, "go.mod"), "module service\n\ngo 1.19\n");
    writeFileSync(join(goes, "main.go"), GO);
    writeFileSync(
      join(goes, "Dockerfile"),
      'FROM debian:bookworm-slim\nCOPY service /service\nUSER 65534\nCMD ["/service"]\n',
    );
    const built = spawnSync("go", ["build", "-o", "service", "."], {
      cwd: goes,
      env: { ...process.env, CGO_ENABLED: "0" },
    });
    if (built.error) context.skip("go is not installed");
    expect(built.stderr.toString()).toBe("");
    const services = request.services.map(({ service, directory }) => ({
      service: { ...service, stack: { ...service.stack, language: service.name === "goes" ? "go" : service.name } },
      directory,
    }));
    const deployment = await runtime.deploy({ ...request, services });
    expect(deployment.services.map(({ error }) => error)).toEqual(["", "", ""]);
    for (const name of ["python", "goes"]) {
      const answer = await fetch(`${deployment.gateway_url}/api/${name}/who`);
      expect(await answer.json()).toEqual({ service: name, neighbour: "http://node:8080" });
    }
    await deployment.stop();
  });
});

describe("without an engine", () => {
  const host = process.env.DOCKER_HOST;
  afterEach(() => {
    if (host === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = host;
  });

  test.each([
    ["nobody at a socket", "unix:///nowhere/docker.sock"],
    ["nobody at a port", "tcp://127.0.0.1:9"],
  ])("%s: the error says where it looked and what to do", async (_name, address) => {
    process.env.DOCKER_HOST = address;
    const { request } = contained({ tasks: "tasks" });
    await expect(runtime.deploy(request)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining(`No Docker engine answers at ${address} (DOCKER_HOST)`),
      remedy: expect.stringContaining("integration.runtime: process"),
    });
  });
});

const REPORTS_A_SPAN = `
const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: reporter } = process.env;
const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", name: "started", kind: 2, startTimeUnixNano: "1", endTimeUnixNano: "2" };
const resource = { attributes: [{ key: "service.name", value: { stringValue: reporter } }] };
await fetch(endpoint + "/v1/traces", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
});
`;

const DOCKERFILE = `FROM node:24-bookworm-slim
WORKDIR /app
COPY service.mjs package.json ./
USER node
CMD ["node", "service.mjs", "tasks"]
`;

const PYTHON = `import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"service": os.environ["SERVICE_NAME"], "neighbour": os.environ["NODE_URL"]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
`;

const GO = `package main

import (
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"service": os.Getenv("SERVICE_NAME"), "neighbour": os.Getenv("NODE_URL")})
	})
	panic(http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), nil))
}
`;

async function composeRuns(): Promise<boolean> {
  return readdirSync("/proc").some((pid) => {
    try {
      return (
        /compose/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")) &&
        /so-fixture-/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"))
      );
    } catch {
      return false;
    }
  });
}

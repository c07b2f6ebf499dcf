import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { IntegrateRequest } from "../../src/integrator/integrate.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import { hashOf } from "../../src/lib/ids.ts";
import { isAlive, type ProcessIdentity } from "../../src/lib/process.ts";
import { unrecorded } from "../../src/lib/step.ts";
import type { Contract } from "../../src/model/contract.ts";
import { Service, ServiceMap } from "../../src/model/service-map.ts";

const SERVICE = join(import.meta.dirname, "../fixtures/integrator/service.mjs");

/** A folder that is gone after the test. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "integrator-"));
  folders.push(folder);
  return folder;
}
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Children of every system that still run. */
export function runningServices(): number[] {
  return systems
    .flat()
    .filter(isAlive)
    .map(({ pid }) => pid);
}
const systems: ProcessIdentity[][] = [];

/**
 * A system of fixture services, by name: what each is and its fault ("tasks", "audit no-event"). With `contained` their
 * folders hold all they need, as a container does.
 */
export function systemOf(
  parts: Record<string, string>,
  contracts: Contract[] = [],
  options: { contained?: boolean } = {},
) {
  const root = temporary();
  const started: ProcessIdentity[] = [];
  const services = Object.entries(parts).map(([name, command]) => {
    const directory = join(root, name);
    mkdirSync(directory);
    if (options.contained) cpSync(SERVICE, join(directory, "service.mjs"));
    const program = options.contained ? "service.mjs" : SERVICE;
    const start = command.startsWith("node ") ? command : `node ${program} ${command}`;
    writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module", scripts: { start } }));
    return { service: Service.parse({ name, stack: { language: "javascript" } }), directory };
  });
  const service_map = ServiceMap.parse({
    project_name: "fixture",
    services: services.map(({ service }) => service),
    generated_at: "2026-01-01T00:00:00Z",
    prd_hash: "0",
  });
  systems.push(started);
  const controller = new AbortController();
  const request: IntegrateRequest = {
    pipeline_id: "fixture",
    attempt: 0,
    services,
    service_map,
    contracts,
    excluded: [],
    max_seconds: 600,
    fuzz: null,
    pacts: null,
    log_dir: join(root, "logs"),
    health_timeout_ms: 20_000,
    step: unrecorded,
    spawn: async (spec) => {
      const child = await spawnGroup(spec);
      started.push(child);
      return child;
    },
    signal: controller.signal,
  };
  return { request, controller, started, stillRunning: () => started.filter(isAlive) };
}

export function contract(service_name: string, type: Contract["type"], spec: Record<string, unknown>): Contract {
  return {
    id: `${service_name}-${type}`,
    service_name,
    type,
    version: "1.0.0",
    spec,
    spec_hash: hashOf(spec),
    status: "active",
    build_cycle_id: null,
    created_at: "",
    updated_at: "",
  };
}

/** Whether nothing listens at a base URL any more. */
export function isClosed(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port: Number(new URL(url).port) });
    socket.once("connect", () => resolve(socket.destroy() === undefined));
    socket.once("error", () => resolve(true));
  });
}

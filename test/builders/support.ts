import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll } from "vitest";
import type { BuildTask } from "../../src/builders/port.ts";
import { baseEnvironment, spawnGroup } from "../../src/lib/exec.ts";
import { hashOf } from "../../src/lib/ids.ts";
import type { Contract, ContractDraft } from "../../src/model/contract.ts";
import { Plan } from "../../src/model/plan.ts";
import { Service } from "../../src/model/service-map.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A fresh folder, removed when the test file ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "builders-"));
  folders.push(folder);
  return folder;
}

export const shop = Plan.parse(
  JSON.parse(readFileSync(new URL("../fixtures/shop/plan.json", import.meta.url), "utf8")),
);

export function registered(draft: ContractDraft): Contract {
  const at = "2026-01-01T00:00:00.000Z";
  const fixed = { id: `${draft.service_name}-${draft.type}`, status: "active" as const, build_cycle_id: null };
  return { ...draft, ...fixed, spec_hash: hashOf(draft.spec), created_at: at, updated_at: at };
}

/** A task for one service of the shop, or for any service with contracts of its own. */
export function taskFor(root: string, name: string, over: Partial<BuildTask> = {}): BuildTask {
  const contracts = shop.contracts.map(registered);
  const service =
    over.service ??
    shop.service_map.services.find((one) => one.name === name) ??
    Service.parse({ name, stack: { language: "javascript" } });
  const output_dir = join(root, "services", name);
  mkdirSync(output_dir, { recursive: true });
  return {
    pipeline_id: "test",
    service,
    output_dir,
    prd: "",
    domain_model: shop.domain_model,
    contracts: contracts.filter(({ service_name }) => service_name === name),
    consumed: contracts.filter(({ service_name }) => service_name !== name),
    attempt: 1,
    findings: [],
    config: {},
    timeout_ms: 60_000,
    log_file: join(root, "logs", `${name}.log`),
    spawn: spawnGroup,
    signal: new AbortController().signal,
    ...over,
  };
}

export interface RunningService {
  url: string;
  /** Every line it has logged. */
  logs: Record<string, unknown>[];
  process: ChildProcess;
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>;
}

const started: RunningService[] = [];
afterAll(async () => {
  for (const service of started) if (service.process.exitCode === null) await service.stop();
});

/** Start what was built the way a runtime does, and wait until it serves. */
export async function start(directory: string, env: Record<string, string> = {}): Promise<RunningService> {
  const child = spawn(process.execPath, ["src/server.js"], {
    cwd: directory,
    env: baseEnvironment({ HOST: "127.0.0.1", PORT: "0", ...env }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const logs: Record<string, unknown>[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const entry: Record<string, unknown> = JSON.parse(line);
      logs.push(entry);
      if (entry.msg === "listening") resolve(Number(entry.port));
    });
    exited.then(() => reject(new Error(`ended before it served: ${JSON.stringify(logs)}`)), reject);
  });
  const service: RunningService = {
    url: `http://127.0.0.1:${port}`,
    logs,
    process: child,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
  };
  started.push(service);
  return service;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: documents of many forms are looked into by the tests.
  body: any;
}

/** One JSON request. */
export async function ask(
  url: string,
  options: { method?: string; body?: unknown; token?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { method = options.body === undefined ? "GET" : "POST", body, token, headers = {} } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

/** Wait until something holds; fails after ten seconds. */
export async function eventually<Value>(look: () => Promise<Value> | Value, what: string): Promise<NonNullable<Value>> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const value = await look();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not happen.`);
}

export function freshSecret(): string {
  return randomBytes(24).toString("hex");
}

export function signature(body: string, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

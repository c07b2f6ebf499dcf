import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Context, createContext } from "../../src/context.ts";
import { freePorts } from "../../src/integrator/runtimes/free-port.ts";
import { silentLog } from "../../src/lib/log.ts";
import { runOperation } from "../../src/lib/operation.ts";
import { TOOLS } from "../../src/tools/index.ts";
import { startService } from "../integrator/tracing/system.ts";

let ctx: Context;
beforeEach(() => {
  ctx = createContext({ workspace: mkdtempSync(join(tmpdir(), "so-tracing-")), log: silentLog(), cliEntry: "" });
});
afterEach(() => {
  ctx.close();
  rmSync(ctx.workspace, { recursive: true, force: true });
});

async function tool(name: string, input: Record<string, unknown>) {
  const found = TOOLS.find((one) => one.name === name);
  if (!found) throw new Error(`no tool ${name}`);
  const call = { ctx, signal: new AbortController().signal, progress: () => {} };
  const answer = await runOperation(found, input, async () => call);
  return { answer, text: found.text(answer), exit: found.exitCode?.(answer) ?? 0 };
}

/** Two services that report to a port, and the first one's address. */
async function system(faults: string): Promise<{ url: string; port: number }> {
  const [port = 0] = await freePorts(1);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
  const ledger = await startService("ledger", "", env);
  const orders = await startService("orders", faults, { ...env, NEXT_URL: ledger.url });
  return { url: orders.url, port };
}

describe("trace_data_flow", () => {
  it("follows one request through services that report to its port", async () => {
    const { url, port } = await system("");
    const body = JSON.stringify({ sku: "A-1", note: "gift", amount: 3 });
    const { answer, text, exit } = await tool("trace_data_flow", { url, port, method: "POST", path: "/things", body });
    expect(answer).toMatchObject({ verdict: "passed", next_step: "The trace is whole and no field was lost." });
    expect(text).toMatch(/\norders {2}POST \/things .*\n└─ ledger {2}POST \/things/);
    expect(text).toContain("ledger");
    expect(exit).toBe(0);
    expect(answer.environment).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${port}`);
  });

  it("follows requests of a file, each with what the one before answered, and ends with 1 when the trace broke", async () => {
    const { url, port } = await system("new-trace");
    writeFileSync(
      join(ctx.workspace, "requests.yaml"),
      `steps:
  - { id: made, service: orders, method: POST, path: /things, body: { sku: A-1, note: gift, amount: 3 } }
  - { service: orders, path: "/things?after=\${steps.made.body.id}" }
`,
    );
    const { answer, text, exit } = await tool("trace_data_flow", { url, port, requests: "requests.yaml" });
    expect(answer).toMatchObject({ verdict: "failed", violations: [{ code: "TRACE-FLOW-001" }] });
    expect(text).toContain("TRACE LOST");
    expect(exit).toBe(1);
  });

  it("says what services need when nothing is observed, which is not passed", async () => {
    const { url } = await system("no-spans,no-logs,drops-header");
    const { answer, text, exit } = await tool("trace_data_flow", { url, port: 0, path: "/things", wait: 0.3 });
    expect(answer).toMatchObject({ verdict: "skipped", reason: expect.stringContaining("Not observed") });
    expect(text).toContain("OTEL_TRACES_EXPORTER=otlp");
    expect(exit).toBe(0);
  });

  it.each([
    [{}, "INVALID_INPUT"],
    [{ path: "/x", requests: "y" }, "INVALID_INPUT"],
    [{ path: "x" }, "INVALID_INPUT"],
    [{ path: "/x", body: "{" }, "INVALID_INPUT"],
    [{ path: "/x", log: ["orders"] }, "INVALID_INPUT"],
    [{ path: "/x", log: ["orders=nowhere.log"] }, "NOT_FOUND"],
    [{ requests: "nowhere.yaml" }, "NOT_FOUND"],
    [{ url: "ftp://x", path: "/x" }, "INVALID_INPUT"],
    [{ path: "/x" }, "REMOTE_UNAVAILABLE"],
  ])("%j is refused with %s", async (input, code) => {
    const [free] = await freePorts(1);
    const run = tool("trace_data_flow", { url: `http://127.0.0.1:${free}`, port: 0, ...input });
    await expect(run).rejects.toMatchObject({ code, remedy: expect.stringMatching(/\.$/) });
  });
});

describe("check_health", () => {
  it("tells each service's state; one that is down ends with 1", async () => {
    const { url } = await system("");
    const [free = 0] = await freePorts(1);
    const services = [`orders=${url}/things`, `gone=http://127.0.0.1:${free}`];
    const { answer, text, exit } = await tool("check_health", { services });
    expect(answer).toMatchObject({
      ...{ healthy: 1, total: 2, next_step: expect.stringContaining("gone: Nothing listens") },
      services: [
        { service: "orders", status: "healthy", http_status: 200 },
        { service: "gone", status: "unreachable", url: `http://127.0.0.1:${free}/health` },
      ],
    });
    expect(text).toMatch(/orders +healthy/);
    expect(exit).toBe(1);
  });

  it("takes a service map, and asks below the gateway", async () => {
    const { url } = await system("");
    const service = { name: "orders", stack: { language: "go" }, health_endpoint: "/health" };
    writeFileSync(join(ctx.workspace, "map.json"), JSON.stringify({ services: [service] }));
    const { answer, exit } = await tool("check_health", { service_map: "map.json", url });
    expect(answer).toMatchObject({ services: [{ url: `${url}/api/orders/health`, status: "healthy" }] });
    expect(exit).toBe(0);
  });

  it.each([[{}], [{ services: ["nonsense"] }], [{ services: ["file:///etc/passwd"] }]])(
    "%j is refused",
    async (input) => {
      await expect(tool("check_health", input)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    },
  );
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Context, createContext } from "../../src/context.ts";
import { refer } from "../../src/integrator/flow/template.ts";
import { silentLog } from "../../src/lib/log.ts";
import { runOperation } from "../../src/lib/operation.ts";
import { TOOLS } from "../../src/tools/index.ts";
import { EVENT_SECRET, market, marketMap } from "../integrator/flow/market.ts";
import { marketContracts } from "../integrator/flow/market-contracts.ts";

let ctx: Context;
beforeEach(() => {
  const workspace = mkdtempSync(join(tmpdir(), "so-integration-"));
  ctx = createContext({ workspace, log: silentLog(), cliEntry: "" });
  mkdirSync(join(workspace, "plan/contracts"), { recursive: true });
  writeFileSync(join(workspace, "plan/service-map.json"), JSON.stringify(marketMap));
  for (const { service_name, type, spec } of marketContracts())
    writeFileSync(join(workspace, `plan/contracts/${service_name}.${type}.json`), JSON.stringify(spec));
});
afterEach(() => {
  ctx.close();
  rmSync(ctx.workspace, { recursive: true, force: true });
});

async function tool(name: string, input: Record<string, unknown>) {
  const found = TOOLS.find((one) => one.name === name);
  if (!found) throw new Error(`no tool ${name}`);
  const call = { ctx, signal: new AbortController().signal, progress: () => {} };
  const answer = await runOperation(found, { service_map: "plan/service-map.json", ...input }, async () => call);
  return { answer, text: found.text(answer), exit: found.exitCode?.(answer) };
}

const at = (url: string) => ({ url, event_secret: EVENT_SECRET, event_timeout: 1 });

it("run_cross_service_tests runs what the contracts give, keeps it, and runs what was kept and edited", async () => {
  const { gateway_url } = await market([]);
  const first = await tool("run_cross_service_tests", { ...at(gateway_url), save_flows: "flows.yaml" });
  expect(first.answer).toMatchObject({ verdict: "passed", total: 3, passed: 3, skipped: 0, violations: [] });
  expect(first.exit).toBe(0);
  const file = join(ctx.workspace, "flows.yaml");
  const kept = readFileSync(file, "utf8");
  expect(kept).toContain(`customer_id: ${refer("steps.registerCustomer.body.id")}`);
  expect(kept).not.toContain("headers");
  writeFileSync(file, kept.replace("name: orders createOrder\n", "name: mine\n"));
  const again = await tool("run_cross_service_tests", {
    ...at(gateway_url),
    flows: "flows.yaml",
    save_flows: "again.json",
  });
  expect(again.answer).toMatchObject({ verdict: "passed", passed: 3 });
  expect(again.text).toContain("passed  mine (customers, orders, billing, deliveries)");
  expect(JSON.parse(readFileSync(join(ctx.workspace, "again.json"), "utf8"))).toMatchObject({ version: 1 });
});

it("run_cross_service_tests shows step, request, answer and the one service to blame", async () => {
  const { gateway_url } = await market(["billing:drops-customer"]);
  const { answer, exit, text } = await tool("run_cross_service_tests", at(gateway_url));
  expect(exit).toBe(1);
  expect(answer).toMatchObject({
    verdict: "failed",
    failed: 1,
    violations: [{ code: "EVENT-002", service: "billing", endpoint: "order.placed", actual: "customer_id absent" }],
  });
  expect(answer.flows).toContainEqual(
    expect.objectContaining({
      name: "orders createOrder",
      failure: expect.objectContaining({
        step: "billing order.placed has its effect",
        request: expect.stringMatching(/^curl/),
      }),
    }),
  );
  expect(text).toContain("EVENT-002 billing order.placed");
});

it("run_cross_service_tests without anything between services is skipped, never passed", async () => {
  const { gateway_url } = await market([]);
  const alone = { ...marketMap, services: marketMap.services.filter(({ name }) => name === "customers") };
  writeFileSync(join(ctx.workspace, "plan/alone.json"), JSON.stringify(alone));
  const { answer, exit } = await tool("run_cross_service_tests", {
    ...at(gateway_url),
    service_map: "plan/alone.json",
  });
  expect(answer).toMatchObject({ verdict: "skipped", total: 0, passed: 0, skipped: 1 });
  expect(exit).toBe(2);
});

it("refuses flows that fit no contract, files that hold none, and addresses where nothing answers", async () => {
  const { gateway_url } = await market([]);
  const run = (flows: string, text: string, url = gateway_url) => {
    writeFileSync(join(ctx.workspace, flows), text);
    return tool("run_cross_service_tests", { ...at(url), flows });
  };
  const step = (over: object) =>
    JSON.stringify({
      version: 1,
      flows: [
        {
          name: "x",
          services: [],
          steps: [{ id: "a", service: "orders", operation: "createOrder", expect: { status: ["201"] }, ...over }],
        },
      ],
    });
  await expect(run("a.yaml", "flows: [")).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(run("b.yaml", "version: 1\nflows: [{name: x}]")).rejects.toThrow(/flows\[0\]/);
  await expect(run("c.json", step({ operation: "burnOrder" }))).rejects.toThrow(
    /burnOrder of orders, which is in no contract/,
  );
  await expect(run("d.json", step({ request: { body: { x: refer("steps.b.body.id") } } }))).rejects.toThrow(
    /refers to b/,
  );
  await expect(run("e.json", step({ event: "order.placed" }))).rejects.toThrow(/names no earlier step as its cause/);
  await expect(tool("run_cross_service_tests", { ...at(gateway_url), flows: "none.yaml" })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await expect(tool("test_boundaries", at("http://127.0.0.1:1"))).rejects.toMatchObject({ code: "REMOTE_UNAVAILABLE" });
  await expect(tool("test_boundaries", at("ftp://x"))).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(tool("test_boundaries", { ...at(gateway_url), contracts: "nowhere" })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await expect(tool("test_boundaries", { ...at(gateway_url), service_map: "plan" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  });
});

it("test_boundaries compares contracts only when asked to, and proves damage otherwise", async () => {
  const { gateway_url } = await market(["billing:decimal-rounded"]);
  const still = await tool("test_boundaries", { ...at(gateway_url), static_only: true });
  expect(still.answer).toMatchObject({ verdict: "passed", failed: 0, violations: [] });
  const { answer, exit, text } = await tool("test_boundaries", at(gateway_url));
  expect(exit).toBe(1);
  expect(answer).toMatchObject({
    verdict: "failed",
    violations: [{ code: "BOUNDARY-012", service: "billing", severity: "error" }],
  });
  expect(text).toMatch(
    /error BOUNDARY-012 billing order\.placed: amount of order\.placed in billing: [\d.]+ became \d+ \(/,
  );
});

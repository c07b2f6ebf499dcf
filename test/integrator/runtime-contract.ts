import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { integrate } from "../../src/integrator/integrate.ts";
import type { Runtime } from "../../src/integrator/port.ts";
import type { Contract } from "../../src/model/contract.ts";
import { wholeSystem } from "./contracts.ts";
import { isClosed, systemOf } from "./system.ts";

/** What every runtime owes, whatever services run on. `leftovers` names what still runs or is still there. */
export function runtimeContract(
  runtime: Runtime,
  options: { contained: boolean; leftovers(): Promise<unknown>; started(): Promise<unknown>; timeout_ms: number },
): void {
  const { leftovers, started, contained, timeout_ms } = options;
  const make = (parts: Record<string, string>, contracts?: Contract[]) => systemOf(parts, contracts, { contained });

  test("runs every service, routes to it, keeps its log, and stop() leaves nothing", {
    timeout: timeout_ms,
  }, async () => {
    const before = await leftovers();
    const { request } = make({ tasks: "tasks", audit: "audit" }, wholeSystem());
    const deployment = await runtime.deploy(request);
    expect(deployment.services).toMatchObject([
      { service: "tasks", healthy: true, error: "" },
      { service: "audit", healthy: true, error: "" },
    ]);
    expect((await fetch(`${deployment.gateway_url}/api/tasks/health`)).status).toBe(200);
    expect((await fetch(`${deployment.gateway_url}/api/unknown/health`)).status).toBe(404);
    await expect.poll(() => deployment.logs("tasks")).toContain('"path":"/health"');
    expect(await deployment.logs("unknown")).toBe("");
    await deployment.stop();
    await deployment.stop();
    expect(await leftovers()).toEqual(before);
    for (const url of [deployment.gateway_url, ...deployment.services.map((service) => service.url)])
      expect(await isClosed(url)).toBe(true);
  });

  test("a whole system passes its contract checks and its flow", { timeout: timeout_ms }, async () => {
    const { request } = make({ tasks: "tasks", audit: "audit" }, wholeSystem());
    const report = await integrate(request, runtime);
    expect(report.violations).toEqual([]);
    expect(report).toMatchObject({ services_healthy: 2, integration_tests_total: 3, integration_tests_passed: 3 });
    expect(report.contract_tests_passed).toBe(report.contract_tests_total);
    expect(report.flows[0]?.traced_services).toEqual(expect.arrayContaining(["tasks", "audit"]));
    expect(report.runtime).toMatch(new RegExp(`^${runtime.name}`));
  });

  test("a service that ended by itself is told, one that was stopped is not", { timeout: timeout_ms }, async () => {
    const { request } = make({ tasks: "tasks dies", audit: "audit" }, wholeSystem());
    const deployment = await runtime.deploy(request);
    expect(deployment.ended()).toEqual([]);
    const url = `${deployment.services[0]?.url}`;
    const ask = async (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(url + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    const account = { email: "a@example.org", password: "long enough" };
    await ask("/auth/register", account);
    const { access_token } = z
      .object({ access_token: z.string() })
      .parse(await (await ask("/auth/login", account)).json());
    await expect(ask("/tasks", { title: "x" }, { authorization: `Bearer ${access_token}` })).rejects.toThrow();
    const end = { service: "tasks", how: "with exit code 9", times: 1 };
    await expect.poll(() => deployment.ended(), { timeout: timeout_ms }).toEqual([end]);
    await deployment.stop();
    expect(deployment.ended()).toEqual([end]);
    const charged = await integrate(
      { ...make({ tasks: "tasks", audit: "audit" }, wholeSystem()).request, parts: ["contracts"] },
      { ...runtime, deploy: async (one) => ({ ...(await runtime.deploy(one)), ended: () => [end] }) },
    );
    expect(charged.violations).toMatchObject([{ code: "INT-007", service: "tasks", severity: "critical" }]);
    expect(charged.violations[0]?.message).toMatch(
      /^It ended with exit code 9 in the contracts tests\. Last log lines:\n/,
    );
  });

  test("services that cannot run say why and do not stop the others", { timeout: timeout_ms }, async () => {
    const before = await leftovers();
    const parts = { tasks: "tasks", crashes: "tasks crash", waits: "tasks never-healthy", empty: "tasks" };
    const { request } = make(parts);
    for (const { service, directory } of request.services)
      if (service.name === "empty") writeFileSync(join(directory, "package.json"), "{ not json");
    const deployment = await runtime.deploy({ ...request, health_timeout_ms: contained ? 8000 : 1500 });
    const errors = Object.fromEntries(deployment.services.map(({ service, error }) => [service, error]));
    expect(errors.tasks).toBe("");
    expect(errors.crashes).toContain("exit code 3");
    expect(errors.crashes).toContain("cannot read its configuration");
    expect(errors.waits).toMatch(/\/health did not answer 2xx within \d+ ms \(last: status 503\)/);
    expect(errors.empty).toContain("says how it is started");
    await deployment.stop();
    expect(await leftovers()).toEqual(before);
  });

  test("a service that ignores SIGTERM is ended all the same", { timeout: timeout_ms }, async () => {
    const before = await leftovers();
    const { request } = make({ tasks: "tasks stubborn" });
    const deployment = await runtime.deploy(request);
    await deployment.stop();
    expect(await leftovers()).toEqual(before);
    expect(await isClosed(deployment.services[0]?.url ?? "")).toBe(true);
  });

  test("an abort ends a running deployment, and one that is starting", { timeout: timeout_ms }, async () => {
    const before = await leftovers();
    const running = make({ tasks: "tasks" });
    const deployment = await runtime.deploy(running.request);
    running.controller.abort();
    await expect.poll(leftovers, { timeout: timeout_ms }).toEqual(before);
    await deployment.stop();
    const nothing = await started();
    const starting = make({ tasks: "tasks never-healthy", other: "tasks" });
    const deploying = runtime.deploy(starting.request);
    await expect.poll(started, { timeout: timeout_ms }).not.toEqual(nothing);
    starting.controller.abort(new Error("enough"));
    await expect(deploying).rejects.toThrow("enough");
    expect(await leftovers()).toEqual(before);
    expect(starting.stillRunning()).toEqual([]);
  });
}

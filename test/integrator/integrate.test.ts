import { describe, expect, test } from "vitest";
import { INTEGRATION_CODES } from "../../src/integrator/codes.ts";
import { type IntegrateRequest, integrate } from "../../src/integrator/integrate.ts";
import { createProcessRuntime } from "../../src/integrator/runtimes/process.ts";
import type { IntegrationReport } from "../../src/model/integration-report.ts";
import { IntegrationReport as ReportSchema } from "../../src/model/integration-report.ts";
import { plainTasks, tasksWithoutLogin, terseTasks, wholeSystem } from "./contracts.ts";
import { contract, systemOf } from "./system.ts";

const runtime = createProcessRuntime();
const good = { tasks: "tasks", audit: "audit" };

const verdicts = (report: IntegrationReport) =>
  Object.fromEntries(
    report.operations.map(({ service, operation_id, verdict }) => [`${service} ${operation_id}`, verdict]),
  );
const charges = (report: IntegrationReport) =>
  [...new Set(report.violations.map(({ service, code }) => `${service} ${code}`))].sort();

describe("a good system", () => {
  test("passes every check, and the flow's trace is in both logs", async () => {
    const { request, stillRunning, started } = systemOf(good, wholeSystem());
    const messages: string[] = [];
    const report = await integrate({ ...request, onProgress: (message) => messages.push(message) }, runtime);
    expect(report.violations).toEqual([]);
    const { "tasks remindTask": remind, ...others } = verdicts(report);
    expect(Object.values(others).filter((verdict) => verdict !== "passed")).toEqual([]);
    expect(remind).toBe("skipped");
    expect(Object.keys(others)).toContain("tasks finishTask");
    expect(Object.keys(others)).toContain("audit listRecords without token");
    expect(report).toMatchObject({
      services_deployed: 2,
      services_healthy: 2,
      integration_tests_total: 3,
      integration_tests_passed: 3,
    });
    expect(report.contract_tests_passed).toBe(report.contract_tests_total);
    expect(report.contract_tests_total).toBe(report.operations.filter(({ verdict }) => verdict !== "skipped").length);
    expect(report.boundary_tests_total).toBeGreaterThan(0);
    expect(report.boundary_tests_passed).toBe(report.boundary_tests_total);
    expect(report.data_flow_tests_total).toBe(report.flows.length);
    expect(report.data_flow_tests_passed).toBe(report.data_flow_tests_total);
    for (const { verdict, changes } of report.traces)
      expect({ verdict, changes }).toEqual({ verdict: "passed", changes: [] });
    // What passes between services is seen on its way: the event below the request that caused it, and the call back.
    const hops = report.traces.flatMap((trace) =>
      trace.hops.map(({ depth, service, name }) => `${depth} ${service} ${name}`),
    );
    expect(hops).toContain("1 audit task.created");
    expect(hops.some((hop) => /^1 tasks GET \/tasks\/[0-9a-f-]+$/.test(hop))).toBe(true);
    for (const name of ["tasks createTask", "audit createLabel"])
      expect(report.flows.find((flow) => flow.name === name)).toMatchObject({
        verdict: "passed",
        traced_services: expect.arrayContaining(["tasks", "audit"]),
      });
    expect(report.flows.flatMap(({ steps }) => steps.map(({ description }) => description))).toEqual(
      expect.arrayContaining(["createTask", "getTask", "task.created has its effect", "createLabel"]),
    );
    expect(messages.length).toBeGreaterThan(3);
    expect(ReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(started).toHaveLength(2);
    expect(stillRunning()).toEqual([]);
  });

  test("an event's pact is verified with what the flows made its service publish", async () => {
    const payload = { type: "object", required: ["task_id"], properties: { task_id: { type: "string" } } };
    const sends = contract("tasks", "asyncapi", {
      asyncapi: "3.0.0",
      info: { title: "tasks", version: "1.0.0" },
      channels: { taskCreated: { address: "task.created", messages: { created: { payload } } } },
      operations: { sendTaskCreated: { action: "send", channel: { $ref: "#/channels/taskCreated" } } },
    });
    const { request } = systemOf(good, [...wholeSystem(), sends]);
    const pacts = { calls: async () => [], write_to: null };
    const report = await integrate({ ...request, pacts, parts: ["flows", "pacts"] }, runtime);
    const interactions = report.pacts.flatMap((pact) => pact.interactions);
    expect(interactions.find(({ endpoint }) => endpoint === "task.created")).toMatchObject({
      verdict: "passed",
      evidence: expect.stringMatching(/^\d+ published by the running tasks$/),
    });
  });

  test("a resource whose creation shows no state is looked at before it is moved", async () => {
    const { request } = systemOf({ tasks: "tasks terse" }, [terseTasks()]);
    const report = await integrate(request, runtime);
    expect(report.violations).toEqual([]);
    expect(verdicts(report)).toMatchObject({ "tasks startTask": "passed", "tasks finishTask": "passed" });
  });

  test("a contract without extensions is checked by method and path; nothing crosses services, so no flow", async () => {
    const { request } = systemOf({ tasks: "tasks" }, [plainTasks()]);
    const report = await integrate(request, runtime);
    expect(report.violations).toEqual([]);
    expect(verdicts(report)).toMatchObject({
      "tasks post /auth/register": "passed",
      "tasks get /me": "passed",
      "tasks createTask": "passed",
      "tasks listTasks": "passed",
      "tasks updateTask": "passed",
      "tasks deleteTask": "passed",
      "tasks startTask": "passed",
    });
    expect(report.flows).toMatchObject([
      { verdict: "skipped", reason: expect.stringContaining("no call, no reference and no event") },
    ]);
    expect(report).toMatchObject({ integration_tests_total: 0, overall_health: "partial" });
  });
});

describe("contracts that offer no way to a token, or to something referred to", () => {
  test("are checked with a token signed for the test, and the report says so", async () => {
    const { request } = systemOf({ tasks: "tasks" }, [tasksWithoutLogin()]);
    const report = await integrate(request, runtime);
    expect(report.violations).toEqual([]);
    expect(verdicts(report)).toMatchObject({
      "tasks createTask": "passed",
      "tasks createTask without token": "passed",
      "tasks getTask": "passed",
      "tasks deleteTask": "passed",
    });
    const row = (id: string) => report.operations.find(({ operation_id }) => operation_id === id);
    expect(row("createTask")?.reason).toContain("token signed for this test");
    expect(row("createTask without token")?.reason).toBe("");
    expect(report.skipped.join()).toContain("getting a token: not tested");
  });

  test.each([
    ["tasks refuses-strangers", "It answered 401 to a token signed for this test"],
    ["tasks asks-projects", "It answered 422, and this was made up: project_id"],
  ])("%s: a refusal of what was made up is no fault", async (command, words) => {
    const { request } = systemOf({ tasks: command }, [tasksWithoutLogin()]);
    const report = await integrate(request, runtime);
    expect(report.violations).toEqual([]);
    const row = report.operations.find(({ operation_id }) => operation_id === "createTask");
    expect(row).toMatchObject({ verdict: "skipped", reason: expect.stringContaining(words) });
    expect(verdicts(report)["tasks createTask without token"]).toBe("passed");
  });

  test("an error of the service itself is one all the same", async () => {
    const { request } = systemOf({ tasks: "tasks server-error" }, [tasksWithoutLogin()]);
    expect(charges(await integrate(request, runtime))).toEqual(["tasks STATUS-002"]);
  });

  test("without the deployment's secret they are skipped", async () => {
    const { request } = systemOf({ tasks: "tasks" }, [tasksWithoutLogin()]);
    const secretive: typeof runtime = {
      name: "secretive",
      deploy: async (given) => {
        const { jwt_secret: _, ...deployment } = await runtime.deploy(given);
        return deployment;
      },
    };
    const report = await integrate(request, secretive);
    expect(report.operations.find(({ operation_id }) => operation_id === "createTask")).toMatchObject({
      verdict: "skipped",
      reason: expect.stringContaining("no operation of the contracts gives a token"),
    });
  });
});

describe("a fault is charged to its service, with its code", () => {
  test.each([
    [{ ...good, tasks: "tasks wrong-schema" }, "tasks SCHEMA-001", "createTask"],
    [{ ...good, tasks: "tasks wrong-status" }, "tasks STATUS-001", "createTask"],
    [{ ...good, tasks: "tasks server-error" }, "tasks STATUS-002", "createTask"],
    [{ ...good, tasks: "tasks wrong-state" }, "tasks STATE-001", "finishTask"],
    [{ ...good, tasks: "tasks open" }, "tasks AUTH-001", "deleteTask without token"],
    [{ ...good, tasks: "tasks dies" }, "tasks INT-003", "createTask"],
    [{ ...good, tasks: "tasks silent" }, "tasks INT-004", "createTask"],
  ])("%o", async (parts, charge, operation) => {
    const { request, stillRunning } = systemOf(parts, wholeSystem());
    const report = await integrate({ ...request, request_timeout_ms: 1500 }, runtime);
    expect(charges(report)).toEqual([charge]);
    expect(verdicts(report)[`tasks ${operation}`]).toBe("failed");
    expect(report.overall_health).toBe("failed");
    for (const violation of report.violations) {
      expect(violation.reproduce).toMatch(/^curl -i -X [A-Z]+ "\$\{TASKS_URL:-http:\/\/localhost:8080\}"'/);
      expect(violation.severity).toBe(INTEGRATION_CODES[violation.code as keyof typeof INTEGRATION_CODES].severity);
      expect(violation.clause).toMatch(/^\/paths\/~1(tasks|me)/);
    }
    expect(stillRunning()).toEqual([]);
  });

  test.each([
    [{ ...good, tasks: "tasks no-event" }, "tasks EVENT-001"],
    [{ ...good, audit: "audit no-effect" }, "audit EVENT-001"],
    [{ ...good, audit: "audit no-trace" }, "audit FLOW-002"],
    [{ ...good, tasks: "tasks no-log" }, "tasks FLOW-002"],
  ])("between services: %o", async (parts, charge) => {
    const { request } = systemOf(parts, wholeSystem());
    const report = await integrate({ ...request, event_timeout_ms: 1500 }, runtime);
    expect(charges(report)).toContain(charge);
    expect(new Set(charges(report).map((one) => one.split(" ")[0]))).toEqual(new Set([charge.split(" ")[0]]));
    expect(report.flows.some(({ verdict }) => verdict === "failed")).toBe(true);
    expect(report.integration_tests_passed).toBeLessThan(report.integration_tests_total);
  });
});

test("a service that dies is charged once; what follows is skipped", async () => {
  const { request } = systemOf({ ...good, tasks: "tasks dies" }, wholeSystem());
  const report = await integrate(request, runtime);
  expect(report.violations).toHaveLength(1);
  expect(report.violations[0]?.message).toContain("cannot be reached");
  expect(report.operations.find(({ operation_id }) => operation_id === "deleteTask")?.reason).toContain(
    "stopped answering",
  );
});

describe("a service that does not run", () => {
  test.each([
    ["tasks crash", "INT-001", "cannot read its configuration"],
    ["tasks never-healthy", "INT-002", "status 503"],
  ])("%s: is charged, and the others are still tested", async (command, code, words) => {
    const { request, stillRunning } = systemOf({ ...good, tasks: command }, wholeSystem());
    const report = await integrate({ ...request, health_timeout_ms: 1500 }, runtime);
    expect(report.violations).toMatchObject([{ service: "tasks", code, message: expect.stringContaining(words) }]);
    expect(report).toMatchObject({ services_deployed: 2, services_healthy: 1, overall_health: "failed" });
    expect(verdicts(report)).toMatchObject({
      "tasks createTask": "skipped",
      "audit get /health": "passed",
      "audit createLabel": "skipped",
    });
    expect(report.operations.find(({ operation_id }) => operation_id === "createLabel")?.reason).toContain(
      "tasks is not healthy",
    );
    expect(stillRunning()).toEqual([]);
  });

  test("an excluded service is not started, and its operations are skipped with that reason", async () => {
    const { request, started } = systemOf(good, wholeSystem());
    const report = await integrate({ ...request, excluded: ["tasks"] }, runtime);
    expect(started).toHaveLength(1);
    expect(report).toMatchObject({
      services_deployed: 1,
      services_healthy: 1,
      violations: [],
      overall_health: "partial",
    });
    expect(report.skipped).toContainEqual(expect.stringContaining("tasks: not deployed, its build failed"));
    expect(verdicts(report)["tasks createTask"]).toBe("skipped");
    expect(verdicts(report)["audit createLabel"]).toBe("skipped");
  });

  test("nothing tested is unknown, never passed", async () => {
    const { request } = systemOf({ tasks: "tasks" }, []);
    expect(await integrate(request, runtime)).toMatchObject({ overall_health: "unknown", contract_tests_total: 0 });
  });
});

describe("a resumed or stopped run", () => {
  test("does not check again what is recorded, but deploys", async () => {
    const { request, started } = systemOf(good, wholeSystem());
    const recorded = new Map<string, string>();
    const ran: string[] = [];
    const step: IntegrateRequest["step"] = async (key, work) => {
      const known = recorded.get(key);
      if (known !== undefined) return JSON.parse(known);
      ran.push(key);
      const result = await work();
      recorded.set(key, JSON.stringify(result));
      return result;
    };
    const first = await integrate({ ...request, step }, runtime);
    expect(ran).toEqual(["contract-check:tasks", "contract-check:audit", "flows", "traces", "boundaries"]);
    const second = await integrate({ ...request, step }, runtime);
    expect(ran).toHaveLength(5);
    expect(started).toHaveLength(4);
    expect(second.operations).toEqual(first.operations);
    expect(second.traces).toEqual(first.traces);
  });

  test.each(["Starting", "Checking the contracts of audit", "Running flows"])(
    "aborted at %s: nothing keeps running, nothing is recorded as failed",
    async (at) => {
      const { request, controller, started, stillRunning } = systemOf(good, wholeSystem());
      const onProgress = (message: string) => {
        if (message.startsWith(at))
          setTimeout(() => controller.abort(new Error("stop now")), at === "Starting" ? 60 : 0);
      };
      await expect(integrate({ ...request, onProgress }, runtime)).rejects.toThrow("stop now");
      if (at !== "Starting") expect(started).toHaveLength(2);
      expect(stillRunning()).toEqual([]);
    },
  );
});

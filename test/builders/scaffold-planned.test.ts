import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Outline } from "../../src/architect/outline.ts";
import { planFrom } from "../../src/architect/plan/plan.ts";
import type { BuildTask } from "../../src/builders/port.ts";
import { createScaffoldBuilder } from "../../src/builders/scaffold/scaffold.ts";
import { verifyService } from "../../src/builders/verify.ts";
import { signToken } from "../../src/integrator/session/token.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import { endpoint, entity, field, outline, service, shape } from "../architect/plan/outlines.ts";
import { ask, freshSecret, registered, start, taskFor, temporaryFolder } from "./support.ts";

/** Build one service of what the architect plans for an outline, and run its own tests. */
async function built(given: Partial<Outline>, name: string) {
  const plan = planFrom(outline(given), "the PRD");
  const root = temporaryFolder();
  const contracts = plan.contracts.map(registered);
  const own = plan.service_map.services.find((one) => one.name === name);
  const task: BuildTask = taskFor(root, name, {
    ...(own ? { service: own } : {}),
    contracts: contracts.filter(({ service_name }) => service_name === name),
    consumed: contracts.filter(({ service_name }) => service_name !== name),
    domain_model: plan.domain_model,
  });
  const claim = await createScaffoldBuilder().build(task);
  expect(claim).toMatchObject({ success: true, error: "" });
  const evidence = await verifyService({
    service: name,
    directory: task.output_dir,
    logDir: join(root, "logs"),
    spawn: spawnGroup,
    timeoutMs: 60_000,
    signal: task.signal,
  });
  expect(evidence.reason).toBe("");
  return { plan, task, tests: evidence.commands.at(-1)?.tests };
}

describe("the tests of a service that the architect planned", () => {
  test("ask other services about references of what has to exist first, under the caller's trace", async () => {
    const line = [field("id", "uuid"), field("order_id", "FK → Order"), field("product_id", "uuid")];
    const { plan, tests } = await built(
      {
        services: [service("catalog-service"), service("orders-service")],
        entities: [
          entity("Product", "catalog-service", [field("id", "uuid"), field("name", "string")]),
          entity("Order", "orders-service", [field("id", "uuid"), field("product_id", "uuid")]),
          entity("Line", "orders-service", line),
        ],
        endpoints: [
          endpoint("catalog-service", "POST /products"),
          endpoint("catalog-service", "GET /products/{id}"),
          endpoint("orders-service", "POST /orders"),
          endpoint("orders-service", "GET /orders/{id}"),
          endpoint("orders-service", "PUT /orders/{id}"),
          endpoint("orders-service", "POST /orders/{id}/lines", { request: shape({ product_id: "uuid" }) }),
        ],
        dependencies: [{ from: "orders-service", to: "catalog-service" }],
      },
      "orders-service",
    );
    expect(JSON.stringify(plan.contracts).match(/"x-calls":\[/g)).toHaveLength(3);
    expect(tests).toMatchObject({ failed: 0, skipped: 0 });
  });

  test("know the first state of what a creation answers with by its id only", async () => {
    const { tests } = await built(
      {
        services: [service("bookings")],
        entities: [
          entity("Booking", "bookings", [field("id", "uuid"), field("status", "string")], {
            state_machine: {
              field: "status",
              states: ["requested", "cancelled"],
              initial_state: "requested",
              transitions: [{ from_state: "requested", to_state: "cancelled", trigger: "cancel", guard: null }],
              line: 1,
            },
          }),
        ],
        endpoints: [
          endpoint("bookings", "POST /bookings", {
            responses: [{ status: 201, shape: shape({ id: "uuid" }), description: "" }],
          }),
          endpoint("bookings", "POST /bookings/{id}/cancel"),
        ],
      },
      "bookings",
    );
    expect(tests).toMatchObject({ failed: 0, skipped: 0 });
  });
});

test("what a token stands for, where nobody registers, is whom the token names", async () => {
  const { task, tests } = await built(
    {
      services: [service("identity")],
      entities: [entity("Member", "identity", [field("id", "uuid"), field("email", "email")])],
      endpoints: [endpoint("identity", "GET /auth/me", { auth: true })],
      auth: { scheme: "jwt", issuer: null },
    },
    "identity",
  );
  expect(tests).toMatchObject({ failed: 0, skipped: 0 });
  const secret = freshSecret();
  const running = await start(task.output_dir, { JWT_SECRET: secret });
  const id = "0e83493f-f619-4cc4-a37f-a2570d1e0dba";
  const me = await ask(`${running.url}/auth/me`, { token: signToken(secret, id) });
  expect(me).toMatchObject({ status: 200, body: { id } });
});

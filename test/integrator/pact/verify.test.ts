import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ClientCall } from "../../../src/integrator/pact/uses.ts";
import { type VerifyFilesRequest, verifyPactFiles } from "../../../src/integrator/pact/verify-files.ts";
import { type Fault, ordersSpec, type Provider, securedSpec, startOrders } from "./orders.ts";

const call = (method: string, path: string): ClientCall => {
  return { consumer: "web", method, path, target: null, file: "src/api.ts", line: 7 };
};
const CALLS = [
  call("GET", "/orders"),
  call("POST", "/orders"),
  call("GET", "/orders/{}"),
  call("DELETE", "/orders/{}"),
  call("POST", "/customers"),
];

function verify(provider: Pick<Provider, "url">, more: Partial<VerifyFilesRequest> = {}) {
  return verifyPactFiles({
    url: provider.url,
    provider: "orders",
    path: null,
    openapi: ordersSpec(),
    consumer: { name: "web", calls: CALLS },
    headers: {},
    timeout_ms: 3000,
    signal: new AbortController().signal,
    ...more,
  });
}

describe("a provider that keeps its pacts", () => {
  test("passes each interaction with states arranged through its API", async () => {
    const provider = await startOrders();
    const report = await verify(provider);
    expect(report.violations).toEqual([]);
    expect(report.skipped).toEqual([]);
    expect(report.pacts).toMatchObject([
      { consumer: "web", provider: "orders", source: "generated", verdict: "passed" },
    ]);
    expect(report.total).toBe(6);
    expect(report.passed).toBe(6);
  });
});

describe("a provider that breaks a pact is charged", () => {
  test.for<[Fault, string, string, RegExp]>([
    ["missing-field", "PACT-001", "GET /orders/{orderId}", /missing the following keys: customer_id/],
    ["wrong-type", "PACT-001", "GET /orders/{orderId}", /\$\.quantity: Expected 'one'/],
    ["wrong-enum", "PACT-001", "GET /orders/{orderId}", /\$\.status: Expected 'OPEN' to match/],
    ["wrong-status", "PACT-002", "GET /orders/{orderId}", /the status is 202/],
    ["server-error", "PACT-002", "GET /orders/{orderId}", /the status is 500/],
    ["no-404", "PACT-002", "GET /orders/{orderId}", /of what is not there.*the status is 200/],
    [
      "wrong-media-type",
      "PACT-003",
      "GET /orders/{orderId}",
      /the media type is text\/plain|content-type is text\/plain/,
    ],
    ["missing-header", "PACT-003", "POST /orders", /the header location is missing/],
    ["hangs", "PACT-004", "GET /orders/{orderId}", /(?:did not answer|no complete answer) within 700 ms/],
    ["breaks-off", "PACT-004", "GET /orders/{orderId}", /cannot be reached/],
  ])("%s: %s", async ([fault, code, endpoint, says]) => {
    const provider = await startOrders(fault);
    const calls = CALLS.filter(({ method, path }) => `${method} ${path.replace("{}", "{orderId}")}` === endpoint);
    const limit = fault === "hangs" ? { timeout_ms: 700 } : {};
    const report = await verify(provider, { ...limit, consumer: { name: "web", calls } });
    expect(report.violations).toMatchObject([
      { code, service: "orders", endpoint, message: expect.stringMatching(says), severity: "error" },
    ]);
    const [violation] = report.violations;
    expect(violation?.reproduce).toMatch(
      endpoint.startsWith("POST") ? /-X POST .*"customer_id":"/ : /-X GET .*\/orders\/[0-9a-f-]{36}/,
    );
    expect(violation?.expected).not.toBe("");
    expect(report.passed).toBe(report.total - 1);
    expect(report.pacts).toMatchObject([{ verdict: "failed" }]);
  });
});

describe("provider states", () => {
  test("are asked of the provider's own endpoint when it has one, and taken down again", async () => {
    const provider = await startOrders(undefined, { states: true });
    const report = await verify(provider);
    expect(report.violations).toEqual([]);
    expect(report.passed).toBe(6);
    expect(provider.states.map(({ action, state }) => `${String(action)} ${String(state)}`)).toEqual(
      expect.arrayContaining(["setup an order exists", "teardown an order exists", "setup no such order exists"]),
    );
    // Nothing but what the pacts ask for: the endpoint made the rest.
    expect(provider.asked.filter((one) => one === "POST /orders")).toHaveLength(1);
    const evidence = report.pacts[0]?.interactions.find(({ description }) => description === "getOrder")?.evidence;
    expect(evidence).toContain("/_pact/state");
  });

  test("are arranged by a command when the provider has none", async () => {
    const provider = await startOrders();
    const script = `
      const { PACT_STATE, PACT_ACTION, PACT_PROVIDER_URL } = process.env;
      const post = async (path, body) => (await fetch(PACT_PROVIDER_URL + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();
      if (PACT_ACTION === "setup") {
        const { id } = await post("/customers", { name: "of the command" });
        const order = await post("/orders", { customer_id: id, quantity: 2 });
        const orderId = PACT_STATE.startsWith("no such") ? crypto.randomUUID() : order.id;
        console.log(JSON.stringify({ orderId, body_customer_id: id }));
      }`;
    const command = [process.execPath, "--input-type=module", "--eval", script];
    const report = await verify(provider, { states_command: command });
    expect(report.violations).toEqual([]);
    expect(report.passed).toBe(6);
    expect(report.pacts[0]?.interactions.map(({ evidence }) => evidence).join()).toContain("states command");
  });

  test("a command that fails leaves the interaction unverified, with the reason", async () => {
    const provider = await startOrders("missing-field");
    const report = await verify(provider, {
      states_command: [process.execPath, "--eval", "console.error('no database'); process.exit(4)"],
    });
    expect(report.violations).toEqual([]);
    expect(report.total).toBe(0);
    expect(report.pacts).toMatchObject([{ verdict: "skipped" }]);
    expect(report.skipped[0]).toContain("no database");
  });

  test("names that the example would take twice are made up the second time", async () => {
    const provider = await startOrders(undefined, { strictNames: true });
    const report = await verify(provider);
    expect(report.violations).toEqual([]);
    expect(report.passed).toBe(6);
  });
});

describe("a secured provider", () => {
  const one = { openapi: securedSpec(), consumer: { name: "web", calls: [call("GET", "/orders/{}")] } };

  test("gets the credentials that were given, on every request", async () => {
    const provider = await startOrders(undefined, { token: "right" });
    const report = await verify(provider, { ...one, headers: { authorization: "Bearer right" } });
    expect(report).toMatchObject({ violations: [], skipped: [], total: 2, passed: 2 });
  });

  test("that nobody can log in to is not verified, and the reason is said", async () => {
    const provider = await startOrders(undefined, { token: "right" });
    const report = await verify(provider, one);
    expect(report).toMatchObject({ violations: [], total: 0 });
    expect(report.skipped[0]).toContain("no operation of the contracts gives a token");
  });
});

describe("nothing to verify is never a pass", () => {
  test("a consumer that calls nothing of the contract", async () => {
    const report = await verify(await startOrders(), { consumer: { name: "web", calls: [call("GET", "/elsewhere")] } });
    expect(report).toMatchObject({ total: 0, passed: 0, pacts: [], violations: [] });
    expect(report.skipped).toEqual([expect.stringContaining("none of 1 requests in its code is one of the contract")]);
  });

  test("a provider that is not there is said at once", async () => {
    const provider = await startOrders();
    await new Promise((resolve) => provider.server.close(resolve));
    await expect(verify(provider)).rejects.toMatchObject({ code: "REMOTE_UNAVAILABLE" });
  });
});

test.skipIf(!existsSync("/proc/self/stat"))("stopping in the middle ends the verifier and the gateway", async () => {
  const provider = await startOrders("hangs");
  const controller = new AbortController();
  const running = verify(provider, { signal: controller.signal, timeout_ms: 60_000 });
  while (!provider.asked.some((one) => /^GET \/orders\/./.test(one)))
    await new Promise((resolve) => setTimeout(resolve, 20));
  controller.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  await expect.poll(() => verifiers()).toEqual([]);
});

test.skipIf(!existsSync("/proc/self/stat"))(
  "a verifier that dies is our fault: the interaction is skipped, the others are verified by the next one",
  async () => {
    const provider = await startOrders("hangs");
    const calls = [call("GET", "/orders/{}"), call("POST", "/customers")];
    const running = verify(provider, { timeout_ms: 60_000, consumer: { name: "web", calls } });
    while (!provider.asked.some((one) => /^GET \/orders\/./.test(one)))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const [verifier = 0] = verifiers();
    process.kill(verifier, "SIGKILL");
    const report = await running;
    expect(report.violations).toEqual([]);
    expect(report.skipped).toEqual([expect.stringMatching(/"getOrder": the verifier could not run: .*SIGKILL/)]);
    expect(report).toMatchObject({ total: 2, passed: 2, pacts: [{ verdict: "partial" }] });
  },
);

/** Process ids of this one's verifiers. */
function verifiers(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => isVerifier(pid))
    .map(Number);
}

function isVerifier(pid: string): boolean {
  try {
    const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return parent === String(process.pid) && /pact.worker/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return false;
  }
}

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { startGateway } from "../../../src/integrator/gateway.ts";
import { checkHealth } from "../../../src/integrator/health-check.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(status: number, body: unknown, type = "application/json"): Promise<string> {
  const server = createServer((_request, response) => {
    if (status === 0) return; // never answers
    response.writeHead(status, { "content-type": type }).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
}

const ask = async (url: string) => {
  const [found] = await checkHealth([{ service: "orders", url }], {
    timeout_ms: 400,
    signal: new AbortController().signal,
  });
  return found;
};

describe("the health of a service", () => {
  it.each([
    [200, { status: "ok", version: "1.4.2" }, { status: "healthy", version: "1.4.2", problem: "", remedy: "" }],
    [200, "OK", { status: "healthy", version: "" }],
    [204, "", { status: "healthy" }],
    [
      200,
      { status: "UP", components: { db: { status: "UP" } }, build: { version: 7 } },
      { status: "healthy", version: "7" },
    ],
    [
      200,
      { status: "pass", releaseId: "abc", checks: { "db:time": [{ status: "pass" }] } },
      { status: "healthy", version: "abc" },
    ],
    [200, { status: "warn", checks: { disk: [{ status: "warn" }] } }, { status: "degraded" }],
    [200, { status: "ok", checks: { redis: "down" } }, { status: "degraded", remedy: "Look at redis." }],
    [200, { status: "DOWN" }, { status: "unhealthy", problem: 'It answered 200, but says status "DOWN".' }],
    [
      503,
      { status: "DOWN", components: { db: { status: "DOWN" } } },
      { status: "unhealthy", remedy: "Look at db first." },
    ],
    [500, "boom", { status: "unhealthy", problem: "It answered 500." }],
    [404, "", { status: "unhealthy", remedy: expect.stringContaining("health_endpoint") }],
    [302, "", { status: "unhealthy" }],
  ])("%i %j", async (status, body, expected) => {
    expect(await ask(await serve(status, body))).toMatchObject({ http_status: status, ...expected });
  });

  it("that does not answer is unreachable, and why is said", async () => {
    const url = await serve(0, "");
    expect(await ask(url)).toMatchObject({
      status: "unreachable",
      http_status: null,
      problem: expect.stringContaining("400 ms"),
    });
    for (const server of servers.splice(0)) server.close().closeAllConnections();
    expect(await ask(url)).toMatchObject({
      status: "unreachable",
      remedy: expect.stringContaining("start the service"),
    });
  });

  it("behind a gateway is not the gateway's own", async () => {
    const gateway = await startGateway(() => [{ service: "orders", prefix: "/api/orders", target: null }]);
    expect(await ask(`${gateway.url}/api/orders/health`)).toMatchObject({
      ...{ status: "unreachable", problem: "orders is not deployed." },
    });
    await gateway.close();
  });
});

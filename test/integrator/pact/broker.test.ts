import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { verifyPactFiles } from "../../../src/integrator/pact/verify-files.ts";
import { type Fault, ordersSpec, startOrders } from "./orders.ts";

type Json = Record<string, unknown>;

const pact = (): Json => ({
  consumer: { name: "billing" },
  provider: { name: "orders" },
  interactions: [
    {
      description: "a new customer",
      request: {
        method: "POST",
        path: "/customers",
        headers: { "content-type": "application/json" },
        body: { name: "Grace" },
      },
      response: { status: 201 },
    },
    {
      description: "a new order for nobody",
      request: { method: "GET", path: "/orders" },
      response: { status: 200 },
    },
  ],
  metadata: { pactSpecification: { version: "2.0.0" } },
});

/** A stand-in of a Pact Broker: the part of its HAL API that a provider's verification needs. */
async function startBroker(options: { answer?: string } = {}) {
  const published: { token: string; body: Json }[] = [];
  const server = createServer(async (request, response) => {
    const { authorization = "" } = request.headers;
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/hal+json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
    if (options.answer !== undefined) return answer(200, options.answer);
    if (authorization !== "Bearer s3cret") return answer(401, { error: "who are you" });
    const self = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const version = "/pacts/provider/orders/consumer/billing/version/1.0.0";
    switch (`${request.method} ${request.url}`) {
      case "GET /pacts/provider/orders/latest":
        return answer(200, { _links: { "pb:pacts": [{ name: "billing", href: self + version }] } });
      case `GET ${version}`:
        return answer(200, {
          ...pact(),
          _links: { "pb:publish-verification-results": { href: `${self}${version}/results` } },
        });
      case `POST ${version}/results`: {
        const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
        published.push({ token: authorization, body });
        return answer(201, {});
      }
      default:
        return answer(404, { error: "not found" });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, published, close: () => server.close() };
}

async function verify(broker: { url: string; token?: string; version?: string }, provider = "orders", fault?: Fault) {
  const { url } = await startOrders(fault);
  return verifyPactFiles({
    url,
    provider,
    path: null,
    openapi: ordersSpec(),
    broker: { url: broker.url, token: broker.token ?? "s3cret", provider_version: broker.version ?? "" },
    headers: {},
    timeout_ms: 3000,
    signal: new AbortController().signal,
  });
}

test("pacts of a broker are verified, and it is told the result when a version is named", async () => {
  const broker = await startBroker();
  const quiet = await verify(broker);
  expect(quiet).toMatchObject({ violations: [], total: 2, passed: 2, notes: [] });
  expect(quiet.pacts).toMatchObject([{ consumer: "billing", source: "broker", verdict: "passed" }]);
  expect(broker.published).toEqual([]);
  const told = await verify({ ...broker, version: "7f3" });
  expect(told.notes).toEqual(["billing → orders: result published for version 7f3"]);
  expect(broker.published).toMatchObject([{ body: { success: true, providerApplicationVersion: "7f3" } }]);
  broker.close();
});

test("a provider that the broker does not know has nothing to verify", async () => {
  const broker = await startBroker();
  expect(await verify(broker, "stock")).toMatchObject({
    total: 0,
    pacts: [],
    violations: [],
    skipped: ["there is no pact of stock"],
  });
  broker.close();
});

test("a broker that refuses, answers nonsense, or is not there is our failure, never the provider's", async () => {
  const broker = await startBroker();
  await expect(verify({ ...broker, token: "wrong" })).rejects.toMatchObject({ code: "REMOTE_ANSWER" });
  broker.close();
  const odd = await startBroker({ answer: "<html>" });
  await expect(verify(odd)).rejects.toMatchObject({ code: "REMOTE_ANSWER" });
  odd.close();
  await expect(verify(odd)).rejects.toMatchObject({ code: "REMOTE_UNAVAILABLE" });
});

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { RecordedExchange } from "../../../src/integrator/tracing/exchange.ts";
import { createTap } from "../../../src/integrator/tracing/tap.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function tapped(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const recorded: RecordedExchange[] = [];
  const tap = createTap((exchange) => recorded.push(exchange));
  closers.push(
    () => tap.close(),
    () => server.close().closeAllConnections(),
  );
  const url = await tap.between("orders", "payments", `http://127.0.0.1:${port}`);
  return { url, tap, server, port, recorded };
}

const body = { amount: 12.5, note: "ä" };

it("hands on what was sent, headers as they were, and records both bodies", async () => {
  const { url, recorded, tap, port } = await tapped(async (request, response) => {
    const sent = Buffer.concat(await request.toArray()).toString();
    response.writeHead(201, { "content-type": "application/json", "x-own": "1" });
    response.end(JSON.stringify({ sent: JSON.parse(sent), headers: request.headers, url: request.url }));
  });
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const headers = { "content-type": "application/json", traceparent, "x-tenant": "7" };
  const answer = await fetch(`${url}/payments?x=1`, { method: "POST", headers, body: JSON.stringify(body) });
  expect([answer.status, answer.headers.get("x-own")]).toEqual([201, "1"]);
  const seen = (await answer.json()) as Record<string, unknown>;
  expect(seen).toMatchObject({ sent: body, url: "/payments?x=1", headers: { traceparent, "x-tenant": "7" } });
  expect(seen.headers).toMatchObject({ host: `127.0.0.1:${port}` });
  expect(recorded).toMatchObject([
    { from: "orders", to: "payments", method: "POST", path: "/payments?x=1", status: 201, traceparent, request: body },
  ]);
  expect(recorded[0]?.response).toMatchObject({ sent: body });
  expect(await tap.between("orders", "payments", `http://127.0.0.1:${port}`)).toBe(url);
  expect(await tap.between("audit", "payments", `http://127.0.0.1:${port}`)).not.toBe(url);
});

it("adds no traceparent where there was none, and passes what is no JSON, chunked or large unread", async () => {
  const { url, recorded } = await tapped(async (request, response) => {
    const sent = Buffer.concat(await request.toArray());
    response.end(JSON.stringify({ bytes: sent.length, traceparent: request.headers.traceparent ?? null }));
  });
  const large = JSON.stringify({ text: "x".repeat(1024 * 1024) });
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(large));
      controller.close();
    },
  });
  const init = { method: "POST", body: stream, duplex: "half", headers: { "content-type": "application/json" } };
  const answer = await (await fetch(`${url}/x`, init as RequestInit)).json();
  expect(answer).toEqual({ bytes: large.length, traceparent: null });
  expect(recorded).toMatchObject([{ traceparent: "", request: undefined, response: undefined }]);
});

it("a service that breaks off, or is gone, looks as it would without it, and is recorded", async () => {
  const { url, recorded, server } = await tapped((request, response) => {
    if (request.url === "/half")
      response.writeHead(200, { "content-length": 100 }).write("{", () => response.destroy());
    else request.socket.destroy();
  });
  await expect(fetch(`${url}/cut`)).rejects.toThrow();
  await expect(fetch(`${url}/half`).then((answer) => answer.text())).rejects.toThrow();
  server.close().closeAllConnections();
  await once(server, "close");
  await expect(fetch(`${url}/gone`)).rejects.toThrow();
  expect(recorded.map(({ path, status }) => [path, status])).toEqual([
    ["/cut", null],
    ["/half", 200],
    ["/gone", null],
  ]);
});

it("upgrades pass through, and closing ends them", async () => {
  const { url, server, tap } = await tapped(() => {});
  server.on("upgrade", (_request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
    socket.on("error", () => {}).pipe(socket);
  });
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
  expect(String((await once(socket, "data"))[0])).toContain("101 Switching Protocols");
  socket.write("hello");
  expect(String((await once(socket, "data"))[0])).toBe("hello");
  const ended = once(socket.on("error", () => {}).resume(), "close");
  await tap.close();
  await ended;
});

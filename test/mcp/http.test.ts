import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../../src/lib/log.ts";
import { createHttpApp, type HttpAppOptions } from "../../src/mcp/http/app.ts";
import { fixtureApp } from "./fixture-app.ts";

const TOKEN = "a-token-for-this-test-only";
const log = createLog({ name: "test", level: "silent" });
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function serve(options: Partial<HttpAppOptions> = {}) {
  const app = createHttpApp({
    ...fixtureApp(log),
    token: TOKEN,
    ...options,
  });
  const server = createServer(app.handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(async () => {
    await app.close();
    server.closeAllConnections();
    server.close();
  });
  return { app, port: (server.address() as AddressInfo).port };
}

const auth = { authorization: `Bearer ${TOKEN}` };
async function connect(port: number, kind: "mcp" | "sse" = "mcp") {
  const url = new URL(`http://127.0.0.1:${port}/${kind}`);
  const requestInit = { headers: auth };
  const transport =
    kind === "mcp"
      ? new StreamableHTTPClientTransport(url, { requestInit })
      : new SSEClientTransport(url, { requestInit });
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  stops.push(() => client.close());
  return { client, transport };
}
const count = async (client: Client, text: string) =>
  (await client.callTool({ name: "count_words", arguments: { text } })) as CallToolResult;

/** A plain request, where a client library would add what is to be left out. */
function raw(
  port: number,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  const { method = "POST", path = "/mcp", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        port,
        host: "127.0.0.1",
        method,
        path,
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
      },
      (answer) => {
        let text = "";
        answer.on("data", (chunk) => {
          text += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
});

describe.each(["mcp", "sse"] as const)("a real client over %s", (kind) => {
  it("lists and calls tools, with progress while they run", async () => {
    const { port } = await serve();
    const { client } = await connect(port, kind);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("count_words");
    expect((await count(client, "a b c")).structuredContent).toMatchObject({ count: 3 });
    const stopper = new AbortController();
    const walking = client.callTool({ name: "walk_steps", arguments: { steps: 5, stay: true } }, undefined, {
      signal: stopper.signal,
      onprogress: ({ progress }) => stopper.abort(`seen ${progress}`),
    });
    await expect(walking).rejects.toThrow("seen 1");
  });

  it("is not alone: fifty clients at once get their own answers", async () => {
    const { app, port } = await serve();
    const clients = await Promise.all(Array.from({ length: 50 }, () => connect(port, kind)));
    const answers = await Promise.all(clients.map(({ client }, index) => count(client, "w ".repeat(index + 1))));
    expect(answers.map(({ structuredContent }) => structuredContent?.count)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    expect(app.sessions()).toBe(50);
  });
});

describe("who may come in", () => {
  it.each([
    ["no token", {}, 401],
    ["a wrong token", { authorization: "Bearer wrong" }, 401],
    ["the token as basic", { authorization: `Basic ${TOKEN}` }, 401],
    ["a foreign host", { ...auth, host: "evil.example" }, 403],
    ["a host with something behind it", { ...auth, host: "localhost.evil.example" }, 403],
    ["a foreign origin", { ...auth, origin: "https://evil.example" }, 403],
    ["an origin that only begins like loopback", { ...auth, origin: "http://localhost.evil.example" }, 403],
    ["an opaque origin", { ...auth, origin: "null" }, 403],
  ])("%s is refused", async (_what, headers, status) => {
    const { app, port } = await serve();
    const answer = await raw(port, { headers, body: initialize });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error.message).not.toBe("");
    expect(answer.text).not.toContain(TOKEN);
    if (status === 401) expect(answer.headers["www-authenticate"]).toContain("Bearer");
    expect(app.sessions()).toBe(0);
  });

  it.each([
    ["loopback by name", { ...auth, host: "localhost:1" }],
    ["a page on loopback", { ...auth, origin: "http://localhost:6274" }],
    ["an allowed host", { ...auth, host: "builder.internal:80" }],
    ["an allowed origin", { ...auth, origin: "https://console.example" }],
  ])("%s is let in", async (_what, headers) => {
    const { port } = await serve({ hosts: ["builder.internal"], origins: ["https://console.example"] });
    expect((await raw(port, { headers, body: initialize })).status).toBe(200);
  });

  it("health is told to everybody, and nothing else", async () => {
    const { port } = await serve();
    expect(await raw(port, { method: "GET", path: "/health" })).toMatchObject({
      status: 200,
      text: '{"status":"ok","version":"1"}',
    });
    expect((await raw(port, { method: "GET", path: "/sse" })).status).toBe(401);
    expect((await raw(port, { method: "GET", path: "/", headers: auth })).status).toBe(404);
  });

  it("a flood is slowed down", async () => {
    const { port } = await serve({ rate: { per_second: 1, burst: 5 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => raw(port, { method: "GET", path: "/health" })));
    const slowed = answers.filter(({ status }) => status === 429);
    expect(slowed.length).toBeGreaterThan(10);
    expect(slowed[0]?.headers["retry-after"]).toBe("1");
  });
});

describe("sessions", () => {
  it("end with DELETE, and are then unknown", async () => {
    const { app, port } = await serve();
    const { client, transport } = await connect(port);
    const id = (transport as StreamableHTTPClientTransport).sessionId ?? "";
    await (transport as StreamableHTTPClientTransport).terminateSession();
    expect(app.sessions()).toBe(0);
    await client.close();
    const ping = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "ping" });
    const answer = await raw(port, { headers: { ...auth, "mcp-session-id": id }, body: ping });
    expect(answer).toMatchObject({ status: 404 });
    expect(answer.text).toContain("initialize a new one");
  });

  it("that nobody uses are closed; the limit takes the longest idle first, and never one in use", async () => {
    const { app, port } = await serve({ max_sessions: 2, idle_ms: 50 });
    const begin = () => raw(port, { headers: auth, body: initialize });
    await begin();
    await expect.poll(() => app.sessions()).toBe(0);
    const busy = await serve({ max_sessions: 2 });
    await connect(busy.port, "sse");
    await connect(busy.port, "sse");
    expect((await raw(busy.port, { method: "GET", path: "/sse", headers: auth })).status).toBe(503);
    for (let index = 0; index < 5; index += 1)
      expect((await raw(busy.port, { headers: auth, body: initialize })).status).toBe(200);
  });

  it("resume a broken stream with what was missed", async () => {
    const { port } = await serve();
    const begun = await raw(port, { headers: auth, body: initialize });
    const session = String(begun.headers["mcp-session-id"]);
    const [, first] = /^id: (\S+)/m.exec(begun.text) ?? [];
    expect(first).toBeDefined();
    const headers = { ...auth, "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" };
    // The call's connection breaks before its answer; the answer waits for whoever resumes its stream.
    const broken = await new Promise<string>((resolve, reject) => {
      const body = JSON.stringify({
        jsonrpc: "2.0",
        id: 7,
        method: "tools/call",
        params: { name: "walk_steps", arguments: { steps: 3, pause_ms: 300 }, _meta: { progressToken: 1 } },
      });
      const sent = httpRequest(
        {
          port,
          method: "POST",
          path: "/mcp",
          headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
        },
        (answer) =>
          answer.once("data", (chunk) => {
            answer.destroy();
            resolve(String(chunk));
          }),
      );
      sent.on("error", reject);
      sent.end(body);
    });
    const [, last = ""] = /^id: (\S+)/m.exec(broken) ?? [];
    const seen = await new Promise<string>((resolve, reject) => {
      const sent = httpRequest(
        {
          port,
          method: "GET",
          path: "/mcp",
          headers: { accept: "text/event-stream", ...headers, "last-event-id": last },
        },
        (answer) => {
          let text = "";
          answer.on("data", (chunk) => {
            text += chunk;
            if (!text.includes('"walked":3')) return;
            answer.destroy();
            resolve(text);
          });
        },
      );
      sent.on("error", reject);
      sent.end();
    });
    expect(seen).toContain('"id":7');
  });
});

describe("wrong requests", () => {
  it.each([
    ["no JSON", { body: "{" }, 400],
    ["another media type", { body: "x", headers: { "content-type": "text/plain" } }, 415],
    ["a message before initialize", { body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' }, 400],
    ["a session that never was", { headers: { "mcp-session-id": "nope" }, body: "{}" }, 404],
    ["another method", { method: "PUT", body: "{}" }, 405],
    ["a body that is too large", { body: `"${"x".repeat(2_000_000)}"` }, 413],
    ["an array of nothing", { body: "[]" }, 400],
    ["a prototype key", { body: '{"__proto__":{"x":1}}' }, 400],
  ])(
    "%s is answered clearly",
    async (_what, { headers = {}, ...given }: Parameters<typeof raw>[1] & object, status) => {
      const { port } = await serve();
      const answer = await raw(port, { ...given, headers: { ...auth, ...headers } });
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.text).error.message.length).toBeGreaterThan(10);
    },
  );

  it("half-closed and broken connections do not end the server", async () => {
    const { app, port } = await serve();
    for (const text of [
      "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nabc",
      "GARBAGE\r\n\r\n",
      "",
    ]) {
      const socket = connectSocket(port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.end(text);
      socket.resume();
      await Promise.race([once(socket, "close"), new Promise((resolve) => setTimeout(resolve, 200))]);
      socket.destroy();
    }
    const { client } = await connect(port);
    expect((await count(client, "still here")).structuredContent).toMatchObject({ count: 2 });
    expect(app.sessions()).toBe(1);
  });
});

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { isInitializeRequest } from "@modelcontextprotocol/sdk/types.js";
import { messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { McpServerHandle } from "../server.ts";
import { createEventStore } from "./event-store.ts";
import { createGuard, type GuardOptions, type Refusal } from "./guard.ts";
import { createSessions, type SessionLimits } from "./sessions.ts";

export interface HttpAppOptions extends GuardOptions, SessionLimits {
  /** A server for one client. */
  makeServer: () => McpServerHandle;
  version: string;
  /** Largest request body, in bytes. */
  max_body: number;
  log: Log;
}

type Route = (request: IncomingMessage, response: ServerResponse, from: { url: URL; caller: string }) => unknown;

/** MCP over Streamable HTTP at `/mcp`, over legacy SSE at `/sse`, `/health`, and the metadata of an authority; as one request handler. */
export function createHttpApp(options: HttpAppOptions) {
  const { makeServer, version, max_body, log } = options;
  const guard = createGuard(options);
  const streams = createSessions<StreamableHTTPServerTransport>(options);
  const legacy = createSessions<SSEServerTransport>(options);

  const routes: Record<string, Route> = {
    "/mcp": streamable,
    "/sse": openLegacy,
    "/messages": postLegacy,
  };

  async function streamable(...[request, response, { caller }]: Parameters<Route>): Promise<void> {
    if (!["GET", "POST", "DELETE"].includes(request.method ?? ""))
      return refuse(response, {
        status: 405,
        message: "Use POST, GET or DELETE.",
        headers: { allow: "GET, POST, DELETE" },
      });
    const id = headerOf(request, "mcp-session-id");
    const known = id === undefined ? undefined : streams.of(caller, id);
    if (id !== undefined && known === undefined)
      return refuse(response, { status: 404, message: "This session has ended: initialize a new one." }, -32001);
    const body = request.method === "POST" ? await readJson(request, response, max_body) : undefined;
    if (body === REFUSED) return;
    if (known !== undefined) {
      streams.hold(known, response);
      return known.transport.handleRequest(request, response, body);
    }
    if (request.method !== "POST" || ![body].flat().some(isInitializeRequest))
      return refuse(response, { status: 400, message: "There is no session yet: send initialize first." });
    if (!streams.hasRoom()) return refuse(response, FULL);
    const server = makeServer();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEventStore(),
      maxRequestBodySize: max_body,
      retryInterval: RETRY_MS,
      onsessioninitialized: (made) => {
        const session = { transport, server, caller, open: 0, used_at: Date.now() };
        streams.add(made, session);
        streams.hold(session, response);
      },
    });
    await server.connect(transport);
    await transport.handleRequest(request, response, body);
    // An initialize that the protocol refused opens no session.
    if (transport.sessionId === undefined) await server.close();
  }

  async function openLegacy(...[request, response, { caller }]: Parameters<Route>): Promise<void> {
    if (request.method !== "GET")
      return refuse(response, { status: 405, message: "Open the stream with GET.", headers: { allow: "GET" } });
    if (!legacy.hasRoom()) return refuse(response, FULL);
    const server = makeServer();
    const transport = new SSEServerTransport("/messages", response);
    const session = { transport, server, caller, open: 0, used_at: Date.now() };
    legacy.add(transport.sessionId, session);
    legacy.hold(session, response);
    const beat = setInterval(() => response.write(": keepalive\n\n"), KEEP_ALIVE_MS);
    response.once("close", () => clearInterval(beat));
    await server.connect(transport);
  }

  async function postLegacy(...[request, response, { url, caller }]: Parameters<Route>): Promise<void> {
    if (request.method !== "POST")
      return refuse(response, { status: 405, message: "Send messages with POST.", headers: { allow: "POST" } });
    const session = legacy.of(caller, url.searchParams.get("sessionId") ?? "");
    if (session === undefined)
      return refuse(response, { status: 404, message: "This stream has ended: open /sse again." }, -32001);
    const body = await readJson(request, response, max_body);
    if (body !== REFUSED) await session.transport.handlePostMessage(request, response, body);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = guard.door(request);
    if (refusal !== undefined) return refuse(response, refusal);
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname === "/health") return answer(response, 200, { status: "ok", version });
    const metadata = options.authority?.metadata;
    if (metadata?.paths.includes(url.pathname) && request.method === "GET")
      return answer(response, 200, metadata.document);
    const route = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
    if (route === undefined)
      return refuse(response, { status: 404, message: "Nothing is here: MCP is at /mcp, legacy SSE at /sse." });
    const entry = await guard.entry(request);
    if ("refusal" in entry) return refuse(response, entry.refusal);
    await route(request, response, { url, caller: entry.caller });
  }

  return {
    handler: (request: IncomingMessage, response: ServerResponse): void => {
      handle(request, response).catch((cause) => {
        log.warn({ err: cause }, "request failed");
        if (!response.headersSent) refuse(response, { status: 500, message: messageOf(cause) }, -32603);
        else response.destroy();
      });
    },
    sessions: () => streams.size() + legacy.size(),
    servers: () => [...streams.servers(), ...legacy.servers()],
    close: async () => {
      await Promise.all([streams.closeAll(), legacy.closeAll()]);
    },
  };
}

const KEEP_ALIVE_MS = 15_000;
/** When a client whose stream broke should come back. */
const RETRY_MS = 1000;
const FULL: Refusal = {
  status: 503,
  message: "All sessions are taken: close one, or try again later.",
  headers: { "retry-after": "30" },
};
const REFUSED = Symbol("refused");

/** The body as JSON; `REFUSED` when the answer is given already. */
async function readJson(request: IncomingMessage, response: ServerResponse, limit: number): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(headerOf(request, "content-type") ?? "")) {
    refuse(response, { status: 415, message: "Send JSON: content-type application/json." });
    return REFUSED;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) {
      refuse(response, {
        status: 413,
        message: `The message is larger than ${limit} bytes.`,
        headers: { connection: "close" },
      });
      return REFUSED;
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    refuse(response, { status: 400, message: "The body is no JSON." }, -32700);
    return REFUSED;
  }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(JSON.stringify(body));
}

/** A refusal in the form that MCP clients read: a JSON-RPC error without an id. */
function refuse(response: ServerResponse, { status, message, headers }: Refusal, code = -32000): void {
  answer(response, status, { jsonrpc: "2.0", error: { code, message }, id: null }, headers);
}

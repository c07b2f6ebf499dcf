import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { endToEndHeaders, forwardedHeaders, headerLines } from "./gateway-headers.ts";
import { matchRoute, type Route } from "./routes.ts";

/** Set on answers the gateway gives itself, so that a test can tell them from a service's own. */
export const GATEWAY_ERROR_HEADER = "x-gateway-error";

export interface Gateway {
  /** Base URL, without a trailing slash. */
  url: string;
  close(): Promise<void>;
}

interface Proxy {
  /** Asked at each request: the table may be filled after the gateway listens. */
  routes: () => readonly Route[];
  agent: Agent;
  /** How long a service may take until its answer begins. */
  timeoutMs: number;
}

/** Idle connections are dropped before common servers drop them (gunicorn after 2 s, Node and uvicorn after 5 s). */
const IDLE_MS = 1500;

/**
 * Start the built-in gateway, on a free port unless one is given. Bodies are streamed both ways, upgrades (WebSocket)
 * are passed through. Its own answers are `application/problem+json`: 404 no such route, 502 the service cannot be
 * reached or broke off, 503 the service is not deployed, 504 no answer within `timeoutMs` (default 30 s).
 */
export async function startGateway(
  routes: () => readonly Route[],
  options: { host?: string; port?: number; timeoutMs?: number } = {},
): Promise<Gateway> {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  const proxy: Proxy = { routes, agent, timeoutMs: options.timeoutMs ?? 30_000 };
  const upgraded = new Set<Duplex>();
  const server = createServer((incoming, answer) => forward(proxy, incoming, answer));
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  server.on("upgrade", (incoming, socket, head) => {
    upgraded.add(socket.once("close", () => upgraded.delete(socket)));
    forwardUpgrade(proxy, incoming, socket, head);
  });
  server.on("clientError", (_error, socket) => void socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  // A listening TCP server has an address object, never a pipe name.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
        agent.destroy();
      }),
  };
}

interface Problem {
  status: 404 | 502 | 503 | 504;
  title: string;
  detail: string;
}

function problem(status: Problem["status"], title: string, detail: string): Problem {
  return { status, title, detail };
}

function ownAnswer({ status, title, detail }: Problem): { body: string; headers: string[] } {
  const body = JSON.stringify({ type: "about:blank", title, status, detail });
  const length = String(Buffer.byteLength(body));
  const own = [GATEWAY_ERROR_HEADER, String(status)];
  return { body, headers: ["content-type", "application/problem+json", "content-length", length, ...own] };
}

function refuse(answer: ServerResponse, reason: Problem): void {
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  const { body, headers } = ownAnswer(reason);
  answer.writeHead(reason.status, headers).end(body);
}

/** The request to make of the service, or why there is none. */
function destination(proxy: Proxy, incoming: IncomingMessage): { onward: RequestOptions; service: string } | Problem {
  const path = pathOf(incoming.url ?? "/");
  const match = matchRoute(proxy.routes(), path);
  if (match === undefined) return problem(404, "Unknown route", `No service is routed at ${path.slice(0, 200)}.`);
  const { service, target, prefix } = match.route;
  if (target === null) return problem(503, "Service not deployed", `${service} is not deployed.`);
  const { hostname, port } = new URL(target);
  const headers = forwardedHeaders(incoming, prefix);
  return { service, onward: { hostname, port, path: match.path, method: incoming.method, headers } };
}

/** A request target in origin form; proxies' clients send the absolute form (RFC 9112, 3.2.2). */
function pathOf(target: string): string {
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target);
  return absolute === null ? target : target.slice(absolute[0].length) || "/";
}

function forward(proxy: Proxy, incoming: IncomingMessage, answer: ServerResponse, again = false): void {
  const found = destination(proxy, incoming);
  if ("status" in found) {
    refuse(answer, found);
    return;
  }
  const hasBody = "content-length" in incoming.headers || "transfer-encoding" in incoming.headers;
  const onward = request({ ...found.onward, agent: proxy.agent });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    refuse(answer, problem(504, "Service too slow", `${found.service} did not answer within ${proxy.timeoutMs} ms.`));
    onward.destroy();
  }, proxy.timeoutMs);
  onward.once("response", (response) => {
    clearTimeout(timer);
    answer.writeHead(response.statusCode ?? 502, response.statusMessage, endToEndHeaders(response));
    answer.flushHeaders();
    response.pipe(answer);
    response.on("error", () => answer.destroy());
    response.once("close", () => void (response.complete || answer.destroy()));
  });
  onward.once("error", (error: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    if (late) return;
    // The service closed an idle connection just as it was used again: nothing was processed.
    if (onward.reusedSocket && !hasBody && !again && !answer.headersSent) {
      forward(proxy, incoming, answer, true);
      return;
    }
    const why = error.code ?? error.message;
    refuse(answer, problem(502, "Service unreachable", `${found.service} cannot be reached: ${why}.`));
  });
  answer.once("close", () => {
    clearTimeout(timer);
    if (!answer.writableFinished) onward.destroy();
  });
  if (hasBody) incoming.pipe(onward);
  else onward.end();
}

function forwardUpgrade(proxy: Proxy, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on("error", () => socket.destroy());
  const end = (reason: Problem) => {
    const { body, headers } = ownAnswer(reason);
    socket.end(
      `HTTP/1.1 ${reason.status} ${reason.title}\r\n${headerLines([...headers, "connection", "close"])}\r\n${body}`,
    );
  };
  const found = destination(proxy, incoming);
  if ("status" in found) {
    end(found);
    return;
  }
  const forwarded = Array.isArray(found.onward.headers) ? found.onward.headers : [];
  const headers = [...forwarded, "connection", "upgrade", "upgrade", incoming.headers.upgrade ?? ""];
  const onward = request({ ...found.onward, headers, agent: false });
  onward.once("upgrade", (response, remote, remoteHead) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headerLines(response.rawHeaders)}\r\n`);
    if (remoteHead.length > 0) socket.write(remoteHead);
    if (head.length > 0) remote.write(head);
    remote.on("error", () => socket.destroy());
    remote.once("close", () => socket.destroy());
    socket.once("close", () => remote.destroy());
    socket.pipe(remote).pipe(socket);
  });
  onward.once("response", (response) => {
    const raw = [...endToEndHeaders(response), "connection", "close"];
    socket.write(`HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n${headerLines(raw)}\r\n`);
    response.pipe(socket);
  });
  onward.once("error", (error) =>
    end(problem(502, "Service unreachable", `${found.service} cannot be reached: ${error.message}.`)),
  );
  socket.once("close", () => onward.destroy());
  onward.end();
}

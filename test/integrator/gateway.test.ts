import { createServer, get, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../../src/integrator/gateway.ts";
import { matchRoute, routeTable } from "../../src/integrator/routes.ts";
import { isClosed } from "./system.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function gatewayTo(
  targets: Record<string, string | null>,
  options: { timeoutMs?: number } = {},
): Promise<Gateway> {
  const routes = routeTable(Object.entries(targets).map(([service, target]) => ({ service, target })));
  const gateway = await startGateway(() => routes, options);
  open.push(() => gateway.close());
  return gateway;
}

/** A service that answers with what it saw. */
const mirror = () =>
  createServer((incoming, answer) => {
    answer.setHeader("set-cookie", ["a=1", "b=2"]);
    answer.setHeader("x-method", incoming.method ?? "");
    answer.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }));
  });

test("the table matches whole segments, the longest prefix first, and strips it", () => {
  const routes = routeTable([
    { service: "shop", target: "http://a" },
    { service: "shop-admin", target: "http://b" },
  ]);
  expect(routes.map(({ prefix }) => prefix)).toEqual(["/api/shop-admin", "/api/shop"]);
  expect(matchRoute(routes, "/api/shop")).toMatchObject({ route: { service: "shop" }, path: "/" });
  expect(matchRoute(routes, "/api/shop?x=1")).toMatchObject({ route: { service: "shop" }, path: "/?x=1" });
  expect(matchRoute(routes, "/api/shop-admin/a%2Fb/?q=/api/shop")).toMatchObject({
    route: { service: "shop-admin" },
    path: "/a%2Fb/?q=/api/shop",
  });
  for (const unknown of ["/api/shops", "/api/shop-admins/x", "/", "/api", "/x/api/shop"])
    expect(matchRoute(routes, unknown)).toBeUndefined();
});

describe("headers", () => {
  test("the service sees path, query, X-Forwarded-* and the host; hop-by-hop headers end here", async () => {
    const gateway = await gatewayTo({ mirror: await listen(mirror()) });
    const answer = await fetch(`${gateway.url}/api/mirror/a%20b?c=d`, {
      headers: { "x-own": "1", "x-forwarded-for": "203.0.113.9" },
    });
    const { url, headers } = (await answer.json()) as { url: string; headers: Record<string, string> };
    expect(url).toBe("/a%20b?c=d");
    expect(headers).toMatchObject({
      "x-own": "1",
      "x-forwarded-for": "203.0.113.9, 127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-prefix": "/api/mirror",
      host: new URL(gateway.url).host,
    });
    expect(headers["keep-alive"]).toBeUndefined();
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  test("a traceparent is added when it is absent or malformed, and kept otherwise", async () => {
    const gateway = await gatewayTo({ mirror: await listen(mirror()) });
    const seen = async (headers: Record<string, string>) => {
      const answer = (await (await fetch(`${gateway.url}/api/mirror/`, { headers })).json()) as {
        headers: Record<string, string>;
      };
      return answer.headers.traceparent ?? "";
    };
    const given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    expect(await seen({ traceparent: given })).toBe(given);
    const wellFormed = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;
    expect(await seen({})).toMatch(wellFormed);
    expect(await seen({ traceparent: "nonsense" })).toMatch(wellFormed);
    expect(await seen({ traceparent: `00-${"0".repeat(32)}-b7ad6b7169203331-01` })).not.toContain("0".repeat(32));
  });
});

describe("answers of its own", () => {
  const problemOf = async (url: string) => {
    const answer = await fetch(url);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    return { status: answer.status, own: answer.headers.get("x-gateway-error"), body: await answer.json() };
  };

  test("404 for an unknown route, 503 for a service that is not deployed", async () => {
    const gateway = await gatewayTo({ absent: null });
    expect(await problemOf(`${gateway.url}/nowhere`)).toMatchObject({ status: 404, own: "404", body: { status: 404 } });
    expect(await problemOf(`${gateway.url}/api/absent/x`)).toMatchObject({
      status: 503,
      body: { detail: "absent is not deployed." },
    });
  });

  test("502 when the service is down or breaks off, 504 when it is too slow", async () => {
    const broken = createServer((incoming) => incoming.socket.destroy());
    const slow = createServer(() => {});
    const target = { gone: "http://127.0.0.1:9", broken: await listen(broken), slow: await listen(slow) };
    const gateway = await gatewayTo(target, { timeoutMs: 200 });
    expect(await problemOf(`${gateway.url}/api/gone/`)).toMatchObject({
      status: 502,
      body: { detail: expect.stringContaining("ECONNREFUSED") },
    });
    expect(await problemOf(`${gateway.url}/api/broken/`)).toMatchObject({ status: 502 });
    expect(await problemOf(`${gateway.url}/api/slow/`)).toMatchObject({ status: 504 });
  });

  test("an answer that breaks off in the middle is broken off, not ended", async () => {
    const halfway = createServer((incoming, answer) => {
      answer.write("half", () => setImmediate(() => incoming.socket.destroy()));
    });
    const gateway = await gatewayTo({ halfway: await listen(halfway) });
    const answer = await fetch(`${gateway.url}/api/halfway/`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });
});

describe("bodies", () => {
  test("request and response stream: the first chunk arrives before the last is sent", async () => {
    const echo = createServer((incoming, answer) => void incoming.pipe(answer));
    const gateway = await gatewayTo({ echo: await listen(echo) });
    const outgoing = request(`${gateway.url}/api/echo/`, { method: "POST" });
    const answered = new Promise<IncomingMessage>((resolve) => outgoing.once("response", resolve));
    outgoing.write("first");
    const answer = await answered;
    const chunks: string[] = [];
    const first = new Promise<void>((resolve) => answer.once("data", () => resolve()));
    answer.on("data", (chunk) => chunks.push(String(chunk)));
    await first;
    expect(chunks).toEqual(["first"]);
    outgoing.end("second");
    await new Promise((resolve) => answer.once("end", resolve));
    expect(chunks.join("")).toBe("firstsecond");
  });

  test("ten megabytes go through unchanged", async () => {
    const counter = createServer(async (incoming, answer) => {
      let size = 0;
      for await (const chunk of incoming) size += chunk.length;
      answer.end(String(size));
    });
    const gateway = await gatewayTo({ counter: await listen(counter) });
    const answer = await fetch(`${gateway.url}/api/counter/`, {
      method: "PUT",
      body: Buffer.alloc(10 * 1024 * 1024, "x"),
    });
    expect(await answer.text()).toBe(String(10 * 1024 * 1024));
  });

  test("HEAD and 204 have no body; methods are kept", async () => {
    const empty = createServer((incoming, answer) => void answer.writeHead(204, { "x-method": incoming.method }).end());
    const gateway = await gatewayTo({ mirror: await listen(mirror()), empty: await listen(empty) });
    const head = await fetch(`${gateway.url}/api/mirror/`, { method: "HEAD" });
    expect([head.status, head.headers.get("x-method"), await head.text()]).toEqual([200, "HEAD", ""]);
    const gone = await fetch(`${gateway.url}/api/empty/`, { method: "DELETE" });
    expect([gone.status, gone.headers.get("x-method")]).toEqual([204, "DELETE"]);
  });

  test("300 concurrent requests each get their own answer", async () => {
    const gateway = await gatewayTo({ mirror: await listen(mirror()) });
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    const urls = await Promise.all(
      numbers.map(
        async (index) => ((await (await fetch(`${gateway.url}/api/mirror/${index}`)).json()) as { url: string }).url,
      ),
    );
    expect(urls).toEqual(numbers.map((index) => `/${index}`));
  });

  test("a caller that gives up takes its request to the service with it", async () => {
    const seen = new Promise<void>((resolve) => {
      const waiting = createServer((_incoming, answer) => void answer.once("close", resolve));
      void listen(waiting).then(async (target) => {
        const gateway = await gatewayTo({ waiting: target });
        const outgoing = get(`${gateway.url}/api/waiting/`).on("error", () => {});
        waiting.once("request", () => outgoing.destroy());
      });
    });
    await seen;
  });
});

test("an idle connection that the service has closed does not fail the next request", async () => {
  const hasty = mirror();
  hasty.keepAliveTimeout = 1;
  const gateway = await gatewayTo({ hasty: await listen(hasty) });
  for (let round = 0; round < 20; round += 1) {
    expect((await fetch(`${gateway.url}/api/hasty/${round}`)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, round % 4));
  }
});

describe("upgrades", () => {
  const upgrader = () =>
    createServer().on("upgrade", (incoming, socket, head) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nx-path: ${incoming.url}\r\n\r\n`,
      );
      if (head.length > 0) socket.write(head);
      socket.on("error", () => {}).pipe(socket);
    });
  const dial = (gateway: Gateway, path: string) => {
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    const until = async (words: string) => {
      while (!text.includes(words)) await new Promise((resolve) => socket.once("data", resolve));
      return text;
    };
    return { socket, until };
  };

  test("bytes go both ways after the switch, and closing the gateway ends it", async () => {
    const gateway = await gatewayTo({ ws: await listen(upgrader()) });
    const { socket, until } = dial(gateway, "/api/ws/room?id=1");
    expect(await until("\r\n\r\n")).toContain("x-path: /room?id=1");
    socket.write("hello");
    await until("hello");
    const ended = new Promise((resolve) => socket.once("close", resolve));
    await gateway.close();
    await ended;
    expect(await isClosed(gateway.url)).toBe(true);
  });

  test("a refused upgrade is answered as refused; a service that is down with 502", async () => {
    const refusing = createServer().on("upgrade", (_incoming, socket) =>
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
    );
    const gateway = await gatewayTo({ no: await listen(refusing), gone: "http://127.0.0.1:9" });
    expect(await dial(gateway, "/api/no/").until("no")).toContain("403 Forbidden");
    expect(await dial(gateway, "/api/gone/").until("unreachable")).toContain("HTTP/1.1 502");
  });
});

test("garbage on the wire closes that connection only", async () => {
  const gateway = await gatewayTo({ mirror: await listen(mirror()) });
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {}).write("\u0000\u0001 garbage\r\n\r\n");
  await closed;
  expect((await fetch(`${gateway.url}/api/mirror/`)).status).toBe(200);
});

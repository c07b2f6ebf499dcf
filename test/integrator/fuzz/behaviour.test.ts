import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Exchange } from "../../../src/integrator/fuzz/check/found.ts";
import { fuzz, fuzzJunit, fuzzText, harOf, replay } from "../../../src/integrator/fuzz/fuzz.ts";
import type { FuzzRequest } from "../../../src/integrator/fuzz/request.ts";
import { blamed, fuzzService, requestFor, startService } from "./services.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A service of a few lines. */
async function serve(
  handle: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => handle(request, response, Buffer.concat(chunks).toString("utf8")));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function document(paths: Record<string, unknown>, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { openapi: "3.1.0", info: { title: "Small", version: "1.0.0" }, paths, ...more };
}

const anything = { "application/json": { schema: {} } };
const oneGet = document({ "/things": { get: { responses: { 200: { description: "", content: anything } } } } });

function run(url: string, spec: Record<string, unknown>, options: Partial<FuzzRequest> = {}) {
  const credentials = { headers: {}, api_keys: [] };
  return fuzz({
    document: spec,
    url,
    credentials,
    seed: 7,
    max_examples: 10,
    signal: new AbortController().signal,
    ...options,
  });
}

describe("what is sent", () => {
  it("is the same for the same seed, and another for another", async () => {
    const log = async (seed: number) => {
      const sent: string[] = [];
      const service = await startService("library");
      const onExchange = ({ wire }: Exchange) => sent.push(`${wire.method} ${wire.target} ${wire.body ?? ""}`);
      await fuzz(
        requestFor("library", service.url, {
          seed,
          onExchange,
          concurrency: 1,
          include: ["POST /books", "GET /books"],
        }),
      );
      await service.close();
      return sent;
    };
    const [first, again, other] = [await log(5), await log(5), await log(6)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("goes to the given address only: redirects, links and token endpoints elsewhere are not followed", async () => {
    let strayed = 0;
    const elsewhere = await serve((_request, response) => {
      strayed += 1;
      json(response, 200, {});
    });
    const url = await serve((_request, response) => response.writeHead(302, { location: `${elsewhere}/things` }).end());
    const spec = document({
      "/things": { servers: [{ url: elsewhere }], get: { responses: { 302: { description: "" } } } },
      "/made": { post: { responses: { 302: { description: "" } } } },
    });
    const report = await run(url, { ...spec, servers: [{ url: elsewhere }] });
    expect(report.violations).toEqual([]);
    expect(strayed).toBe(0);
    const flows = { clientCredentials: { tokenUrl: `${elsewhere}/token`, scopes: {} } };
    const secured = document(
      { "/things": { get: { security: [{ o: [] }], responses: { 200: { description: "" } } } } },
      { components: { securitySchemes: { o: { type: "oauth2", flows } } } },
    );
    const credentials = { headers: {}, api_keys: [], oauth2: "id:secret" };
    await expect(run(url, secured, { credentials })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(strayed).toBe(0);
  });

  it("keeps to include, exclude, the rate and the number of examples", async () => {
    const asked = new Map<string, number>();
    const url = await serve((request, response) => {
      const key = `${request.method} ${request.url?.split("?")[0]}`;
      asked.set(key, (asked.get(key) ?? 0) + 1);
      json(response, 200, []);
    });
    const get = {
      parameters: [{ name: "q", in: "query", schema: { type: "string" } }],
      responses: { 200: { description: "", content: anything } },
    };
    const spec = document({
      "/a": { get },
      "/b": { get },
      "/c": { get, delete: { responses: { 200: { description: "" } } } },
    });
    await run(url, spec, {
      include: ["GET /*"],
      exclude: ["/b"],
      checks: ["server_error"],
      phases: ["positive"],
      max_examples: 12,
    });
    expect([...asked.keys()].sort()).toEqual(["GET /a", "GET /c"]);
    expect(asked.get("GET /a")).toBeLessThanOrEqual(12 + 3);
    await expect(run(url, spec, { include: ["GET /d"] })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    const begin = performance.now();
    const slow = await run(url, spec, { include: ["/a"], phases: ["positive"], rate: 20, max_examples: 10 });
    expect((slow.requests - 1) / ((performance.now() - begin) / 1000)).toBeLessThan(25);
  });

  it("proves who calls with basic, API keys, bearer tokens and OAuth2 client credentials, and tells no secret", async () => {
    const scheme = (given: object) => ({ components: { securitySchemes: { s: given } }, security: [{ s: [] }] });
    const spec = (given: object) =>
      document(
        { "/things": { get: { responses: { 200: { description: "" }, 401: { description: "" } } } } },
        scheme(given),
      );
    const cases = [
      {
        given: { type: "http", scheme: "basic" },
        credentials: { basic: "me:secret-1" },
        wanted: (r: IncomingMessage) =>
          r.headers.authorization === `Basic ${Buffer.from("me:secret-1").toString("base64")}`,
      },
      {
        given: { type: "http", scheme: "bearer" },
        credentials: { bearer: "secret-2" },
        wanted: (r: IncomingMessage) => r.headers.authorization === "Bearer secret-2",
      },
      {
        given: { type: "apiKey", in: "header", name: "X-Key" },
        credentials: { api_keys: ["X-Key=secret-3"] },
        wanted: (r: IncomingMessage) => r.headers["x-key"] === "secret-3",
      },
      {
        given: { type: "apiKey", in: "query", name: "key" },
        credentials: { api_keys: ["secret-4"] },
        wanted: (r: IncomingMessage) => new URL(r.url ?? "", "http://x").searchParams.get("key") === "secret-4",
      },
      {
        given: { type: "apiKey", in: "cookie", name: "sid" },
        credentials: { api_keys: ["s=secret-5"] },
        wanted: (r: IncomingMessage) => r.headers.cookie === "sid=secret-5",
      },
      {
        given: { type: "oauth2", flows: { clientCredentials: { tokenUrl: "/token", scopes: {} } } },
        credentials: { oauth2: "id:secret-6" },
        wanted: (r: IncomingMessage) => r.headers.authorization === "Bearer given-6",
      },
    ];
    for (const { given, credentials, wanted } of cases) {
      let welcomed = 0;
      const url = await serve((request, response) => {
        if (request.url === "/token") return json(response, 200, { access_token: "given-6" });
        if (!wanted(request)) return void response.writeHead(401).end();
        welcomed += 1;
        // Undocumented, so that there is a finding to look for secrets in.
        response.writeHead(welcomed === 1 ? 218 : 200).end();
      });
      const report = await run(url, spec(given), {
        credentials: { headers: {}, api_keys: [], ...credentials },
        checks: ["status_documented"],
      });
      expect(welcomed).toBeGreaterThan(0);
      expect(blamed(report)).toEqual(["STATUS-003 GET /things"]);
      expect(JSON.stringify(report)).not.toMatch(/secret-\d|given-6/);
    }
  });
});

describe("what is found", () => {
  it("is shown by the simplest request, once for each cause", async () => {
    const spec = document({
      "/sum": {
        post: {
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: {
                  type: "object",
                  required: ["a"],
                  properties: {
                    a: { type: "integer", minimum: 0, maximum: 100_000 },
                    b: { type: "string" },
                    c: { type: "array", items: { type: "integer" } },
                  },
                },
              },
            },
          },
          responses: { 200: { description: "", content: anything }, 422: { description: "" } },
        },
      },
    });
    const url = await serve((_request, response, body) => {
      const given: unknown = JSON.parse(body || "null");
      const a = given !== null && typeof given === "object" && "a" in given ? given.a : undefined;
      if (typeof a === "number" && a >= 500 && a < 99_000) return json(response, 500, { at: Math.random() });
      json(response, typeof a === "number" ? 200 : 422, {});
    });
    const report = await run(url, spec, { phases: ["positive"], max_examples: 100 });
    expect(report.violations).toHaveLength(1);
    const [violation] = report.violations;
    const body: unknown = JSON.parse(violation?.steps[0]?.body ?? "");
    expect(body).toEqual({ a: 500 });
    expect(violation?.curl).toBe(
      `curl -i -X POST '${url}/sum' -H 'content-type: application/json' --data-raw '{"a":500}'`,
    );
    expect(violation?.response?.status).toBe(500);
  });

  it("can be replayed, whether it is there still or was mended", async () => {
    const names = ["accepts-short-name", "price-as-text", "404-for-405", "crash-on-unknown-id"];
    for (const faults of [names, ["delete-keeps"]]) {
      const report = await fuzzService("shop", faults);
      expect(report.violations.length).toBeGreaterThan(0);
      const again = async (with_: string[], id?: string) => {
        const service = await startService("shop", with_.join(","));
        const { document, credentials, signal } = requestFor("shop", service.url);
        const found = await replay({ report, id, document, url: service.url, credentials, signal });
        await service.close();
        return found;
      };
      // What reads a resource of the first run finds another service empty.
      const lasting = report.violations.filter(
        ({ steps, method, phase }) => phase === "stateful" || method === "POST" || steps.length > 1,
      );
      const still = blamed(await again(faults));
      for (const { code, method, path } of lasting) expect(still).toContain(`${code} ${method} ${path}`);
      expect((await again([])).violations).toEqual([]);
    }
    const report = await fuzzService("shop", ["price-as-text"], { phases: ["examples"] });
    const service = await startService("shop");
    const { document, credentials, signal } = requestFor("shop", service.url);
    await expect(replay({ report, id: "0123", document, url: service.url, credentials, signal })).rejects.toMatchObject(
      { code: "NOT_FOUND" },
    );
    await service.close();
  });

  it("is written as text, JUnit and HAR", async () => {
    const service = await startService("shop", "null-total");
    const har = harOf(service.url);
    const report = await fuzz(requestFor("shop", service.url, { onExchange: har.note }));
    await service.close();
    expect(fuzzText(report)).toMatch(
      /error SCHEMA-001 GET \/products: The answer \(200\) does not match its schema: \/total must be integer/,
    );
    expect(fuzzText(report)).toContain(`Only ${service.url} was asked`);
    expect(fuzzJunit(report)).toMatch(
      /<testsuites name="super-orchestrator fuzz" tests="11" failures="1" errors="0" skipped="0"/,
    );
    const { log }: { log: { entries: { request: { url: string } }[] } } = JSON.parse(har.text("1.0.0"));
    expect(log.entries.length).toBeGreaterThan(100);
    expect(log.entries.every(({ request }) => request.url.startsWith(service.url))).toBe(true);
  });

  it("includes answers over a threshold, and what a hooks file says", async () => {
    const folder = mkdtempSync(join(tmpdir(), "so-hooks-"));
    const hooks_file = join(folder, "hooks.mjs");
    writeFileSync(
      hooks_file,
      'export const beforeRequest = (request) => { request.headers["x-hook"] = "yes"; };\nexport const afterResponse = (response) => (response.body === "[]" ? undefined : "not empty");\nexport const filterCase = ({ path }) => path !== "/skipped";\n',
    );
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(`${request.url} ${request.headers["x-hook"]}`);
      setTimeout(() => json(response, 200, request.url === "/full" ? [1] : []), request.url === "/slow" ? 300 : 0);
    });
    const get = { responses: { 200: { description: "", content: anything } } };
    const report = await run(url, document({ "/slow": { get }, "/full": { get }, "/skipped": { get } }), {
      hooks_file,
      max_response_ms: 250,
      checks: ["response_time", "hook"],
    });
    expect(blamed(report)).toContain("INT-006 GET /slow");
    expect(blamed(report)).toContain("HOOK-001 GET /full");
    expect(blamed(report)).not.toContain("HOOK-001 GET /slow");
    expect(asked.every((one) => one.endsWith("yes") && !one.startsWith("/skipped"))).toBe(true);
    writeFileSync(hooks_file, "export const other = 1;\n");
    await expect(run(url, oneGet, { hooks_file: `${folder}/none.mjs` })).rejects.toMatchObject({ code: "NOT_FOUND" });
    rmSync(folder, { recursive: true });
  });
});

describe("what a correct service may do", () => {
  it("undeclared query parameters, alternatives of security, optional nulls, defaults and redirects are no violations", async () => {
    const url = await serve((request, response, body) => {
      const { pathname } = new URL(request.url ?? "", "http://x");
      if (pathname === "/either" && request.headers["x-key"] !== "k" && request.headers.authorization !== "Bearer t")
        return json(response, 401, {});
      if (pathname === "/moved") return void response.writeHead(307, { location: "/either" }).end();
      if (request.method === "POST") {
        const given: unknown = (() => {
          try {
            return JSON.parse(body);
          } catch {
            return undefined;
          }
        })();
        const size = given !== null && typeof given === "object" && "size" in given ? given.size : 1;
        const isRight = given !== null && typeof given === "object" && !Array.isArray(given) && Number.isInteger(size);
        return json(response, isRight ? 200 : 400, {});
      }
      json(response, 200, {});
    });
    const answers = { 200: { description: "", content: anything }, 401: { description: "" } };
    const spec = document(
      {
        "/either": { get: { security: [{ key: [] }, { token: [] }], responses: answers } },
        "/moved": { get: { responses: { 307: { description: "" } } } },
        "/sized": {
          post: {
            requestBody: {
              required: true,
              content: {
                "application/json": {
                  schema: { type: "object", required: ["size"], properties: { size: { type: "integer", default: 1 } } },
                },
              },
            },
            responses: { 200: answers[200], 400: { description: "" } },
          },
        },
      },
      {
        components: {
          securitySchemes: {
            key: { type: "apiKey", in: "header", name: "X-Key" },
            token: { type: "http", scheme: "bearer" },
          },
        },
      },
    );
    const both = { headers: {}, api_keys: ["X-Key=k"], bearer: "t" };
    const report = await run(url, spec, {
      credentials: both,
      max_examples: 40,
      checks: [
        "server_error",
        "status_documented",
        "negative_data_rejected",
        "positive_data_accepted",
        "auth_enforced",
      ],
    });
    expect(report.violations).toEqual([]);
    const onlyToken = await run(url, spec, {
      credentials: { headers: { Authorization: "Bearer t" }, api_keys: [] },
      include: ["/either"],
      checks: ["auth_enforced", "server_error"],
    });
    expect(onlyToken.violations).toEqual([]);
  });

  it("what was created is deleted again, as far as the contract offers it", async () => {
    const service = await startService("library");
    const report = await fuzz(requestFor("library", service.url));
    const left = await (await fetch(`${service.url}/books`)).json();
    expect(left).toEqual([]);
    expect(report.cleaned_up).toBeGreaterThan(10);
    expect(report.left_behind).toBe(0);
    await service.close();
  });
});

describe("when things go wrong", () => {
  it("an interruption keeps what was found, and what was created is still deleted", async () => {
    const service = await startService("library", "list-in-envelope");
    const stopper = new AbortController();
    let count = 0;
    const onExchange = () => {
      count += 1;
      if (count === 120) stopper.abort();
    };
    const report = await fuzz(requestFor("library", service.url, { signal: stopper.signal, onExchange }));
    expect(report.interrupted).toBe(true);
    expect(blamed(report)).toContain("SCHEMA-001 GET /books");
    expect(report.requests).toBeLessThan(150);
    const left: unknown = await (await fetch(`${service.url}/books`)).json();
    expect(left).toEqual({ items: [] });
    await service.close();
  });

  it("a time limit ends the run with what was found", async () => {
    const url = await serve((_request, response) => void setTimeout(() => json(response, 500, {}), 20));
    const report = await run(url, oneGet, {
      max_seconds: 1,
      max_examples: 100_000,
      phases: ["positive", "coverage"],
      rate: 5,
    });
    expect(blamed(report)).toContain("STATUS-002 GET /things");
  });

  it("a service that is not there, a spec that is none, and addresses that are none are refused", async () => {
    await expect(run("http://127.0.0.1:1", oneGet)).rejects.toMatchObject({ code: "REMOTE_UNAVAILABLE" });
    await expect(run("ftp://127.0.0.1", oneGet)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(run("nonsense", oneGet)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(run("http://127.0.0.1:1", { swagger: "2.0" })).rejects.toMatchObject({ code: "CONTRACT_INVALID" });
    await expect(run("http://127.0.0.1:1", document({}))).rejects.toMatchObject({ code: "CONTRACT_INVALID" });
  });

  it("a service that dies in the middle is charged once and the run ends", async () => {
    let count = 0;
    const server = createServer((_request, response) => {
      count += 1;
      if (count < 10) return json(response, 200, []);
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const get = {
      parameters: [{ name: "n", in: "query", schema: { type: "integer" } }],
      responses: { 200: { description: "", content: anything } },
    };
    const report = await run(`http://127.0.0.1:${port}`, document({ "/things": { get } }), { max_examples: 500 });
    expect(report.notes.join(" ")).toContain("stopped accepting connections");
    expect(blamed(report).filter((one) => one.startsWith("INT-003"))).not.toEqual([]);
    expect(report.requests).toBeLessThan(60);
  });

  it("answers that are no HTTP are told, and schemas of any kind are survived", async () => {
    const url = await serve((request) => {
      request.socket.end("HTTP/1.1 abc\r\n\r\nnonsense");
    });
    expect(blamed(await run(url, oneGet))).toEqual(["INT-003 GET /things"]);
    const fine = await serve((_request, response) => json(response, 200, {}));
    const schemas: unknown[] = [
      { $ref: "#/components/schemas/Gone" },
      { $ref: "#/components/schemas/Loop" },
      { type: "object", required: ["self"], properties: { self: { $ref: "#/components/schemas/Loop" } } },
      { type: "string", pattern: "(?<=a)b(?!c)" },
      { type: "string", pattern: "(" },
      { type: "integer", minimum: 10, maximum: 1 },
      { allOf: [{ type: "string" }, { type: "integer" }] },
      { enum: [] },
      { oneOf: [] },
      { type: "array", minItems: 1e9 },
      { type: "string", minLength: 1e9 },
      { not: {} },
      false,
      true,
      null,
      17,
    ];
    const paths = Object.fromEntries(
      schemas.map((schema, index) => [
        `/p${index}`,
        {
          post: {
            parameters: [{ name: "x", in: "query", schema }],
            requestBody: { content: { "application/json": { schema } } },
            responses: { 200: { description: "" }, 400: { description: "" } },
          },
        },
      ]),
    );
    const components = {
      schemas: {
        Loop: {
          type: "object",
          properties: { next: { $ref: "#/components/schemas/Loop" } },
          allOf: [{ $ref: "#/components/schemas/Loop" }],
        },
      },
    };
    const report = await run(fine, document(paths, { components }), { checks: ["server_error", "no_answer"] });
    expect(report.violations).toEqual([]);
    expect(report.operations.every(({ requests }) => requests > 0)).toBe(true);
  });

  it("a contract of a thousand operations is tested whole", async () => {
    const url = await serve((request, response) => {
      if (/item999/.test(request.url ?? "")) return json(response, 500, {});
      json(response, 200, { id: "1", name: "one" });
    });
    const Thing = {
      type: "object",
      required: ["id", "name"],
      properties: { id: { type: "string" }, name: { type: "string", minLength: 1 } },
    };
    const content = { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } };
    const paths = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        `/item${index}`,
        {
          get: {
            operationId: `get${index}`,
            parameters: [{ name: "page", in: "query", schema: { type: "integer", minimum: 1 } }],
            responses: { 200: { description: "", content }, 422: { description: "" } },
          },
        },
      ]),
    );
    const checks = ["server_error", "response_schema"] as const;
    const report = await run(url, document(paths, { components: { schemas: { Thing } } }), { max_examples: 3, checks });
    expect(blamed(report)).toEqual(["STATUS-002 GET /item999"]);
    expect(report.operations).toHaveLength(1000);
    expect(report.operations.every(({ requests }) => requests > 3)).toBe(true);
  });
});

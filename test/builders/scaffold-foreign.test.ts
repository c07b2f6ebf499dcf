import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { BuildTask } from "../../src/builders/port.ts";
import { createScaffoldBuilder } from "../../src/builders/scaffold/scaffold.ts";
import { verifyService } from "../../src/builders/verify.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import type { ContractDraft } from "../../src/model/contract.ts";
import { Service } from "../../src/model/service-map.ts";
import {
  ask,
  eventually,
  freshSecret,
  type RunningService,
  registered,
  start,
  taskFor,
  temporaryFolder,
} from "./support.ts";

/** A contract as others write it: OpenAPI 3.0, no extension of ours, no operation ids here and there. */
const library: ContractDraft["spec"] = JSON.parse(
  readFileSync(new URL("library.openapi.json", import.meta.url), "utf8"),
);

const events: ContractDraft["spec"] = {
  asyncapi: "2.6.0",
  info: { title: "library", version: "1.0.0" },
  channels: {
    "loan.created": {
      subscribe: {
        message: {
          payload: {
            type: "object",
            required: ["loanId", "bookId"],
            properties: { loanId: { type: "string" }, bookId: { type: "integer" } },
          },
        },
      },
    },
    "member.left": {
      publish: {
        message: { payload: { type: "object", required: ["memberId"], properties: { memberId: { type: "string" } } } },
      },
    },
  },
};

function libraryTask(root: string, over: Partial<BuildTask> = {}): BuildTask {
  const draft = (type: ContractDraft["type"], spec: ContractDraft["spec"]) =>
    registered({ service_name: "library", type, version: "1.0.0", spec });
  return taskFor(root, "library", {
    contracts: [draft("openapi", library), draft("asyncapi", events)],
    consumed: [],
    domain_model: { entities: [], relationships: [], generated_at: "" },
    ...over,
  });
}

function evidenceOf(task: BuildTask, root: string) {
  const { output_dir: directory, signal } = task;
  const logDir = join(root, "logs");
  return verifyService({ service: task.service.name, directory, logDir, spawn: spawnGroup, timeoutMs: 60_000, signal });
}

describe("a contract without any extension of ours", () => {
  let service: RunningService;
  let token: string;
  const root = temporaryFolder();
  const task = libraryTask(root);

  beforeAll(async () => {
    const claim = await createScaffoldBuilder().build(task);
    expect(claim.error).toBe("");
    service = await start(task.output_dir, { JWT_SECRET: freshSecret(), EVENT_SECRET: freshSecret() });
    const credentials = { username: "ada", password: freshSecret() };
    expect((await ask(`${service.url}/signup`, { body: credentials })).status).toBe(201);
    const login = await ask(`${service.url}/auth/login`, { body: credentials });
    expect(login.status).toBe(200);
    token = login.body.access_token;
  });

  it("gives a service whose own tests pass", async () => {
    const evidence = await evidenceOf(task, root);
    expect(evidence.reason).toBe("");
    const tests = evidence.commands[0]?.tests;
    expect(tests?.executed).toBeGreaterThan(40);
    expect(tests?.skipped).toBe(0);
  });

  it("knows who is asking", async () => {
    expect((await ask(`${service.url}/users/me`, { token })).body).toMatchObject({ username: "ada" });
    expect((await ask(`${service.url}/users/me`)).status).toBe(401);
  });

  it("creates, reads, changes, lists and deletes", async () => {
    const created = await ask(`${service.url}/books`, {
      token,
      body: { title: "Emma", isbn: "978-0141439587", subtitle: null },
    });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ id: 1, title: "Emma", subtitle: null });
    const url = `${service.url}/books/${created.body.id}`;
    expect((await ask(url)).body).toEqual(created.body);
    const changed = await ask(url, { method: "PATCH", token, body: { title: "Persuasion" } });
    expect(changed.body).toMatchObject({ id: 1, title: "Persuasion", isbn: "978-0141439587" });
    for (let count = 0; count < 3; count += 1)
      await ask(`${service.url}/books`, { token, body: { title: `More ${count}`, isbn: "978-0141439580" } });
    const page = await ask(`${service.url}/books?limit=2&offset=1`);
    expect(page.body).toMatchObject({ total: 4, limit: 2, offset: 1 });
    expect(page.body.items.map(({ title }: { title: string }) => title)).toEqual(["More 1", "More 0"]);
    expect((await ask(url, { method: "DELETE", token })).status).toBe(204);
    expect((await ask(url)).status).toBe(404);
    expect((await ask(`${service.url}/books?limit=0`)).status).toBe(400);
  });

  it("keeps what lies inside a document with it", async () => {
    const book = await ask(`${service.url}/books`, { token, body: { title: "Ulysses", isbn: "978-0141182803" } });
    const reviews = `${service.url}/books/${book.body.id}/reviews`;
    const review = await ask(reviews, { token, body: { rating: 5 } });
    expect(review.status).toBe(201);
    expect(review.body).toMatchObject({ book_id: book.body.id, rating: 5 });
    expect((await ask(reviews)).body).toHaveLength(1);
    expect((await ask(`${service.url}/books/999999/reviews`)).body).toEqual([]);
    expect((await ask(`${service.url}/books/999999/reviews`, { token, body: { rating: 5 } })).status).toBe(404);
    expect((await ask(reviews, { token, body: { rating: 6 } })).status).toBe(422);
  });

  it("finds the moves of a state machine in paths and states", async () => {
    const loan = await ask(`${service.url}/loans`, { token, body: { bookId: 1 } });
    expect(loan.body).toMatchObject({ status: "active" });
    const back = () => ask(`${service.url}/loans/${loan.body.loanId}/return`, { method: "POST", token });
    expect((await back()).body).toMatchObject({ loanId: loan.body.loanId, status: "returned" });
    expect((await back()).status).toBe(409);
  });

  it("answers what has no meaning here in the form that is asked for", async () => {
    const report = await ask(`${service.url}/reports/daily?day=2026-01-01`, { token });
    expect(report.status).toBe(200);
    expect(report.body).toMatchObject({ day: "2026-01-01", loans: expect.any(Number) });
  });
});

describe("a frontend", () => {
  it("serves a page that lists what the system offers, and nothing else", async () => {
    const root = temporaryFolder();
    const accounts = taskFor(root, "accounts-service").contracts;
    const service = Service.parse({
      name: "web",
      is_frontend: true,
      stack: { language: "html" },
      description: "<b>Shop</b>",
    });
    const task = taskFor(root, "web", { service, contracts: [], consumed: accounts });
    expect(await createScaffoldBuilder().build(task)).toMatchObject({ success: true, error: "" });
    const evidence = await evidenceOf(task, root);
    expect(evidence).toMatchObject({ verified: true, reason: "" });
    const running = await start(task.output_dir);
    const page = await ask(`${running.url}/`);
    expect(page.body).toContain("POST /api/accounts-service/accounts/login");
    expect(page.body).toContain("&lt;b&gt;Shop&lt;/b&gt;");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect((await ask(`${running.url}/health`)).status).toBe(200);
    const logged = await eventually(() => running.logs.find(({ path }) => path === "/health"), "a log line");
    expect(logged).toMatchObject({ service: "web", status: 200 });
  });
});

describe("hostile contracts", () => {
  const build = (spec: ContractDraft["spec"], over: Partial<BuildTask> = {}) => {
    const root = temporaryFolder();
    const contracts = [registered({ service_name: "library", type: "openapi", version: "1.0.0", spec })];
    const task = libraryTask(root, { contracts, ...over });
    return createScaffoldBuilder()
      .build(task)
      .then((claim) => ({ claim, task, root }));
  };
  const info = { openapi: "3.1.0", info: { title: "x", version: "1.0.0" } };

  it("with odd names and code in texts give a service that runs", async () => {
    const schema = {
      type: "object",
      required: ["id"],
      properties: { id: { type: "string" }, "odd name": { type: "string" } },
    };
    const json = (value: unknown) => ({ description: "", content: { "application/json": { schema: value } } });
    const { claim, task, root } = await build({
      ...info,
      paths: {
        "/a-b/{x-y}": {
          get: {
            summary: "*/ process.exit(1) //\n`$" + "{1}`",
            operationId: "get'\"`",
            "x-entity": "constructor",
            "x-action": "get",
            responses: { "200": json(schema), "404": { description: "" } },
          },
        },
        "/a-b": {
          post: {
            "x-entity": "constructor",
            "x-action": "create",
            requestBody: { content: { "application/json": { schema: {} } } },
            responses: { "201": json(schema) },
          },
        },
        "/__proto__": {
          get: { responses: { "200": json({ type: "array", items: { $ref: "#/components/schemas/Loop" } }) } },
        },
        "/things/{id}:archive": { post: { responses: { "204": { description: "" } } } },
      },
      components: {
        schemas: {
          Loop: { type: "object", required: ["next"], properties: { next: { $ref: "#/components/schemas/Loop" } } },
        },
      },
    });
    expect(claim.error).toBe("");
    const evidence = await evidenceOf(task, root);
    expect(evidence.commands[0]?.tests?.executed).toBeGreaterThan(4);
    expect(evidence.reason).toBe("");
  });

  it("with endless references and senseless values do not hang or crash the builder", async () => {
    const senseless = {
      ...info,
      paths: { "/x": null, "/y": { get: 7, post: { requestBody: { $ref: "#/a" }, responses: [] } } },
    };
    const { claim } = await build({ ...senseless, a: { $ref: "#/b" }, b: { $ref: "#/a" } });
    expect(typeof claim.success).toBe("boolean");
    expect((await build({})).claim.success).toBe(true);
  });

  it("with schemas that multiply come to an end", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
    const all = { $ref: "#/components/schemas/All" };
    const properties = Object.fromEntries(names.map((name) => [name, all]));
    const body = { content: { "application/json": { schema: all } } };
    const { claim } = await build({
      ...info,
      paths: { "/x": { post: { requestBody: body, responses: { "201": { description: "", ...body } } } } },
      components: { schemas: { All: { type: "object", properties, allOf: names.map(() => all), anyOf: [all, all] } } },
    });
    expect(claim.success).toBe(true);
  });

  it("with a login that shows no credentials do not hand out anything", async () => {
    const answer = {
      description: "",
      content: {
        "application/json": {
          schema: { type: "object", required: ["token"], properties: { token: { type: "string" } } },
        },
      },
    };
    const { claim, task, root } = await build({
      ...info,
      paths: {
        "/login": {
          post: { operationId: "login", "x-action": "login", "x-entity": "User", responses: { "200": answer } },
        },
      },
    });
    expect(claim).toMatchObject({
      success: false,
      error: "login is not built: its request shows no identifier and secret.",
    });
    expect((await evidenceOf(task, root)).commands[0]?.tests).toMatchObject({ failed: 0, skipped: 1 });
    const service = await start(task.output_dir, { JWT_SECRET: freshSecret() });
    expect((await ask(`${service.url}/login`, { method: "POST" })).status).toBe(501);
  });

  it("that refer to other documents are not claimed", async () => {
    const answer = { description: "", content: { "application/json": { schema: { $ref: "common.yaml#/Thing" } } } };
    const { claim } = await build({ ...info, paths: { "/x": { get: { responses: { "200": answer } } } } });
    expect(claim.success).toBe(false);
    expect(claim.error).toContain("common.yaml#/Thing");
  });

  it("guarded by what is not built are not claimed", async () => {
    const { claim } = await build({
      ...info,
      paths: {
        "/x": { get: { operationId: "getX", security: [{ key: [] }], responses: { "200": { description: "" } } } },
      },
      components: { securitySchemes: { key: { type: "apiKey", in: "header", name: "x-key" } } },
    });
    expect(claim).toMatchObject({
      success: false,
      error: "getX is guarded by key; only HTTP bearer tokens are built.",
    });
  });
});

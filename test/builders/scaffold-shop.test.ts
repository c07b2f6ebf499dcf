import { randomBytes, randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createScaffoldBuilder } from "../../src/builders/scaffold/scaffold.ts";
import {
  ask,
  eventually,
  freshSecret,
  type RunningService,
  signature,
  start,
  taskFor,
  temporaryFolder,
} from "./support.ts";

const EVENT_SECRET = freshSecret();
const secrets = { JWT_SECRET: freshSecret(), EVENT_SECRET };
let accounts: RunningService;
let orders: RunningService;
let notifications: RunningService;

async function build(root: string, name: string): Promise<string> {
  const task = taskFor(root, name);
  expect((await createScaffoldBuilder().build(task)).error).toBe("");
  return task.output_dir;
}

beforeAll(async () => {
  const root = temporaryFolder();
  accounts = await start(await build(root, "accounts-service"), secrets);
  notifications = await start(await build(root, "notifications-service"), secrets);
  const listeners = [`${notifications.url}/_events`];
  orders = await start(await build(root, "orders-service"), {
    ...secrets,
    ACCOUNTS_SERVICE_URL: accounts.url,
    EVENT_SUBSCRIBERS: JSON.stringify({ "order.created": listeners, "order.paid": listeners }),
  });
});

async function newCustomer(): Promise<{ id: string; token: string; email: string; word: string }> {
  const [email, word] = [`${randomUUID()}@example.com`, freshSecret()];
  const registered = await ask(`${accounts.url}/accounts/register`, { body: { email, name: "Ada", password: word } });
  expect(registered.status).toBe(201);
  const login = await ask(`${accounts.url}/accounts/login`, { body: { email, password: word } });
  expect(login.status).toBe(200);
  return { id: registered.body.id, token: login.body.token, email, word };
}

const items = [
  { sku: "A-1", quantity: 2, unit_price: 9.95 },
  { sku: "B-2", quantity: 1, unit_price: 0.1 },
];

describe("accounts", () => {
  it("registers, logs in and knows its own tokens, without ever showing a password", async () => {
    const customer = await newCustomer();
    const current = await ask(`${accounts.url}/accounts/me`, { token: customer.token });
    expect(current.status).toBe(200);
    expect(Object.keys(current.body).sort()).toEqual(["created_at", "email", "id", "name"]);
    expect(current.body).toMatchObject({ id: customer.id, email: customer.email, name: "Ada" });
    const claims = JSON.parse(Buffer.from(customer.token.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ iss: "accounts-service", sub: customer.id });
    expect(claims.exp).toBeGreaterThan(claims.iat);
    expect(JSON.stringify(accounts.logs)).not.toContain(customer.word);
  });

  it("refuses a wrong password, an unknown address and a second registration", async () => {
    const { email, word } = await newCustomer();
    const login = (body: unknown) => ask(`${accounts.url}/accounts/login`, { body });
    expect((await login({ email, password: `${word}x` })).status).toBe(401);
    expect((await login({ email: "nobody@example.com", password: word })).status).toBe(401);
    const body = { email: email.toUpperCase(), name: "Eve", password: word };
    expect((await ask(`${accounts.url}/accounts/register`, { body })).status).toBe(409);
  });

  it("lets only one of two simultaneous registrations of an address through", async () => {
    const body = { email: `${randomUUID()}@example.com`, name: "Twin", password: freshSecret() };
    const both = await Promise.all([1, 2].map(() => ask(`${accounts.url}/accounts/register`, { body })));
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it("answers errors as problem documents with details", async () => {
    const body = { email: "not an address", name: "", password: 7 };
    const refused = await ask(`${accounts.url}/accounts/register`, { body });
    expect(refused.status).toBe(400);
    expect(refused.headers.get("content-type")).toContain("application/problem+json");
    expect(refused.body).toMatchObject({ type: "about:blank", title: "Bad Request", status: 400 });
    const pointers = refused.body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers.sort()).toEqual(["body/email", "body/name", "body/password"]);
  });

  it.each(["", "x", "a.b.c", `${"e30".repeat(3)}.e30.`])("does not take %j for a token", async (token) => {
    expect((await ask(`${accounts.url}/accounts/me`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(
      401,
    );
  });

  it("does not take an expired or changed token", async () => {
    const { token } = await newCustomer();
    const [header, payload = "", mark] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: randomUUID() })).toString("base64url");
    expect((await ask(`${accounts.url}/accounts/me`, { token: `${header}.${changed}.${mark}` })).status).toBe(401);
  });
});

describe("orders", () => {
  it("asks the live accounts service about the customer and computes the total", async () => {
    const { id, token } = await newCustomer();
    const created = await ask(`${orders.url}/orders`, { token, body: { account_id: id, items } });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ account_id: id, items, status: "pending", total: 20 });
    const read = await ask(`${orders.url}/orders/${created.body.id}`, { token });
    expect(read.body).toEqual(created.body);
    const unknown = await ask(`${orders.url}/orders`, { token, body: { account_id: randomUUID(), items } });
    expect(unknown.status).toBe(400);
    expect(unknown.body.detail).toContain("accounts-service");
  });

  it("does not let a client choose a state, a total or an id", async () => {
    const { id, token } = await newCustomer();
    const forced = { status: "paid", total: 0, id: randomUUID(), __proto__: { admin: true } };
    const created = await ask(`${orders.url}/orders`, { token, body: { account_id: id, items, ...forced } });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ status: "pending", total: 20 });
    expect(created.body.id).not.toBe(forced.id);
  });

  it("moves along its states and no other way", async () => {
    const { id, token } = await newCustomer();
    const { body } = await ask(`${orders.url}/orders`, { token, body: { account_id: id, items } });
    const move = (what: string) => ask(`${orders.url}/orders/${body.id}/${what}`, { method: "POST", token });
    expect((await move("ship")).status).toBe(409);
    expect((await move("pay")).body.status).toBe("paid");
    expect((await move("cancel")).status).toBe(409);
    expect((await move("ship")).body.status).toBe("shipped");
    expect((await move("pay")).status).toBe(409);
  });

  it("lists with filters, newest first", async () => {
    const { id, token } = await newCustomer();
    const make = () => ask(`${orders.url}/orders`, { token, body: { account_id: id, items } });
    const [first, second] = [await make(), await make()];
    await ask(`${orders.url}/orders/${first.body.id}/pay`, { method: "POST", token });
    const all = await ask(`${orders.url}/orders?account_id=${id}`, { token });
    expect(all.body.map((order: { id: string }) => order.id)).toEqual([second.body.id, first.body.id]);
    const paid = await ask(`${orders.url}/orders?account_id=${id}&status=paid`, { token });
    expect(paid.body.map((order: { id: string }) => order.id)).toEqual([first.body.id]);
    expect((await ask(`${orders.url}/orders?status=lost`, { token })).status).toBe(400);
  });

  it("says what it is not asked in the right way", async () => {
    const { id, token } = await newCustomer();
    const post = (body: unknown, headers = {}) => ask(`${orders.url}/orders`, { token, body, headers });
    expect((await post("{")).status).toBe(400);
    expect((await post("x", { "content-type": "text/plain" })).status).toBe(415);
    expect((await post({ account_id: id, items, note: "x".repeat(2 ** 20) })).status).toBe(413);
    expect((await post({ account_id: id, items, note: "x".repeat(8 * 2 ** 20) })).status).toBe(413);
    expect((await post(`${"[".repeat(5000)}${"]".repeat(5000)}`)).status).toBe(400);
    expect((await ask(`${orders.url}/orders`)).status).toBe(401);
    const refused = await ask(`${orders.url}/orders`, { method: "PUT", token });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD, POST, OPTIONS"]);
    expect((await ask(`${orders.url}/orders/not-a-uuid`, { token })).status).toBe(400);
    expect((await ask(`${orders.url}/orders/${randomUUID()}`, { token })).status).toBe(404);
    expect((await ask(`${orders.url}/orders/%E0%A4%A`, { token })).status).toBe(400);
    expect((await ask(`${orders.url}/constructor`)).status).toBe(404);
  });

  it("says that a service it depends on is gone", async () => {
    const task = taskFor(temporaryFolder(), "orders-service");
    await createScaffoldBuilder().build(task);
    const lonely = await start(task.output_dir, { ...secrets, ACCOUNTS_SERVICE_URL: "http://127.0.0.1:1" });
    const { id, token } = await newCustomer();
    const answer = await ask(`${lonely.url}/orders`, { token, body: { account_id: id, items } });
    expect(answer.status).toBe(502);
    expect(await lonely.stop()).toBe(0);
  });
});

describe("events", () => {
  it("arrive signed at the subscriber, each once, and create what its contract says", async () => {
    const { id, token } = await newCustomer();
    const { body } = await ask(`${orders.url}/orders`, { token, body: { account_id: id, items } });
    await ask(`${orders.url}/orders/${body.id}/pay`, { method: "POST", token });
    const read = async () => (await ask(`${notifications.url}/notifications?account_id=${id}`, { token })).body;
    const found = await eventually(async () => ((await read()).length === 2 ? read() : undefined), "two notifications");
    expect(found.map((one: { type: string }) => one.type).sort()).toEqual(["order.created", "order.paid"]);
    for (const one of found) expect(one).toMatchObject({ order_id: body.id, account_id: id });
  });

  it("are refused with a wrong signature, and taken once when they come twice", async () => {
    const { id, token } = await newCustomer();
    const data = { order_id: randomUUID(), account_id: id, total: 1 };
    const event = { specversion: "1.0", id: randomUUID(), source: "/orders-service", type: "order.created", data };
    const body = JSON.stringify(event);
    const deliver = (mark: string, content = body) =>
      ask(`${notifications.url}/_events`, {
        body: content,
        headers: { "content-type": "application/cloudevents+json", "x-event-signature": mark },
      });
    expect((await deliver(signature(body, freshSecret()))).status).toBe(401);
    expect((await deliver("")).status).toBe(401);
    expect((await deliver(signature(body, EVENT_SECRET), `${body} `)).status).toBe(401);
    const list = async () => (await ask(`${notifications.url}/notifications?account_id=${id}`, { token })).body;
    expect(await list()).toEqual([]);
    expect((await deliver(signature(body, EVENT_SECRET))).status).toBe(202);
    expect((await deliver(signature(body, EVENT_SECRET))).status).toBe(202);
    expect(await list()).toHaveLength(1);
    const wrong = JSON.stringify({ ...event, id: randomUUID(), data: {} });
    expect((await deliver(signature(wrong, EVENT_SECRET), wrong)).status).toBe(400);
    const other = JSON.stringify({ ...event, id: randomUUID(), type: "constructor" });
    expect((await deliver(signature(other, EVENT_SECRET), other)).status).toBe(202);
    expect(await list()).toHaveLength(1);
  });
});

describe("one trace", () => {
  it("goes through calls and events and is in every service's log", async () => {
    const { id, token } = await newCustomer();
    const traceId = randomBytes(16).toString("hex");
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    expect((await ask(`${orders.url}/orders`, { token, headers, body: { account_id: id, items } })).status).toBe(201);
    for (const service of [accounts, orders, notifications]) {
      const isIt = (entry: Record<string, unknown>) => entry.msg === "request" && entry.trace_id === traceId;
      const line = await eventually(() => service.logs.find(isIt), "a log line with the trace");
      expect(line).toMatchObject({ level: "info", method: expect.any(String), status: expect.any(Number) });
      expect(line.path).not.toContain("?");
      expect(line.span_id).toMatch(/^[0-9a-f]{16}$/);
      expect(line.duration_ms).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("a service's life", () => {
  it("ends on SIGTERM although a client keeps its connection", async () => {
    const task = taskFor(temporaryFolder(), "accounts-service");
    await createScaffoldBuilder().build(task);
    const service = await start(task.output_dir, secrets);
    expect((await ask(`${service.url}/health`)).body).toMatchObject({ status: "ok" });
    expect(await service.stop()).toBe(0);
  });

  it("does not start without its secrets, and says which", async () => {
    const task = taskFor(temporaryFolder(), "orders-service");
    await createScaffoldBuilder().build(task);
    await expect(start(task.output_dir)).rejects.toThrow("JWT_SECRET and EVENT_SECRET must be set");
  });
});

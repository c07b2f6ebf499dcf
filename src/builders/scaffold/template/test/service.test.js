import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { fits, resolve, validate } from "../src/schema.js";
import { healthPath, operations } from "./cases.js";
import { UNKNOWN_ID } from "./support/neighbours.js";
import { eventually, request, startService } from "./support/service.js";
import { createWorld, NotPossible, unknownValue } from "./support/world.js";

const world = await createWorld();
const { contract, service, neighbours } = world;
after(() => world.stop());

/** A test that is skipped, with the reason, when the contract offers no way to its starting point. */
function check(name, run) {
  test(name, async (context) => {
    try {
      await run();
    } catch (cause) {
      if (!(cause instanceof NotPossible)) throw cause;
      context.skip(cause.message);
    }
  });
}

function assertProblem(response, status) {
  assert.equal(response.status, status, response.text);
  assert.match(response.headers.get("content-type"), /^application\/problem\+json/);
  assert.equal(response.body.status, status);
}

test("it is alive", async () => {
  const { status } = await request(`${service.url}${healthPath}`);
  assert.equal(status, 200);
});

test("each request is logged under the trace it came with", async () => {
  const traceId = randomBytes(16).toString("hex");
  await request(`${service.url}${healthPath}`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
  const logged = () => service.logs.find((entry) => entry.trace_id === traceId);
  assert.ok(await eventually(logged), "no log line carries the trace id");
  const { time, level, service: name, method, path, status, duration_ms, span_id } = logged();
  assert.ok(time && level && name && method && path && status && duration_ms >= 0);
  assert.match(span_id, /^[0-9a-f]{16}$/);
});

test("an unknown path is 404 and a method that is not offered is 405", async () => {
  assertProblem(await request(`${service.url}/no/such/path`), 404);
  const refused = await request(`${service.url}${healthPath}`, { method: "DELETE" });
  assertProblem(refused, 405);
  assert.match(refused.headers.get("allow"), /GET/);
});

test("SIGTERM ends it", async () => {
  const other = await startService(neighbours.environment);
  assert.equal(await other.stop(), 0);
});

for (const operation of operations) {
  const { id, method, path, access, action, calls, credentials } = operation;
  const described = contract.operation(method, path);
  const body = described.requestBody;

  check(`${id}: answers as the contract says`, async () => {
    const response = await world.perform(operation);
    assert.equal(response.status, described.status, response.text);
    if (described.responseSchema === undefined || !/json/.test(described.contentType)) return;
    assert.deepEqual(validate(contract.document, described.responseSchema, response.body), []);
  });

  if (credentials)
    check(`${id}: never shows the ${credentials.secret}`, async () => {
      const { text } = await world.perform(operation);
      assert.ok(!(credentials.secret in flatten(JSON.parse(text || "{}"))), text);
    });

  if (access === "required")
    test(`${id}: needs a valid token`, async () => {
      const target = { path: world.pathOf(operation) };
      assertProblem(await world.send(operation, { ...target, token: null }), 401);
      const unsigned = [{ alg: "none" }, { sub: UNKNOWN_ID, exp: 4_102_444_800 }].map((part) =>
        Buffer.from(JSON.stringify(part)).toString("base64url"),
      );
      assertProblem(await world.send(operation, { ...target, token: `${unsigned.join(".")}.` }), 401);
    });

  if (body?.required && !fits(contract.document, world.bodySchemaOf(operation).schema, {}, { direction: "request" })) {
    const status = described.documented(400, 422);
    const isJson = /json/.test(world.bodySchemaOf(operation).type);
    test(`${id}: refuses a body that is not valid`, async () => {
      const refused = await world.send(operation, { path: world.pathOf(operation), body: {} });
      assertProblem(refused, status);
      assert.ok(refused.text.length > 0);
    });
    if (isJson)
      test(`${id}: refuses what is not JSON, and what is too large`, async () => {
        const target = { path: world.pathOf(operation) };
        assertProblem(await world.send(operation, { ...target, body: "{" }), status);
        const text = { "content-type": "text/plain" };
        assertProblem(await world.send(operation, { ...target, body: "plain", headers: text }), 415);
        assertProblem(await world.send(operation, { ...target, body: JSON.stringify("x".repeat(2 ** 20)) }), 413);
      });
  }

  if (operation.lookup && ["get", "update", "delete", "transition"].includes(action))
    check(`${id}: says 404 for what does not exist`, async () => {
      const value = unknownValue(contract, operation);
      if (value === undefined) throw new NotPossible("every value of that form may exist");
      const subject = { [operation.lookup.field]: value };
      assertProblem(
        await world.send(operation, { subject, body: await world.bodyFor(operation) }),
        described.documented(404),
      );
    });

  if (action === "transition")
    check(`${id}: is refused in any other state`, async () => {
      const subject = await world.reach(operation.entity, (state) => !operation.transition.from.includes(state));
      const response = await world.send(operation, { subject, body: await world.bodyFor(operation) });
      assertProblem(response, described.documented(409, 422, 400));
    });

  if (action === "register")
    check(`${id}: refuses the same ${credentials.identifier} twice`, async () => {
      const registration = await world.bodyFor(operation);
      assert.equal((await world.send(operation, { body: registration })).status, described.status);
      assertProblem(await world.send(operation, { body: registration }), described.documented(409, 422, 400));
    });

  if (action === "login")
    check(`${id}: refuses credentials that nobody has`, async () => {
      assertProblem(await world.send(operation, { body: await world.bodyFor(operation) }), 401);
    });

  for (const call of calls.filter((one) => one.reference))
    check(`${id}: asks ${call.service} and refuses what it does not know`, async () => {
      const unknown = await world.bodyFor(operation);
      if (!put(unknown, call.reference, UNKNOWN_ID))
        throw new NotPossible("the smallest valid body holds no reference");
      const schema = resolve(contract.document, world.bodySchemaOf(operation).schema);
      if (!fits(contract.document, schema, unknown, { direction: "request" }))
        throw new NotPossible("ids are not UUIDs");
      const target = await world.targetOf(operation);
      const traceId = randomBytes(16).toString("hex");
      const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
      const before = neighbours.requests.length;
      const response = await world.send(operation, { ...target, body: unknown, headers });
      assertProblem(response, described.documented(422, 404, 409, 400));
      const asked = neighbours.requests.slice(before).find(({ url }) => url.includes(UNKNOWN_ID));
      assert.ok(asked, `${call.service} was not asked`);
      assert.ok(asked.headers.traceparent?.includes(traceId), "the trace was lost");
    });
}

/** Put a value at a path of a body; whether the path is there. */
function put(body, [name, ...rest], value) {
  const key = name === "*" ? 0 : name;
  if (body === null || typeof body !== "object" || (rest.length > 0 && body[key] === undefined)) return false;
  if (rest.length > 0) return put(body[key], rest, value);
  body[key] = value;
  return true;
}

/** Every property of a document and what is inside it, on one level. */
function flatten(value) {
  if (value === null || typeof value !== "object") return {};
  return Object.assign({}, ...Object.values(value).map(flatten), Array.isArray(value) ? {} : value);
}

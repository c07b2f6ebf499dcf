import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { loadEvents } from "../src/events.js";
import { sample } from "../src/sample.js";
import { validate } from "../src/schema.js";
import { operations, subscriptions } from "./cases.js";
import { eventually, request } from "./support/service.js";
import { createWorld, NotPossible } from "./support/world.js";

const world = await createWorld();
const { service, neighbours } = world;
const events = loadEvents();
after(() => world.stop());

function signatureOf(body) {
  return `sha256=${createHmac("sha256", service.secrets.EVENT_SECRET).update(body).digest("hex")}`;
}

for (const operation of operations.filter(({ publishes }) => publishes.length > 0))
  for (const { name, payload } of operation.publishes)
    test(`${operation.id}: sends ${name}, signed and as described`, async (context) => {
      const before = neighbours.requests.length;
      try {
        await world.perform(operation);
      } catch (cause) {
        if (!(cause instanceof NotPossible)) throw cause;
        return context.skip(cause.message);
      }
      const arrived = () =>
        neighbours.requests.slice(before).find(({ url, body }) => url === "/events" && JSON.parse(body).type === name);
      assert.ok(await eventually(arrived), `${name} did not arrive`);
      const { headers, body } = arrived();
      assert.equal(headers["content-type"], "application/cloudevents+json");
      assert.equal(headers["x-event-signature"], signatureOf(body));
      const event = JSON.parse(body);
      assert.equal(event.specversion, "1.0");
      assert.match(event.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
      if (payload) assert.deepEqual(validate(events, { $ref: payload }, event.data), []);
    });

for (const { name, payload, creates } of subscriptions) {
  const data = payload ? sample(events, { $ref: payload }) : {};
  const eventOf = (id) =>
    JSON.stringify({
      ...{ specversion: "1.0", id, source: "/tests", type: name, time: new Date().toISOString() },
      ...{ datacontenttype: "application/json", data },
    });
  const deliver = (body, signature) =>
    request(`${service.url}/_events`, {
      method: "POST",
      body,
      headers: { "content-type": "application/cloudevents+json", "x-event-signature": signature },
    });

  test(`${name}: is accepted once`, async () => {
    const body = eventOf(randomUUID());
    const before = await countOf(creates);
    assert.equal((await deliver(body, signatureOf(body))).status, 202);
    assert.equal((await deliver(body, signatureOf(body))).status, 202);
    const received = () =>
      service.logs.filter((entry) => entry.msg === "event received" && body.includes(entry.event_id));
    assert.ok(await eventually(() => received().length > 0));
    assert.equal(received().length, 1);
    if (before !== undefined) assert.equal(await countOf(creates), before + 1);
  });

  test(`${name}: is refused with a wrong signature`, async () => {
    const body = eventOf(randomUUID());
    assert.equal((await deliver(body, signatureOf(`${body} `))).status, 401);
    assert.equal((await deliver(body, "")).status, 401);
  });
}

/** How many documents a collection lists; undefined when the contract does not list it. */
async function countOf(entity) {
  const listing = operations.find((one) => one.action === "list" && one.entity === entity && !one.path.includes("{"));
  if (entity === undefined || listing === undefined) return undefined;
  const { body } = await world.send(listing);
  return (Array.isArray(body) ? body : Object.values(body).find(Array.isArray)).length;
}

import { expect, test } from "vitest";
import { eventOperations, subscriptions } from "../../../src/integrator/events.ts";
import { generateFlows, MOST_FLOWS } from "../../../src/integrator/flow/generate.ts";
import { refer } from "../../../src/integrator/flow/template.ts";
import { readOperations } from "../../../src/integrator/operations.ts";
import type { Contract } from "../../../src/model/contract.ts";
import { FlowFile } from "../../../src/model/flow.ts";
import { ServiceMap } from "../../../src/model/service-map.ts";
import { contract } from "../system.ts";
import { marketMap } from "./market.ts";
import { marketContracts } from "./market-contracts.ts";

function systemOf(map: ServiceMap, contracts: Contract[]) {
  return {
    gateway_url: "",
    operations: readOperations(contracts),
    events: eventOperations(contracts),
    subscribers: subscriptions(map, contracts),
    health: new Map(),
    unavailable: new Map(),
    jwt_secret: null,
    request_timeout_ms: 1,
    event_timeout_ms: 1,
    signal: new AbortController().signal,
  };
}

const mapOf = (names: string[], over: Record<string, object> = {}) =>
  ServiceMap.parse({
    project_name: "made up",
    services: names.map((name) => ({ name, stack: { language: "any" }, ...over[name] })),
    generated_at: "",
    prd_hash: "",
  });

const object = (properties: Record<string, object>) => ({
  type: "object",
  required: Object.keys(properties),
  properties,
});
const json = (schema: object) => ({ content: { "application/json": { schema } } });

/** `POST /<name>s` with references to others, and a list of them; nothing is said by extensions. */
function plain(name: string, references: string[]) {
  const own = Object.fromEntries(references.map((other) => [`${other}_id`, { type: "string", format: "uuid" }]));
  const shown = object({ id: { type: "string", format: "uuid" }, ...own });
  return contract(`${name}-service`, "openapi", {
    openapi: "3.0.3",
    info: { title: name, version: "1.0.0" },
    paths: {
      [`/${name}s`]: {
        get: { operationId: `list_${name}s`, responses: { 200: json({ type: "array", items: shown }) } },
        post: {
          operationId: `create_${name}`,
          requestBody: json(object({ ...own, label: { type: "string" } })),
          responses: { 201: json(shown) },
        },
      },
    },
  });
}

test("the same contracts give the same flows, which fit their schema", () => {
  const first = generateFlows(systemOf(marketMap, marketContracts()), marketMap);
  const second = generateFlows(systemOf(marketMap, marketContracts()), marketMap);
  expect(second).toEqual(first);
  const file = { version: 1, flows: first.flows };
  expect(FlowFile.parse(JSON.parse(JSON.stringify(file)))).toEqual(file);
  expect(new Set(first.flows.map(({ steps }) => JSON.stringify(steps))).size).toBe(first.flows.length);
});

test("references are found by name; chains end at five requests and leave the rest to the session", () => {
  const names = ["ant", "bee", "cat", "dog", "elk", "fox", "gnu"];
  const contracts = names.map((name, index) => plain(name, index === 0 ? [] : [names[index - 1] ?? ""]));
  const map = mapOf(names.map((name) => `${name}-service`));
  const { flows, uncovered } = generateFlows(systemOf(map, contracts), map);
  expect(uncovered).toEqual([]);
  expect(flows).toHaveLength(6);
  for (const { steps } of flows) expect(steps.length).toBeLessThanOrEqual(5);
  const last = flows.find(({ name }) => name === "gnu-service create_gnu");
  expect(last?.steps.map(({ operation }) => operation)).toEqual([
    "create_cat",
    "create_dog",
    "create_elk",
    "create_fox",
    "create_gnu",
  ]);
  expect(last?.steps[0]?.request.body).toMatchObject({ bee_id: refer("made.bee-service.bee") });
  expect(last?.steps.at(-1)?.request.body).toMatchObject({ fox_id: refer("steps.create_fox.body.id") });
});

test("events are told by their names where no contract says who publishes them, and shown effects are presumed", () => {
  const events = (service: string, kind: "publish" | "subscribe") =>
    contract(service, "asyncapi", {
      asyncapi: "2.6.0",
      info: { title: service, version: "1.0.0" },
      channels: { "bee.created": { [kind]: { message: { payload: object({ bee_id: { type: "string" } }) } } } },
    });
  const contracts = [
    plain("bee", []),
    plain("hive", ["bee"]),
    events("bee-service", "subscribe"),
    events("hive-service", "publish"),
  ];
  const map = mapOf(["bee-service", "hive-service"]);
  const { flows } = generateFlows(systemOf(map, contracts), map);
  const flow = flows.find(({ name }) => name === "bee-service create_bee");
  expect(flow?.steps.at(-1)).toMatchObject({
    service: "hive-service",
    operation: "list_hives",
    event: "bee.created",
    presumed: true,
    expect: { item: { bee_id: refer("steps.create_bee.body.id") }, new: false },
  });
});

test("what no flow covers is told with the reason", () => {
  const map = mapOf(["bee-service", "hive-service"], {
    "bee-service": { depends_on: ["hive-service"], events_subscribed: ["hive.lost"] },
  });
  const { flows, uncovered } = generateFlows(systemOf(map, [plain("bee", []), plain("hive", [])]), map);
  expect(flows).toEqual([]);
  expect(uncovered).toEqual([
    "event hive.lost -> bee-service: no operation of the contracts says that it publishes it",
    "dependency bee-service -> hive-service: the contracts name no call and no reference",
  ]);
});

test("a system of many relations gives a bounded number of flows, every pair of services first", () => {
  const names = Array.from({ length: 60 }, (_, index) => `n${index}x`);
  const contracts = names.map((name, index) =>
    plain(name, index === 0 ? [] : [names[index % 7] ?? "", "n0x"].filter((other) => other !== name)),
  );
  const map = mapOf(names.map((name) => `${name}-service`));
  const { flows, uncovered } = generateFlows(systemOf(map, contracts), map);
  expect(flows).toHaveLength(MOST_FLOWS);
  expect(uncovered.length).toBeGreaterThan(0);
  expect(uncovered.every((line) => line.endsWith("over the limit of flows"))).toBe(true);
});

import { describe, expect, test } from "vitest";
import { compareContracts } from "../../../src/integrator/boundary/compare-contracts.ts";
import { at, isRecord, lookUp } from "../../../src/integrator/document.ts";
import { eventOperations, subscriptions } from "../../../src/integrator/events.ts";
import { readOperations } from "../../../src/integrator/operations.ts";
import { marketMap } from "../flow/market.ts";
import { marketContracts } from "../flow/market-contracts.ts";

type Change = (properties: Record<string, unknown>, owner: Record<string, unknown>) => void;

/** The market's contracts with one of them changed at a schema. */
function compare(label: string, pointer: string, change: Change) {
  const contracts = marketContracts();
  const [service, type] = label.split(" ");
  const spec = contracts.find((one) => one.service_name === service && one.type === type)?.spec;
  const schema = lookUp(spec, pointer);
  const properties = at(schema, "properties");
  if (!isRecord(schema) || !isRecord(properties)) throw new Error(`no schema at ${pointer}`);
  change(properties, schema);
  const system = {
    gateway_url: "",
    operations: readOperations(contracts),
    events: eventOperations(contracts),
    subscribers: subscriptions(marketMap, contracts),
    health: new Map(),
    unavailable: new Map(),
    jwt_secret: null,
    request_timeout_ms: 1,
    event_timeout_ms: 1,
    signal: new AbortController().signal,
  };
  return { ...compareContracts(system, marketMap), contracts };
}

const RECEIVED = "/channels/order.placed/messages/it/payload";
const INVOICE = "/components/schemas/Invoice";
const NEW_ORDER = "/components/schemas/NewOrder";

describe("drift between contracts is a warning against whoever reads", () => {
  test.each<[string, string, string, Change, string]>([
    [
      "a name",
      "billing asyncapi",
      RECEIVED,
      (all) => {
        all.customerId = all.customer_id;
        delete all.customer_id;
      },
      "BOUNDARY-001",
    ],
    [
      "a type",
      "billing asyncapi",
      RECEIVED,
      (all) => {
        all.channel = { type: "boolean" };
      },
      "BOUNDARY-002",
    ],
    [
      "a date",
      "billing openapi",
      INVOICE,
      (all) => {
        all.due_at = { type: "string", format: "date" };
      },
      "BOUNDARY-003",
    ],
    [
      "an id",
      "orders openapi",
      NEW_ORDER,
      (all) => {
        all.customer_id = { type: "integer", "x-references": { entity: "Customer", service: "customers" } };
      },
      "BOUNDARY-002",
    ],
    [
      "null",
      "billing asyncapi",
      RECEIVED,
      (all) => {
        all.note = { type: "string" };
      },
      "BOUNDARY-004",
    ],
    [
      "what is never sent",
      "billing asyncapi",
      RECEIVED,
      (all, schema) => {
        all.vat = { type: "number" };
        schema.required = ["vat"];
      },
      "BOUNDARY-004",
    ],
    [
      "what may be missing",
      "billing asyncapi",
      RECEIVED,
      (_, schema) => {
        schema.required = ["status"];
      },
      "BOUNDARY-004",
    ],
    [
      "an enum",
      "billing openapi",
      INVOICE,
      (all) => {
        all.channel = { type: "string", enum: ["web", "shop"] };
      },
      "BOUNDARY-005",
    ],
    [
      "64 bits",
      "billing openapi",
      INVOICE,
      (all) => {
        all.serial = { type: "integer", format: "int32" };
      },
      "BOUNDARY-006",
    ],
    [
      "decimals",
      "billing openapi",
      INVOICE,
      (all) => {
        all.amount = { type: "integer" };
      },
      "BOUNDARY-006",
    ],
    [
      "numbers as text",
      "billing openapi",
      INVOICE,
      (all) => {
        all.amount = { type: "string" };
      },
      "BOUNDARY-006",
    ],
    [
      "a length",
      "billing openapi",
      INVOICE,
      (all) => {
        all.order_id = { type: "string", maxLength: 20 };
      },
      "BOUNDARY-007",
    ],
  ])("%s", (_, label, pointer, change, code) => {
    const { violations, contracts, checks } = compare(label, pointer, change);
    const service = label.split(" ")[0];
    expect(violations.map((one) => `${one.service} ${one.code}`)).toEqual(violations.map(() => `${service} ${code}`));
    expect(violations.length).toBeGreaterThan(0);
    expect(checks.some(({ verdict }) => verdict === "failed")).toBe(true);
    for (const violation of violations) {
      expect(violation.severity).toBe("warning");
      // Both pointers lead to something.
      const spec = (name: string, pointer: string) =>
        contracts.some((one) => one.service_name === name && lookUp(one.spec, pointer) !== undefined);
      expect(spec(service ?? "", violation.clause)).toBe(true);
      const [, source] = /\((\/[^)]+)\)/.exec(violation.expected) ?? [];
      if (source !== undefined) expect(["orders", "customers"].some((name) => spec(name, source))).toBe(true);
    }
  });
});

test("what merely has the same name, is wider, or is not stated is no drift", () => {
  const { violations } = compare("billing openapi", INVOICE, (all) => {
    all.status = { type: "integer" };
    all.created_at = { type: "string", format: "date" };
    all.amount = { type: ["number", "null"] };
    all.note = {};
    all.channel = { type: "string" };
    all.serial = { type: "integer", format: "int64" };
    all.order_id = { type: "string" };
  });
  expect(violations).toEqual([]);
});

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contractBasis } from "../../src/contracts/basis.ts";
import { clausesOf } from "../../src/contracts/clauses.ts";
import { changedClauses, usesOf } from "../../src/contracts/uses.ts";
import type { Contract } from "../../src/model/contract.ts";
import { Plan } from "../../src/model/plan.ts";
import { embedded } from "./support.ts";

const plan = Plan.parse(JSON.parse(readFileSync(new URL("../fixtures/shop/plan.json", import.meta.url), "utf8")));
const services = plan.service_map.services;

let one: ReturnType<typeof embedded>;
let contracts: Map<string, Contract>;
beforeEach(async () => {
  one = embedded();
  contracts = new Map();
  for (const draft of plan.contracts) {
    const contract = await one.engine.register(draft, "shop");
    contracts.set(`${contract.service_name} ${contract.type}`, contract);
  }
});
afterEach(() => one.remove());

function contract(key: string): Contract {
  const found = contracts.get(key);
  if (!found) throw new Error(`no ${key}`);
  return found;
}

/** A copy of a document with something put at a path of keys. */
function edited(spec: Record<string, unknown>, keys: string[], value: unknown): Record<string, unknown> {
  const copy = structuredClone(spec);
  let inner: Record<string, unknown> = copy;
  for (const key of keys.slice(0, -1)) inner = inner[key] as Record<string, unknown>;
  inner[keys.at(-1) ?? ""] = value;
  return copy;
}

const propose = (key: string, spec: Record<string, unknown>, version?: string) =>
  one.changes.propose({ contract_id: contract(key).id, spec, reason: "because", ...(version ? { version } : {}) });
const reopened = async (id: string) => {
  const { affected } = await one.changes.assess(id, services);
  return affected.filter(({ reopens }) => reopens).map(({ service }) => service);
};

/** The operation of accounts-service that orders-service calls (x-calls: getAccount). */
const CALLED = ["paths", "/accounts/{id}", "get", "responses", "410"];
const GONE = { description: "It is gone." };

describe("who is concerned", () => {
  it("a called operation changed: its caller is built again, others are not", async () => {
    const accounts = contract("accounts-service openapi");
    const { id } = await propose("accounts-service openapi", edited(accounts.spec, CALLED, GONE));
    expect(await reopened(id)).toEqual(["accounts-service", "orders-service"]);
    const { affected } = await one.changes.assess(id, services);
    expect(affected[1]).toMatchObject({ role: "consumer", coarse: false, clauses: ["GET /accounts/{id}"] });
  });

  it("another operation changed: the caller stays", async () => {
    const accounts = contract("accounts-service openapi");
    const login = ["paths", "/accounts/login", "post", "responses", "423"];
    const { id } = await propose("accounts-service openapi", edited(accounts.spec, login, GONE));
    expect(await reopened(id)).toEqual(["accounts-service"]);
    const { affected } = await one.changes.assess(id, services);
    expect(affected.map(({ service, clauses }) => [service, clauses])).toContainEqual(["orders-service", []]);
  });

  it("prose changed: only the provider, whose frozen document is another one", async () => {
    const accounts = contract("accounts-service openapi");
    const { id } = await propose(
      "accounts-service openapi",
      edited(accounts.spec, ["paths", "/accounts/{id}", "get", "summary"], "Other words."),
    );
    expect(await reopened(id)).toEqual(["accounts-service"]);
  });

  it("a schema changed that only references reach: found through them", async () => {
    const accounts = contract("accounts-service openapi");
    const { id } = await propose(
      "accounts-service openapi",
      edited(accounts.spec, ["components", "schemas", "Account", "properties", "nickname"], { type: "string" }),
    );
    expect(await reopened(id)).toEqual(["accounts-service", "orders-service"]);
  });

  it("an event changed: its subscribers, told that their own contract still says otherwise", async () => {
    const events = contract("orders-service asyncapi");
    const payload = ["components", "messages", "OrderCreated", "payload", "properties", "currency"];
    const { id } = await propose("orders-service asyncapi", edited(events.spec, payload, { type: "string" }));
    expect(await reopened(id)).toEqual(["orders-service", "notifications-service"]);
    const { affected } = await one.changes.assess(id, services);
    expect(affected[1]).toMatchObject({
      clauses: ["SEND order.created"],
      because: expect.stringContaining("propose a change"),
    });
  });

  it("a dependency that names no calls counts for everything, and that is said", () => {
    const accounts = contract("accounts-service openapi");
    const [use] = usesOf({ name: "web", depends_on: ["accounts-service"] }, [accounts]);
    expect(use).toMatchObject({ clauses: null, because: expect.stringContaining("every operation counts") });
    const changed = { ...accounts, spec: edited(accounts.spec, CALLED, GONE) };
    const web = { name: "web", depends_on: ["accounts-service"] };
    expect(contractBasis(web, [accounts])).not.toBe(contractBasis(web, [changed]));
    expect(contractBasis({ name: "alone" }, [accounts])).toBe(contractBasis({ name: "alone" }, [changed]));
  });

  it("clauses do not depend on the order of keys", () => {
    const { spec } = contract("orders-service openapi");
    const turned = { ...spec, paths: Object.fromEntries(Object.entries(spec.paths as object).reverse()) };
    expect(changedClauses(contract("orders-service openapi"), { type: "openapi", spec: turned })).toEqual([]);
    expect(clausesOf({ type: "openapi", spec })[0]?.digest()).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a change request", () => {
  it("says what breaks and counts the version up accordingly", async () => {
    const accounts = contract("accounts-service openapi");
    const { "/accounts/{id}": _gone, ...paths } = accounts.spec.paths as Record<string, unknown>;
    const breaking = await propose("accounts-service openapi", { ...accounts.spec, paths });
    expect(breaking).toMatchObject({ status: "proposed", from_version: "1.0.0", version: "2.0.0", reason: "because" });
    const { changes } = await one.changes.assess(breaking.id, services);
    expect(changes).toContainEqual(expect.objectContaining({ breaking: true, method: "GET", path: "/accounts/{id}" }));
    const harmless = await propose("accounts-service openapi", edited(accounts.spec, CALLED, GONE));
    expect(harmless.version).toBe("1.1.0");
  });

  it("changes nothing until it is accepted; then both versions are there, each frozen", async () => {
    const accounts = contract("accounts-service openapi");
    const spec = edited(accounts.spec, CALLED, GONE);
    const { id } = await propose("accounts-service openapi", spec);
    expect(await one.engine.list({ service_name: "accounts-service" })).toEqual([accounts]);
    const { affected } = await one.changes.assess(id, services);
    const fresh = one.changes.accept(id, affected, "fine");
    expect(fresh).toMatchObject({
      version: "1.1.0",
      supersedes: accounts.id,
      build_cycle_id: "shop",
      status: "active",
    });
    expect((await one.engine.list({ service_name: "accounts-service" })).map((each) => each.id)).toEqual([fresh.id]);
    expect((await one.engine.get(accounts.id)).spec).toEqual(accounts.spec);
    expect(one.changes.versionsOf(fresh.id).map(({ version, status }) => [version, status])).toEqual([
      ["1.0.0", "deprecated"],
      ["1.1.0", "active"],
    ]);
    expect((await one.engine.checkBreakingChanges(fresh.id)).length).toBeGreaterThan(0);
    expect(() => one.db.prepare("UPDATE contracts_contract SET spec = '{}'").run()).toThrow("does not change");
    expect((await one.changes.assess(id, services)).request).toMatchObject({
      status: "accepted",
      result_id: fresh.id,
      comment: "fine",
    });
  });

  it("that is rejected leaves everything, and is decided once", async () => {
    const { id } = await propose(
      "accounts-service openapi",
      edited(contract("accounts-service openapi").spec, CALLED, GONE),
    );
    expect(one.changes.reject(id, "no")).toMatchObject({ status: "rejected", comment: "no", result_id: null });
    expect(() => one.changes.accept(id, [], "")).toThrow(expect.objectContaining({ code: "WRONG_STATE" }));
    expect(() => one.changes.reject(id, "")).toThrow(expect.objectContaining({ code: "WRONG_STATE" }));
    expect(one.changes.list({ status: "rejected" }).map((each) => each.id)).toEqual([id]);
    expect(one.changes.list({ build_cycle_id: null })).toEqual([]);
  });

  it("is refused for the same content, an invalid one, a taken version, and what is not current", async () => {
    const accounts = contract("accounts-service openapi");
    const spec = edited(accounts.spec, CALLED, GONE);
    const key = "accounts-service openapi";
    await expect(propose(key, accounts.spec)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(propose(key, { ...spec, paths: 1 })).rejects.toMatchObject({ code: "CONTRACT_INVALID" });
    await expect(propose(key, spec, "1.0.0")).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(propose(key, spec, "two")).rejects.toMatchObject({ code: "CONTRACT_INVALID" });
    await expect(one.changes.propose({ contract_id: "none", spec, reason: "" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    const [first, second] = [
      await propose(key, spec),
      await propose(key, edited(spec, CALLED, { description: "x" }), "3.0.0"),
    ];
    one.changes.accept(first.id, [], "");
    expect(() => one.changes.accept(second.id, [], "")).toThrow(expect.objectContaining({ code: "WRONG_STATE" }));
    expect(await one.engine.list({ service_name: "accounts-service" })).toHaveLength(1);
    await expect(propose(key, edited(spec, CALLED, { description: "x" }))).rejects.toMatchObject({
      code: "WRONG_STATE",
    });
  });
});

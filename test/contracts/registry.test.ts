import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createContractRegistry } from "../../src/contracts/registry.ts";
import { CONTRACT_TABLES, CONTRACT_VERSIONS } from "../../src/contracts/tables.ts";
import { type Db, openDatabase } from "../../src/lib/db.ts";
import { hashOf } from "../../src/lib/ids.ts";
import type { ContractDraft } from "../../src/model/contract.ts";
import { Plan } from "../../src/model/plan.ts";

const plan = Plan.parse(JSON.parse(readFileSync(new URL("../fixtures/shop/plan.json", import.meta.url), "utf8")));
const [accounts, orders, orderEvents] = plan.contracts as [ContractDraft, ContractDraft, ContractDraft];

let folder: string;
let db: Db;
const open = () => openDatabase(join(folder, "state.db"), [CONTRACT_TABLES, CONTRACT_VERSIONS]);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "contracts-"));
  db = open();
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const renamed = (draft: ContractDraft, title: string): ContractDraft => ({
  ...draft,
  spec: { ...draft.spec, info: { title, version: "1.0.0" } },
});

describe("registering", () => {
  test("freezes content by its hash and survives reopening", async () => {
    const contract = await createContractRegistry(db).register(accounts, "cycle-1");
    expect(contract).toMatchObject({
      service_name: "accounts-service",
      type: "openapi",
      version: "1.0.0",
      spec_hash: hashOf(accounts.spec),
      status: "active",
      build_cycle_id: "cycle-1",
    });
    expect(contract.spec).toEqual(accounts.spec);
    db.close();
    db = open();
    expect(await createContractRegistry(db).get(contract.id)).toEqual(contract);
  });

  test("the same content again is the same contract, whatever the order of its keys", async () => {
    const registry = createContractRegistry(db);
    const first = await registry.register(accounts, "cycle-1");
    const turned = { ...accounts, spec: Object.fromEntries(Object.entries(accounts.spec).reverse()) };
    expect(await registry.register(turned, "cycle-1")).toEqual(first);
    expect(await registry.list({})).toHaveLength(1);
  });

  test("other content or another version under the same key is refused and changes nothing", async () => {
    const registry = createContractRegistry(db);
    const first = await registry.register(accounts, "cycle-1");
    await expect(registry.register(renamed(accounts, "Other"), "cycle-1")).rejects.toMatchObject({
      code: "WRONG_STATE",
    });
    await expect(registry.register({ ...accounts, version: "1.0.1" }, "cycle-1")).rejects.toMatchObject({
      code: "WRONG_STATE",
    });
    expect(await registry.list({})).toEqual([first]);
  });

  test("OpenAPI and AsyncAPI of one service stand side by side, and pipelines do not share", async () => {
    const registry = createContractRegistry(db);
    await registry.register(orders, "cycle-1");
    await registry.register(orderEvents, "cycle-1");
    await registry.register(renamed(orders, "Other"), "cycle-2");
    const types = (await registry.list({ build_cycle_id: "cycle-1", service_name: "orders-service" })).map(
      (each) => each.type,
    );
    expect(types).toEqual(["openapi", "asyncapi"]);
    expect(await registry.list({ service_name: "orders-service" })).toHaveLength(3);
    expect(await registry.list({ build_cycle_id: "cycle-3" })).toEqual([]);
  });

  test("two at once: one content wins, the other is told", async () => {
    const other = open();
    const both = await Promise.allSettled([
      createContractRegistry(db).register(accounts, "cycle-1"),
      createContractRegistry(other).register(renamed(accounts, "Other"), "cycle-1"),
    ]);
    other.close();
    expect(both.map((each) => each.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await createContractRegistry(db).list({})).toHaveLength(1);
  });

  test("an invalid contract is refused with its faults, the first in the message", async () => {
    const { paths: _paths, info: _info, ...rest } = accounts.spec;
    const broken = { ...accounts, spec: { ...rest, info: { version: "1.0.0" }, paths: {} } };
    await expect(createContractRegistry(db).register(broken, "cycle-1")).rejects.toMatchObject({
      code: "CONTRACT_INVALID",
      message: expect.stringContaining("/info/title"),
      details: { faults: [{ pointer: "/info/title", message: "title is missing" }] },
    });
    expect(await createContractRegistry(db).list({})).toEqual([]);
  });

  test("a version that is no x.y.z is refused", async () => {
    const draft = { ...accounts, version: "1" };
    await expect(createContractRegistry(db).register(draft, "cycle-1")).rejects.toMatchObject({
      code: "CONTRACT_INVALID",
    });
  });
});

test("a database of the first schema keeps its contracts, as first versions", async () => {
  const path = join(folder, "old.db");
  const old = openDatabase(path, [CONTRACT_TABLES]);
  const row = [
    "id-1",
    "cycle-1",
    "a",
    "openapi",
    "1.0.0",
    JSON.stringify(accounts.spec),
    hashOf(accounts.spec),
    "active",
    "t",
    "t",
  ];
  old.prepare("INSERT INTO contracts_contract VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(...row);
  old.close();
  const fresh = openDatabase(path, [CONTRACT_TABLES, CONTRACT_VERSIONS]);
  const registry = createContractRegistry(fresh);
  expect(await registry.list({})).toMatchObject([{ id: "id-1", build_cycle_id: "cycle-1", supersedes: null }]);
  expect(registry.supersede("id-1", { ...accounts, service_name: "a", version: "1.1.0" }).supersedes).toBe("id-1");
  fresh.close();
});

test("the workspace's contracts stand beside those of pipelines", async () => {
  const registry = createContractRegistry(db);
  const mine = await registry.register(accounts, null);
  await registry.register(renamed(accounts, "Other"), "cycle-1");
  expect(mine.build_cycle_id).toBeNull();
  expect((await registry.register(accounts, null)).id).toBe(mine.id);
  await expect(registry.register(renamed(accounts, "Mine"), null)).rejects.toMatchObject({
    code: "WRONG_STATE",
    remedy: expect.stringContaining("propose_contract_change"),
  });
  expect(await registry.list({ build_cycle_id: "cycle-1" })).toHaveLength(1);
  expect(await registry.list({})).toHaveLength(2);
});

test("an unknown id is NOT_FOUND", async () => {
  await expect(createContractRegistry(db).get("nope")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("the database itself refuses to change a registered contract", async () => {
  const { id } = await createContractRegistry(db).register(accounts, "cycle-1");
  expect(() => db.prepare("UPDATE contracts_contract SET spec = '{}' WHERE id = ?").run(id)).toThrow("does not change");
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createContractRegistry } from "../../src/contracts/registry.ts";
import { embeddedInstead, remoteBeside } from "../../src/contracts/remote/fallback.ts";
import { REMOTE_CONTRACT_TABLES } from "../../src/contracts/remote/tables.ts";
import { createRemoteContracts } from "../../src/contracts/remote.ts";
import { CONTRACT_TABLES, CONTRACT_VERSIONS } from "../../src/contracts/tables.ts";
import { type Db, openDatabase } from "../../src/lib/db.ts";
import type { ContractDraft } from "../../src/model/contract.ts";
import { Plan } from "../../src/model/plan.ts";
import type { RemoteTools } from "../../src/model/remote.ts";
import { emptyFolder, scripted } from "../remote.ts";

const plan = Plan.parse(JSON.parse(readFileSync(new URL("../fixtures/shop/plan.json", import.meta.url), "utf8")));
const [accounts, orders] = plan.contracts as [ContractDraft, ContractDraft];

let folder: ReturnType<typeof emptyFolder>;
let db: Db;
let remote: RemoteTools;
beforeEach(() => {
  folder = emptyFolder();
  db = openDatabase(join(folder.path, "state.db"), [CONTRACT_TABLES + CONTRACT_VERSIONS + REMOTE_CONTRACT_TABLES]);
  const entry = { id: "there", ...accounts };
  remote = scripted({
    create_contract: { takes: ["service_name!", "type!", "version!", "spec!"], answers: entry },
    get_contract: { takes: ["contract_id!"], answers: entry },
    list_contracts: { takes: [], answers: [entry] },
  });
});
afterEach(async () => {
  await remote.close();
  db.close();
  folder.remove();
});

describe("an engine that comes and goes", () => {
  it("is not replaced for a pipeline whose contracts it has", async () => {
    await createRemoteContracts({ remote, db }).register(accounts, "cycle-1");
    const embedded = embeddedInstead(createContractRegistry(db), db);
    await expect(embedded.list({ build_cycle_id: "cycle-1" })).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: "The contracts of cycle-1 are with the external contract engine, which cannot be reached.",
    });
    expect(await embedded.list({ build_cycle_id: "cycle-2" })).toEqual([]);
    expect(await embedded.list({})).toEqual([]);
  });

  it("is replaced for one that registers all of its contracts here", async () => {
    await createRemoteContracts({ remote, db }).register(accounts, "cycle-1");
    const embedded = embeddedInstead(createContractRegistry(db), db);
    await embedded.register(accounts, "cycle-1");
    await embedded.register(orders, "cycle-1");
    expect(await embedded.list({ build_cycle_id: "cycle-1" })).toHaveLength(2);
    expect(await embedded.list({ build_cycle_id: "cycle-1", service_name: "orders-service" })).toHaveLength(1);
  });

  it("and is back does not lose what was registered here meanwhile", async () => {
    const embedded = createContractRegistry(db);
    const here = await embedded.register(orders, "cycle-1");
    const both = remoteBeside(createRemoteContracts({ remote, db }), embedded, db);
    expect(await both.list({ build_cycle_id: "cycle-1" })).toEqual([here]);
    expect(await both.list({ build_cycle_id: "cycle-1", service_name: "nobody" })).toEqual([]);
    const there = await both.register(accounts, "cycle-2");
    expect(await both.list({ build_cycle_id: "cycle-2" })).toEqual([there]);
    expect(await both.list({})).toMatchObject([{ id: "there" }]);
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { REMOTE_CONTRACT_TABLES } from "../../src/contracts/remote/tables.ts";
import { createRemoteContracts } from "../../src/contracts/remote.ts";
import { type Db, openDatabase } from "../../src/lib/db.ts";
import { hashOf } from "../../src/lib/ids.ts";
import type { ContractDraft } from "../../src/model/contract.ts";
import { Plan } from "../../src/model/plan.ts";
import type { RemoteTools } from "../../src/model/remote.ts";
import { build1, build1OverHttp, emptyFolder, NO_PYTHON, PYTHON, type ScriptedTool, scripted } from "../remote.ts";

const plan = Plan.parse(JSON.parse(readFileSync(new URL("../fixtures/shop/plan.json", import.meta.url), "utf8")));
const [accounts, orders, orderEvents] = plan.contracts as [ContractDraft, ContractDraft, ContractDraft];

let folder: ReturnType<typeof emptyFolder>;
let db: Db;
const open: RemoteTools[] = [];
const opened = (remote: RemoteTools) => {
  open.push(remote);
  return remote;
};
beforeEach(() => {
  folder = emptyFolder();
  db = openDatabase(join(folder.path, "state.db"), [REMOTE_CONTRACT_TABLES]);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((remote) => remote.close()));
  db.close();
  folder.remove();
});

const changed = (draft: ContractDraft): ContractDraft => ({
  ...draft,
  spec: { ...draft.spec, info: { title: "Other", version: "1.0.0" } },
});

describe.skipIf(!PYTHON)(`a Build 1 contract engine${NO_PYTHON}`, () => {
  const engine = () =>
    createRemoteContracts({ remote: opened(build1("contracts", join(folder.path, "contracts.db"))), db });

  it("keeps OpenAPI and AsyncAPI of a service side by side, frozen by our hash", async () => {
    const contracts = engine();
    const first = await contracts.register(orders, "cycle-1");
    expect(first).toMatchObject({
      type: "openapi",
      version: "1.0.0",
      service_name: "orders-service",
      status: "draft",
      build_cycle_id: "cycle-1",
      spec_hash: hashOf(orders.spec),
    });
    expect(first.spec).toEqual(orders.spec);
    const second = await contracts.register(orderEvents, "cycle-1");
    expect(await contracts.list({ build_cycle_id: "cycle-1" })).toEqual([first, second]);
    expect(await contracts.list({ build_cycle_id: "cycle-1", service_name: "accounts-service" })).toEqual([]);
    expect(await contracts.list({ build_cycle_id: "cycle-2" })).toEqual([]);
    expect((await contracts.list({ service_name: "orders-service" })).map(({ type }) => type).sort()).toEqual([
      "asyncapi",
      "openapi",
    ]);
    expect(await contracts.get(first.id)).toMatchObject({ id: first.id, spec_hash: first.spec_hash });
    expect(await engine().list({ build_cycle_id: "cycle-1" })).toEqual([first, second]);
  });

  it("over Streamable HTTP answers the same", async () => {
    const server = await build1OverHttp("contracts", join(folder.path, "contracts.db"));
    try {
      const contracts = createRemoteContracts({ remote: opened(server.remote), db });
      const first = await contracts.register(orders, "cycle-1");
      expect(await contracts.list({ build_cycle_id: "cycle-1" })).toEqual([first]);
      expect((await contracts.list({})).map(({ id }) => id)).toEqual([first.id]);
      expect(await contracts.getUnimplemented({})).toMatchObject([{ id: first.id }]);
      await expect(contracts.get("7")).rejects.toMatchObject({ code: "NOT_FOUND" });
    } finally {
      await server.stop();
    }
  });

  it("whose database cannot be opened says so, with its own words", async () => {
    const remote = opened(build1("contracts", join(folder.path, "no", "such", "contracts.db")));
    await expect(createRemoteContracts({ remote, db }).list({})).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: expect.stringMatching(/^build1 contracts exited with code 1: .*FileNotFoundError.*contracts\.db/s),
    });
  });

  it("gives the same contract for the same content, and refuses other content for the same pipeline", async () => {
    const contracts = engine();
    const first = await contracts.register(accounts, "cycle-1");
    expect(await contracts.register(accounts, "cycle-1")).toEqual(first);
    for (const other of [changed(accounts), { ...accounts, version: "1.0.1" }])
      await expect(contracts.register(other, "cycle-1")).rejects.toMatchObject({ code: "WRONG_STATE" });
    expect(await contracts.list({ build_cycle_id: "cycle-1" })).toEqual([first]);
  });

  it("that another pipeline overwrote is told of, by the one whose contract it was", async () => {
    const contracts = engine();
    await contracts.register(accounts, "cycle-1");
    await contracts.register(changed(accounts), "cycle-2");
    expect((await contracts.list({ build_cycle_id: "cycle-2" }))[0]?.spec).toEqual(changed(accounts).spec);
    await expect(contracts.list({ build_cycle_id: "cycle-1" })).rejects.toMatchObject({
      code: "WRONG_STATE",
      message: expect.stringMatching(
        /changed the openapi contract of accounts-service after it was frozen for cycle-1/,
      ),
    });
  });

  it("that lost its database gets the contracts again", async () => {
    const contracts = engine();
    const first = await contracts.register(accounts, "cycle-1");
    const other = createRemoteContracts({ remote: opened(build1("contracts", join(folder.path, "new.db"))), db });
    const again = await other.register(accounts, "cycle-1");
    expect(again).toMatchObject({ spec_hash: first.spec_hash });
    expect(again.id).not.toBe(first.id);
    expect(await other.list({ build_cycle_id: "cycle-1" })).toEqual([again]);
  });

  it("lists more than a page, the highest version of each", async () => {
    const contracts = engine();
    const schema = { type: "object" };
    const names = Array.from({ length: 103 }, (_, index) => `service-${index}`);
    for (const service_name of names)
      await contracts.register({ service_name, type: "json_schema", version: "1.0.0", spec: schema }, "cycle-1");
    for (const version of ["1.10.0", "1.9.0"])
      await contracts.register({ service_name: "service-3", type: "json_schema", version, spec: schema }, version);
    const all = await contracts.list({});
    expect(all).toHaveLength(103);
    expect(all.find(({ service_name }) => service_name === "service-3")?.version).toBe("1.10.0");
  }, 180_000);

  it("refuses what it or we find invalid", async () => {
    const contracts = engine();
    await expect(
      contracts.register({ ...accounts, spec: { ...accounts.spec, paths: 7 } }, "cycle-1"),
    ).rejects.toMatchObject({ code: "CONTRACT_INVALID", message: expect.stringContaining("/paths") });
    const forbidden = { ...accounts, spec: { ...accounts.spec, info: { title: "Forbidden", version: "1.0.0" } } };
    expect(await contracts.validate(forbidden)).toEqual([{ pointer: "", message: "info.title is not allowed here" }]);
    await expect(contracts.register(forbidden, "cycle-1")).rejects.toMatchObject({ code: "CONTRACT_INVALID" });
    expect(await contracts.validate(accounts)).toEqual([]);
    expect(await contracts.list({})).toEqual([]);
  });

  it("that does not know an id says NOT_FOUND, whatever the form of its error", async () => {
    const contracts = engine();
    const asked = [
      () => contracts.get("7"),
      () => contracts.checkBreakingChanges("7", {}),
      () => contracts.generateTests("7", { framework: "pytest" }),
      () => contracts.markImplemented({ contract_id: "7", service_name: "a", evidence_path: "b" }),
    ];
    for (const ask of asked)
      await expect(ask()).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: expect.stringContaining("Contract not found: 7"),
      });
  });

  it("judges answers by the contract's path, and says what it did not look at", async () => {
    const contracts = engine();
    await contracts.register(accounts, "cycle-1");
    const exchange = { service_name: "accounts-service", method: "get", path: "/accounts/42?x=1", status_code: 200 };
    const body = { id: "42", email: "a@b.c", name: "A", created_at: "2026-01-01T00:00:00Z" };
    expect(await contracts.validateEndpoint({ ...exchange, response_body: body })).toEqual({
      valid: true,
      operation: "GET /accounts/{id}",
      violations: [],
      not_checked: [
        "status 200: the engine compares with the first successful answer of the contract",
        "query parameters: the engine takes none",
      ],
    });
    const wrong = await contracts.validateEndpoint({
      ...exchange,
      response_body: { ...body, name: 7 },
      request_body: {},
    });
    expect(wrong).toMatchObject({
      valid: false,
      violations: [
        { part: "response", location: "body", field: "/name", expected: "string", actual: "int", severity: "error" },
      ],
    });
    expect(wrong.not_checked).toContain("request body: the engine takes none");
    expect(await contracts.validateEndpoint({ ...exchange, response_body: ["no object"] })).toMatchObject({
      valid: false,
      violations: [{ field: "", expected: "object", actual: "list" }],
    });
    expect(await contracts.validateEndpoint(exchange)).toMatchObject({ valid: true, operation: "GET /accounts/{id}" });
    expect(await contracts.validateEndpoint({ ...exchange, path: "/nowhere", response_body: body })).toMatchObject({
      valid: false,
      operation: "",
      violations: [{ part: "operation", actual: "GET /nowhere" }],
    });
    await expect(contracts.validateEndpoint({ ...exchange, service_name: "nobody" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("compares with a new document, and with its own history", async () => {
    const contracts = engine();
    const { id } = await contracts.register(accounts, "cycle-1");
    expect(await contracts.checkBreakingChanges(id)).toEqual([]);
    const { "/accounts/{id}": item, ...paths } = accounts.spec.paths as Record<string, object>;
    const without = { ...accounts.spec, paths: { ...paths, "/new": {} } };
    expect(item).toBeDefined();
    expect(await contracts.checkBreakingChanges(id, without)).toEqual([
      {
        id: "path_removed",
        breaking: true,
        severity: "error",
        method: "",
        path: "/accounts/{id}",
        pointer: "",
        message: 'path_removed at /accounts/{id}: "/accounts/{id}" → nothing',
        old_value: "/accounts/{id}",
      },
      expect.objectContaining({ id: "path_added", breaking: false, severity: "info", path: "/new" }),
    ]);
    const less = { ...accounts.spec, paths: { ...paths, "/accounts/{id}": {} } };
    expect(await contracts.checkBreakingChanges(id, less)).toEqual([
      expect.objectContaining({ id: "method_removed", method: "GET", path: "/accounts/{id}" }),
    ]);
  });

  it("writes tests as source code, for the frameworks it knows", async () => {
    const contracts = engine();
    const { id } = await contracts.register(accounts, "cycle-1");
    const tests = await contracts.generateTests(id, { framework: "pytest", include_negative: true });
    expect(tests).toMatchObject({ contract_id: id, framework: "pytest", cases: [] });
    expect(tests.files[0]?.content).toContain("def test_contract():");
    expect(tests.files[0]?.content).toContain("test_unknown_path");
    expect(tests.command).toBe(`pytest ${tests.files[0]?.path}`);
    await expect(contracts.generateTests(id, { framework: "vitest" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("keeps claims, which make nothing implemented", async () => {
    const contracts = engine();
    const { id } = await contracts.register(accounts, "cycle-1");
    await contracts.register(orderEvents, "cycle-2");
    const claim = { contract_id: id, service_name: "accounts-service", evidence_path: "test/accounts.test.js" };
    expect(await contracts.markImplemented(claim)).toEqual({
      marked: true,
      total_implementations: 1,
      all_implemented: false,
    });
    expect(await contracts.getUnimplemented({ build_cycle_id: "cycle-1" })).toEqual([
      {
        id,
        type: "openapi",
        version: "1.0.0",
        expected_service: "accounts-service",
        status: "unknown",
        operations_total: expect.any(Number),
        missing: [],
        claim: null,
      },
    ]);
    const [events] = await contracts.getUnimplemented({ service_name: "orders-service" });
    expect(events?.operations_total).toBe(Object.keys(orderEvents.spec.operations as object).length);
  });
});

describe("an engine with the specification's tools", () => {
  const entry = (id: string, version: string, spec: object | undefined = { type: "object" }) => ({
    id,
    version,
    type: "json_schema",
    service_name: "orders-service",
    ...(spec ? { spec } : {}),
  });
  const engine = (tools: Record<string, ScriptedTool>) =>
    createRemoteContracts({ remote: opened(scripted(tools)), db });

  it("is asked by its own argument names", async () => {
    const verdict = { valid: false, violations: [{ field: "status", expected: 200, actual: 500 }] };
    const contracts = engine({
      validate_endpoint: {
        takes: ["service!", "method!", "path!", "request_body", "response_body", "status_code!"],
        answers: verdict,
      },
    });
    const answer = await contracts.validateEndpoint({
      service_name: "orders-service",
      method: "GET",
      path: "/orders/1",
      status_code: 500,
      response_headers: { a: "b" },
    });
    expect(answer).toMatchObject({
      valid: false,
      operation: "",
      violations: [{ field: "/status", expected: "200", actual: "500", severity: "error" }],
      not_checked: ["response_headers: the engine takes none"],
    });
  });

  it("lists summaries, which are completed one by one", async () => {
    const contracts = engine({
      list_contracts: {
        takes: [],
        answers: [entry("a", "1.0.0", undefined), entry("b", "1.2.0", undefined)],
        blocks: true,
      },
      get_contract: {
        takes: ["contract_id!"],
        by: ["contract_id", { a: entry("a", "1.0.0"), b: entry("b", "1.2.0") }],
      },
    });
    expect(await contracts.list({})).toEqual([
      expect.objectContaining({ id: "b", version: "1.2.0", status: "draft", spec_hash: hashOf({ type: "object" }) }),
    ]);
  });

  it("compares registered versions, and nothing else", async () => {
    const contracts = engine({
      list_contracts: { takes: [], answers: [entry("a", "1.0.0"), entry("b", "1.2.0"), entry("c", "0.9.0")] },
      get_contract: {
        takes: ["contract_id!"],
        by: ["contract_id", { b: entry("b", "1.2.0"), c: entry("c", "0.9.0") }],
      },
      check_breaking_changes: {
        takes: ["contract_id!", "old_version!", "new_version!"],
        by: ["old_version", { "1.0.0": [{ change_type: "type_changed", path: "/a.GET.x", severity: "error" }] }],
        blocks: true,
      },
    });
    expect(await contracts.checkBreakingChanges("b")).toEqual([
      expect.objectContaining({ id: "type_changed", breaking: true, method: "GET", path: "/a" }),
    ]);
    await expect(contracts.checkBreakingChanges("c")).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(contracts.checkBreakingChanges("b", {})).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringContaining("takes no new_spec"),
    });
  });

  it("answers nothing to a claim; then what is open is asked", async () => {
    const contracts = engine({
      mark_implemented: { takes: ["contract_id!", "service!"], answers: null },
      get_unimplemented_contracts: { takes: ["service!"], answers: [] },
    });
    const claim = { contract_id: "a", service_name: "orders-service", evidence_path: "x" };
    expect(await contracts.markImplemented(claim)).toEqual({
      marked: true,
      total_implementations: null,
      all_implemented: true,
    });
  });

  it("gives test cases", async () => {
    const one = {
      id: "1",
      name: "lists orders",
      kind: "valid",
      operation: "GET /orders",
      request: { method: "GET", path: "/orders", headers: {} },
      expect: { status: ["200"], schema_pointer: null },
    };
    const contracts = engine({ generate_tests: { takes: ["contract_id!", "format!"], answers: [one], blocks: true } });
    expect(await contracts.generateTests("a", { framework: "json" })).toEqual({
      contract_id: "a",
      framework: "json",
      cases: [one],
      files: [],
      command: "",
    });
  });

  it("with a tool to register keeps the pipeline's id", async () => {
    const spec = { type: "object" };
    const draft = { service_name: "orders-service", type: "json_schema", version: "1.0.0", spec } as const;
    const contracts = engine({
      register_contract: {
        takes: ["service_name!", "type!", "version!", "spec!", "build_cycle_id"],
        answers: { ...draft, id: "k", build_cycle_id: "cycle-1" },
      },
    });
    expect(await contracts.register(draft, "cycle-1")).toMatchObject({ id: "k", build_cycle_id: "cycle-1" });
  });

  it("that keeps something else than it was given is not believed", async () => {
    const draft = { service_name: "a", type: "json_schema", version: "1.0.0", spec: { type: "object" } } as const;
    const contracts = engine({
      create_contract: {
        takes: ["service_name!", "type!", "version!", "spec!"],
        answers: { ...draft, id: "k", spec: { type: "string" } },
      },
    });
    await expect(contracts.register(draft, "cycle-1")).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: "scripted: create_contract kept other content than it was given for json_schema of a.",
    });
  });
});

describe("an engine that falls short", () => {
  const engine = (tools: Record<string, ScriptedTool>) =>
    createRemoteContracts({ remote: opened(scripted(tools)), db });

  it("by lacking a tool is told by tool, server and what it offers", async () => {
    const contracts = engine({ get_contracts: { takes: [] } });
    await expect(contracts.get("a")).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: "scripted has no tool get_contract; it offers get_contracts (is get_contracts meant?).",
      remedy: expect.stringContaining("backend: builtin"),
    });
    await expect(contracts.register(accounts, "cycle-1")).rejects.toThrow("register_contract or create_contract");
  });

  it("by wanting what nobody has", async () => {
    const contracts = engine({ get_contract: { takes: ["contract_id!", "tenant!"] } });
    await expect(contracts.get("a")).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringContaining("get_contract requires the argument tenant"),
    });
  });

  it("by answering out of schema is told where", async () => {
    const entry = { id: "a", type: "openapi", version: "1", service_name: "s", spec: {} };
    const contracts = engine({
      get_contract: {
        takes: ["contract_id"],
        by: ["contract_id", { a: entry, b: { ...entry, type: "wsdl" }, c: "hello", d: { error: "disk full" } }],
      },
    });
    for (const [id, words] of Object.entries({
      a: /get_contract answered out of schema: version/,
      b: /answered out of schema: type: .*"openapi"/,
      c: /answered out of schema: the answer: .*\(got "hello"\)/,
      d: /get_contract answered with an error: disk full/,
    }))
      await expect(contracts.get(id)).rejects.toMatchObject({
        code: "REMOTE_ANSWER",
        message: expect.stringMatching(words),
      });
  });
});

import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRemoteArchitect } from "../../src/architect/remote.ts";
import { validateContract } from "../../src/contracts/validate.ts";
import { AppError } from "../../src/lib/errors.ts";
import { sha256 } from "../../src/lib/ids.ts";
import type { RemoteTools } from "../../src/model/remote.ts";
import { build1, emptyFolder, NO_PYTHON, PYTHON, type ScriptedTool, scripted } from "../remote.ts";

let folder: ReturnType<typeof emptyFolder>;
const open: RemoteTools[] = [];
const opened = (remote: RemoteTools) => {
  open.push(remote);
  return remote;
};
beforeEach(() => {
  folder = emptyFolder();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((remote) => remote.close()));
  folder.remove();
});

const PRD = `# Project: Harbour

## Service: berths-service

### Berth
- name: string
- length: decimal

Publishes berth.booked.

## Service: boats-service

### Boat
- name: string

Calls berths-service.

## Service: status-service
`;

describe.skipIf(!PYTHON)(`a Build 1 architect${NO_PYTHON}`, () => {
  const architect = () =>
    createRemoteArchitect({
      remote: opened(build1("architect", join(folder.path, "architect.db"))),
      validate: validateContract,
    });

  it("plans services, domain and contracts from its stubs, flat and wrapped", async () => {
    const plan = await architect().plan({ prd: PRD, feedback: [] });
    expect(plan.service_map).toMatchObject({ project_name: "Harbour", prd_hash: sha256(PRD), build_cycle_id: null });
    expect(plan.service_map.services).toMatchObject([
      {
        name: "berths-service",
        owns_entities: ["Berth"],
        stack: { language: "python", framework: null },
        depends_on: [],
        events_published: ["berth.booked"],
        events_subscribed: [],
        is_frontend: false,
        port: 8080,
        health_endpoint: "/health",
      },
      { name: "boats-service", depends_on: ["berths-service"], events_published: [] },
      { name: "status-service", estimated_loc: 100 },
    ]);
    expect(plan.domain_model.entities).toMatchObject([
      {
        name: "Berth",
        owning_service: "berths-service",
        fields: [{ name: "name" }, { name: "length", type: "decimal" }],
      },
      { name: "Boat", state_machine: null },
    ]);
    expect(plan.contracts.map(({ service_name, type, version }) => [service_name, type, version])).toEqual([
      ["berths-service", "openapi", "1.0.0"],
      ["boats-service", "openapi", "1.0.0"],
      ["status-service", "openapi", "1.0.0"],
      ["berths-service", "asyncapi", "1.0.0"],
    ]);
    for (const { spec } of plan.contracts) {
      expect(spec).not.toHaveProperty("type");
      expect(spec).not.toHaveProperty("service_id");
    }
    expect(plan.questions).toEqual([{ about: "PRD", question: "Which currencies are supported?", line: null }]);
  });

  it("gets feedback at the end of the PRD, and whoever reviews is asked whether it was done", async () => {
    const plan = await architect().plan({ prd: PRD, feedback: ["Add a deposit to Berth."] });
    expect(plan.service_map.prd_hash).toBe(sha256(PRD));
    expect(plan.service_map.services).toHaveLength(3);
    expect(plan.questions.map(({ question }) => question)).toEqual([
      "Was this done? The architect takes no feedback, so it was put at the end of the PRD: Add a deposit to Berth.",
      "Corrections were read as prose",
      "Which currencies are supported?",
    ]);
  });

  it("that cannot plan says why", async () => {
    await expect(architect().plan({ prd: "# Short", feedback: [] })).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: "build1 architect: decompose answered with an error: PRD text is too short.",
    });
  });

  it("stops when told to", async () => {
    const stopper = new AbortController();
    const planned = architect().plan({ prd: PRD, feedback: [], signal: stopper.signal });
    stopper.abort(new AppError("INTERRUPTED", "enough", { remedy: "" }));
    await expect(planned).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

const service = (name: string, more: object = {}) => ({
  name,
  domain: "d",
  description: "",
  stack: { language: "go" },
  estimated_loc: 500,
  owns_entities: [],
  provides_contracts: [`${name}-api`],
  consumes_contracts: [],
  ...more,
});
const openapi = (title: string, path = "/boats") => ({
  openapi: "3.1.0",
  info: { title, version: "2.3.4" },
  paths: {
    [path]: { get: { responses: { "200": { description: "ok" } } } },
    "/api/health": { get: { responses: { "200": { description: "ok" } } } },
  },
});
const asyncapi = {
  asyncapi: "3.0.0",
  info: { title: "events", version: "1.0.0" },
  channels: { sailed: { address: "boat.sailed", messages: { m: { payload: { type: "object" } } } } },
  operations: {
    publish: { action: "send", channel: { $ref: "#/channels/sailed" } },
    subscribe: { action: "receive", channel: { $ref: "#/channels/sailed" } },
  },
};
const domain = { entities: [], relationships: [], generated_at: null };
const map = (prd_hash: string | null, services: object[]) => ({ project_name: "Port", services, prd_hash });
const architectOf = (tools: Record<string, ScriptedTool>, more: object = {}) =>
  createRemoteArchitect({ remote: opened(scripted(tools)), validate: validateContract, ...more });
const decomposing = (stubs: object[], services = [service("boats"), service("docks")]) =>
  architectOf({
    decompose: {
      takes: ["prd_text!", "feedback"],
      answers: {
        service_map: map(null, services),
        domain_model: domain,
        contract_stubs: stubs,
        validation_issues: null,
        extra: 1,
      },
    },
  });

describe("stubs", () => {
  it("of one service and several types all stay; what fits no service or comes twice is asked about", async () => {
    const plan = await decomposing([
      { type: "openapi", service_id: "boats", spec: openapi("boats") },
      { type: "openapi", service_id: "boats", ...openapi("other") },
      { type: "asyncapi", service_id: "Boats", spec: asyncapi },
      { type: "openapi", service_id: "ferries", spec: openapi("ferries") },
      { service_id: "docks", note: "later" },
    ]).plan({ prd: PRD, feedback: [] });
    expect(plan.contracts.map(({ service_name, type, version }) => [service_name, type, version])).toEqual([
      ["boats", "openapi", "2.3.4"],
      ["boats", "asyncapi", "1.0.0"],
    ]);
    const asked = plan.questions.map(({ about, question }) => `${about}: ${question}`);
    expect(asked).toEqual([
      expect.stringMatching(/^service boats: Which openapi contract is meant\?.* the first is used\.$/),
      expect.stringMatching(/^contracts: Whose contract is this\? There is no such service.* openapi of ferries\.$/),
      expect.stringMatching(/^contracts: Whose contract is this\? It names no service, or is no OpenAPI.*note\.$/),
      expect.stringMatching(/^service boats: Who consumes boat\.sailed\?/),
      expect.stringMatching(/^service docks: Which endpoints does it have\?/),
    ]);
    expect(plan.service_map.services[0]).toMatchObject({
      health_endpoint: "/api/health",
      events_published: ["boat.sailed"],
      events_subscribed: [],
    });
    expect(plan.service_map.generated_at).not.toBe("");
  });

  it("that are invalid, or none at all, end the planning", async () => {
    const broken = { ...openapi("boats"), paths: 7 };
    await expect(
      decomposing([{ type: "openapi", service_id: "boats", spec: broken }]).plan({ prd: PRD, feedback: [] }),
    ).rejects.toMatchObject({
      code: "CONTRACT_INVALID",
      message: expect.stringMatching(/^scripted planned an openapi contract of boats that is not valid: \/paths/),
    });
    await expect(decomposing([]).plan({ prd: PRD, feedback: [] })).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: "scripted: decompose gave no contract of any service.",
    });
  });

  it("from an architect that takes feedback need no question about it", async () => {
    const architect = decomposing(
      [{ type: "openapi", service_id: "boats", spec: openapi("boats") }],
      [service("boats")],
    );
    expect((await architect.plan({ prd: PRD, feedback: ["Do it."] })).questions).toEqual([]);
  });
});

describe("an architect with the specification's tools", () => {
  const holding = (prd_hash: string | null, contracts: object[], more: object = {}) =>
    architectOf(
      {
        get_service_map: { takes: [], answers: map(prd_hash, [service("boats")]) },
        get_domain_model: { takes: [], answers: domain },
        get_contracts_for_service: { takes: ["service_name!"], answers: contracts, blocks: true },
      },
      more,
    );
  const whole = { id: "a", type: "openapi", version: "1.2.0", service_name: "boats", spec: openapi("boats") };

  it("gives the plan it holds, when it is of this PRD", async () => {
    const plan = await holding(sha256(PRD), [whole]).plan({ prd: PRD, feedback: [] });
    expect(plan.contracts).toEqual([
      { service_name: "boats", type: "openapi", version: "1.2.0", spec: openapi("boats") },
    ]);
    expect(plan.questions).toEqual([]);
  });

  it("is refused with the plan of another PRD, and asked about when it does not say", async () => {
    await expect(holding(sha256("other"), [whole]).plan({ prd: PRD, feedback: [] })).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringMatching(
        /get_service_map gave the plan of another PRD \(Port, PRD hash .*no tool decompose/,
      ),
    });
    const plan = await holding(null, [whole]).plan({ prd: PRD, feedback: [] });
    expect(plan.questions[0]?.question).toMatch(/^Is this the plan of this PRD\?/);
  });

  it("that gives summaries has the documents looked up, its own only", async () => {
    const summary = { id: "a", role: "provider", type: "openapi", counterparty: "boats", summary: "openapi v1" };
    const contracts = {
      get: async (id: string) => {
        if (id === "a")
          return { ...whole, spec_hash: "", status: "draft", build_cycle_id: null, created_at: "", updated_at: "" };
        throw new AppError("NOT_FOUND", "none", { remedy: "" });
      },
    };
    const listed = [summary, { ...summary, id: "b", role: "consumer" }, { ...summary, id: "c" }];
    const plan = await holding(sha256(PRD), listed, { contracts }).plan({ prd: PRD, feedback: [] });
    expect(plan.contracts).toMatchObject([{ service_name: "boats", type: "openapi", spec: openapi("boats") }]);
    expect(plan.questions).toEqual([
      { about: "service boats", question: expect.stringMatching(/^What does its contract c say\?/), line: null },
    ]);
  });

  it("that answers out of schema is told where", async () => {
    const architect = architectOf({ get_service_map: { takes: [], answers: map("", [service("Not A Name")]) } });
    await expect(architect.plan({ prd: PRD, feedback: [] })).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringMatching(/get_service_map answered out of schema: services\.0\.name: lower-case/),
    });
    await expect(architectOf({ get_map: { takes: [] } }).plan({ prd: PRD, feedback: [] })).rejects.toMatchObject({
      code: "REMOTE_ANSWER",
      message: expect.stringContaining("scripted has no tool get_service_map; it offers get_map"),
    });
  });
});

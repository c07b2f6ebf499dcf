import { describe, expect, it } from "vitest";
import { judgeProposal } from "../../src/architect/proposal/judge.ts";
import { Proposal } from "../../src/architect/proposal/proposal.ts";
import { validateContract } from "../../src/contracts/validate.ts";
import { LIBRARY_PRD, libraryProposal } from "./proposals.ts";

const judge = (answer: unknown) => judgeProposal(answer, { prd: LIBRARY_PRD }, { validate: validateContract });

describe("a proposal", () => {
  it("becomes a whole plan: contracts with every endpoint and event, labels, questions", async () => {
    const { plan, faults } = await judge(libraryProposal());
    expect(faults).toEqual([]);
    expect(
      plan?.service_map.services.map(({ name, provides_contracts, consumes_contracts }) => [
        name,
        provides_contracts,
        consumes_contracts,
      ]),
    ).toEqual([
      ["catalog-service", ["catalog-service-api"], []],
      ["loans-service", ["loans-service-api", "loans-service-events"], ["catalog-service-api"]],
      ["reminders-service", ["reminders-service-api", "reminders-service-events"], ["loans-service-events"]],
    ]);
    const loans = plan?.contracts.find(
      ({ service_name, type }) => service_name === "loans-service" && type === "openapi",
    );
    expect(loans?.spec.paths).toMatchObject({
      "/loans": { post: { "x-action": "create", "x-publishes": ["loan.opened"] } },
      "/loans/{id}/return": { post: { "x-transition": { field: "status", from: ["open"], to: "returned" } } },
      "/health": { get: {} },
    });
    expect(plan?.questions).toContainEqual({
      about: "entity Loan",
      question: "How long may a book be kept?",
      line: null,
    });
    expect(plan?.questions.filter(({ line }) => line !== null)).toEqual([]);
  });

  it("keeps a document that the PRD gives whole", async () => {
    const spec = {
      openapi: "3.1.0",
      info: { title: "Given", version: "2.0.0" },
      paths: { "/books": { get: { responses: { "200": { description: "ok" } } } } },
    };
    const contract = { service_name: "catalog-service", type: "openapi" as const, version: "2.0.0", spec };
    const proposal = libraryProposal({ contracts: [contract] });
    const missing = await judge(proposal);
    expect(missing.faults.map(({ about }) => about)).toEqual(
      expect.arrayContaining(["endpoint GET /books/{id}", "endpoint POST /books"]),
    );
    const { endpoints = [] } = proposal;
    const fewer = endpoints.filter(
      ({ service, path, method }) => service !== "catalog-service" || (path === "/books" && method === "GET"),
    );
    const { plan, faults } = await judge({
      ...proposal,
      endpoints: fewer,
      services: proposal.services.map((one) => ({ ...one, depends_on: [] })),
    });
    expect(faults).toEqual([]);
    expect(plan?.contracts.find(({ service_name }) => service_name === "catalog-service")).toEqual(contract);
  });
});

const base = Proposal.parse(libraryProposal());
const services = (change: (names: typeof base.services) => unknown) => ({
  ...base,
  services: change(structuredClone(base.services)),
});
const bad: [what: string, answer: unknown, path: string, message: RegExp][] = [
  ["nothing", undefined, "", /expected object/],
  ["a text", "a plan", "", /expected object/],
  ["no services", { ...base, services: [] }, "/services", />=1/],
  ["an unknown key", { ...base, service: [] }, "", /service/],
  [
    "a name that is no DNS label",
    services(([first, ...rest]) => [{ ...first, name: "Catalog Service" }, ...rest]),
    "/services/0/name",
    /lower-case/,
  ],
  [
    "a name that ends with a hyphen",
    { ...base, services: [...base.services, { ...base.services[2], name: "mail-" }] },
    "/service_map/services/3/name",
    /DNS label/,
  ],
  ["a service twice", services((all) => [...all, all[0]]), "/services/3", /twice/],
  [
    "a dependency on nobody",
    services(([a, b, c]) => [a, { ...b, depends_on: ["billing-service"] }, c]),
    "/services/1/depends_on/0",
    /billing-service, which is no service/,
  ],
  [
    "a circle",
    services(([a, b, c]) => [{ ...a, depends_on: ["loans-service"] }, b, c]),
    "/service_map/services/0/depends_on",
    /catalog-service → loans-service → catalog-service/,
  ],
  [
    "an entity without an owner",
    { ...base, entities: [{ ...base.entities[0], owning_service: "shelf-service" }] },
    "/entities/0/owning_service",
    /shelf-service/,
  ],
  [
    "an endpoint of nobody",
    { ...base, endpoints: [{ ...base.endpoints[0], service: "x" }] },
    "/endpoints/0/service",
    /answered by x/,
  ],
  [
    "an endpoint twice",
    { ...base, endpoints: [...base.endpoints, { ...base.endpoints[1], path: "/books/{book}" }] },
    "/endpoints/5",
    /twice/,
  ],
  [
    "an event that nobody publishes",
    { ...base, events: [{ ...base.events[0], publishers: [] }] },
    "/service_map/services/2/events_subscribed/0",
    /Nobody publishes loan\.opened/,
  ],
  [
    "an event for nobody",
    { ...base, events: [{ ...base.events[0], consumers: ["mail-service"] }] },
    "/events/0/consumers/0",
    /mail-service/,
  ],
  [
    "a body that is no shape",
    { ...base, endpoints: [{ ...base.endpoints[0], request: "whatever the client sends" }] },
    "/endpoints/0/request",
    /no shape/,
  ],
  [
    "a state machine with a foreign state",
    {
      ...base,
      entities: [
        base.entities[0],
        { ...base.entities[1], state_machine: { ...base.entities[1]?.state_machine, initial_state: "lost" } },
      ],
    },
    "/entities/1/state_machine/initial_state",
    /lost, which is none of its states/,
  ],
  [
    "a relationship to nothing",
    { ...base, relationships: [{ ...base.relationships[0], target_entity: "Shelf" }] },
    "/relationships/0/target_entity",
    /Shelf/,
  ],
  [
    "a contract that is not valid",
    {
      ...base,
      contracts: [
        { service_name: "reminders-service", type: "openapi", version: "1.0.0", spec: { openapi: "3.1.0", paths: {} } },
      ],
    },
    "/contracts/",
    /info/,
  ],
  [
    "a contract of nobody",
    { ...base, contracts: [{ service_name: "x-service", type: "openapi", version: "1.0.0", spec: {} }] },
    "/contracts/",
    /x-service/,
  ],
];

describe("what is wrong with a proposal is told with its place:", () => {
  it.each(bad)("%s", async (_what, answer, path, message) => {
    const { plan, faults } = await judge(answer);
    expect(plan).toBeNull();
    const found = faults.filter((fault) => message.test(fault.message));
    expect(found.map((fault) => fault.path).join(" "), JSON.stringify(faults)).toContain(path);
    expect(found.length).toBeGreaterThan(0);
  });

  it("at most thirty at once", async () => {
    const endpoints = Array.from({ length: 80 }, (_, index) => ({
      ...base.endpoints[0],
      path: `/x${index}`,
      service: "nobody",
    }));
    const { faults } = await judge({ ...base, endpoints });
    expect(faults).toHaveLength(31);
    expect(faults.at(-1)?.message).toContain("50 more");
  });
});

import { describe, expect, it } from "vitest";
import { contractFaults, planFaults } from "../../src/architect/check/check.ts";
import type { Architect, PlanRequest } from "../../src/architect/port.ts";
import { validateContract } from "../../src/contracts/validate.ts";
import { sha256 } from "../../src/lib/ids.ts";
import { Plan } from "../../src/model/plan.ts";
import { LIBRARY_PRD } from "./proposals.ts";

export interface ArchitectUnderTest {
  architect: Architect;
  /** How it comes to a plan; differs for one whose plan is handed in. */
  plan(request: PlanRequest): Promise<Plan>;
}

/** What every architect owes its caller, whichever backend it is. `make` is called once for each test. */
export function describeArchitect(name: string, make: () => Promise<ArchitectUnderTest>, skip = false): void {
  describe.skipIf(skip)(`${name} keeps the architect contract`, { timeout: 300_000 }, () => {
    const planned = async () => (await make()).plan({ prd: LIBRARY_PRD, feedback: [] });

    it("says who it is", async () => {
      const { architect } = await make();
      expect(architect.name).toMatch(/^[a-z][a-z0-9-]*$/);
    });

    it("gives a plan of the PRD that fits the model and holds together", async () => {
      const plan = await planned();
      expect(Plan.parse(plan)).toEqual(plan);
      expect(plan.service_map).toMatchObject({ project_name: "Library", prd_hash: sha256(LIBRARY_PRD) });
      expect(planFaults(plan)).toEqual([]);
      expect(await contractFaults(plan, validateContract)).toEqual([]);
    });

    it("plans the services, owners, endpoints, states and events that the PRD names", async () => {
      const plan = await planned();
      const names = plan.service_map.services.map((service) => service.name);
      expect(names).toEqual(["catalog-service", "loans-service", "reminders-service"]);
      const owners = plan.domain_model.entities.map((entity) => [entity.name, entity.owning_service]);
      expect(owners).toEqual([
        ["Book", "catalog-service"],
        ["Loan", "loans-service"],
      ]);
      const loans = plan.contracts.find((one) => one.service_name === "loans-service" && one.type === "openapi");
      expect(Object.keys(Object(loans?.spec.paths)).sort()).toEqual(["/health", "/loans", "/loans/{id}/return"]);
      const events = plan.service_map.services.map((service) => [service.events_published, service.events_subscribed]);
      expect(events).toEqual([
        [[], []],
        [["loan.opened"], []],
        [[], ["loan.opened"]],
      ]);
    });

    it("stops when it was told to before", async () => {
      const { plan } = await make();
      await expect(plan({ prd: LIBRARY_PRD, feedback: [], signal: AbortSignal.abort() })).rejects.toThrow();
    });
  });
}

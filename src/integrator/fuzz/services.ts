import { mapPool } from "../../lib/pool.ts";
import type { Step } from "../../lib/step.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { DeployedService, ServiceFuzz } from "../../model/integration-report.ts";
import type { ServiceMap } from "../../model/service-map.ts";
import { answers } from "../contract-check/check-service.ts";
import type { TestSystem } from "../session/session.ts";
import { type FuzzedService, type FuzzSettings, fuzzService } from "./service.ts";

export interface FuzzedSystem {
  fuzz: ServiceFuzz[];
  violations: ContractViolation[];
  /** What was not fuzzed or says nothing, each with the reason. */
  skipped: string[];
}

/** Services at the same time: each takes a good part of a core itself. */
export const FUZZED_AT_ONCE = 3;

/**
 * Fuzz every healthy service that has an OpenAPI contract, side by side, each recorded when it is done. A service that
 * broke takes down the answers of those that call it: that is its own fault alone.
 */
export async function fuzzServices(
  system: TestSystem,
  service_map: ServiceMap,
  deployed: readonly DeployedService[],
  settings: FuzzSettings,
  step: Step,
): Promise<FuzzedSystem> {
  const able = deployed.flatMap(({ service, healthy, url }) => {
    const document = system.operations.find((operation) => operation.service === service)?.document;
    return healthy && document !== undefined ? [{ service, url, document }] : [];
  });
  const results = await mapPool(able, FUZZED_AT_ONCE, (target) =>
    step(`fuzz:${target.service}`, () => fuzzService(system, target, settings)),
  );
  const broken = await brokenAmong(system, able);
  const fuzz = results.map(({ summary }) => summary);
  const told = results.map((result) =>
    withoutConsequences(result, brokenCallees(system, service_map, result.summary.service, broken)),
  );
  return {
    fuzz,
    violations: told.flatMap(({ violations }) => violations),
    skipped: [
      ...fuzz.flatMap(({ service, untested }) => untested.map((text) => `fuzzing ${service} ${text}`)),
      ...told.flatMap(({ skipped }) => skipped),
    ],
  };
}

async function brokenAmong(system: TestSystem, services: readonly { service: string }[]): Promise<Set<string>> {
  const alive = await Promise.all(services.map(({ service }) => answers(system, service)));
  return new Set(services.filter((_one, index) => !alive[index]).map(({ service }) => service));
}

/** Those that broke among the services that one calls, by the service map and by its contract. */
function brokenCallees(
  { operations }: TestSystem,
  { services }: ServiceMap,
  caller: string,
  broken: ReadonlySet<string>,
): string[] {
  const stated = services.find(({ name }) => name === caller)?.depends_on ?? [];
  const called = operations
    .filter(({ service }) => service === caller)
    .flatMap(({ calls }) => calls.map(({ service }) => service));
  return [...stated, ...called].filter((name) => name !== caller && broken.has(name));
}

/** Server errors and silence of a service whose callee broke say nothing about it. */
function withoutConsequences(
  { summary: { service }, violations }: FuzzedService,
  [cause]: readonly string[],
): Pick<FuzzedSystem, "violations" | "skipped"> {
  if (cause === undefined) return { violations, skipped: [] };
  const isConsequence = ({ code }: ContractViolation) => code === "STATUS-002" || code.startsWith("INT-");
  const dropped = violations.filter(isConsequence);
  return {
    violations: violations.filter((one) => !isConsequence(one)),
    skipped: dropped.map(
      ({ endpoint }) => `fuzzing ${service} ${endpoint}: ${cause}, which it calls, stopped answering`,
    ),
  };
}

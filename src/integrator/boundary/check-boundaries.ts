import type { BoundaryCheck, BoundaryResult } from "../../model/boundary.ts";
import type { ServiceMap } from "../../model/service-map.ts";
import { type Relation, relationsOf } from "../flow/relations.ts";
import type { FlowOptions } from "../flow/run-state.ts";
import { endpointOf, isJson, type Operation } from "../operation.ts";
import { keyOf, type TestSystem } from "../session/session.ts";
import { compareContracts } from "./compare-contracts.ts";
import { checkPages, pagedLists } from "./pages.ts";
import { probeOperation } from "./probe.ts";

export interface BoundaryRequest extends Partial<FlowOptions> {
  /** For what depends on what. */
  service_map?: Pick<ServiceMap, "services"> | undefined;
  /** Compare contracts only; nothing is sent. */
  static_only?: boolean;
  /** Time for everything that is sent; what is not reached is skipped. 0 for no limit. */
  max_seconds?: number;
  onProgress?: (message: string, done: number, total: number) => void;
}

/** Operations that are probed at most, those first that reach other services. */
const MOST_OPERATIONS = 30;

/**
 * Test the boundaries between services. First what contracts say of the same data is compared; then values that get
 * damaged easily are sent through running services and read again. Drift in contracts is a warning, damage that was seen
 * an error; each is blamed on one service. Errors: the signal's reason when aborted.
 */
export async function checkBoundaries(system: TestSystem, request: BoundaryRequest = {}): Promise<BoundaryResult> {
  const { checks, violations } = compareContracts(system, request.service_map);
  if (request.static_only === true) return { checks, violations };
  const deadline = request.max_seconds ? Date.now() + request.max_seconds * 1000 : Number.POSITIVE_INFINITY;
  const options: FlowOptions = { readLog: request.readLog ?? null, event_secret: request.event_secret ?? null };
  const relations = relationsOf(system);
  const writers = writersOf(system, relations);
  const lists = pagedLists(system);
  const jobs = [
    ...writers.map((operation) => ({
      operation,
      run: () =>
        probeOperation(
          system,
          operation,
          relations.filter((one) => one.operation === operation),
          options,
        ),
    })),
    ...lists.map((operation) => ({ operation, run: () => checkPages(system, operation) })),
  ];
  for (const [index, { operation, run }] of jobs.entries()) {
    system.signal.throwIfAborted();
    request.onProgress?.(`${operation.service} ${endpointOf(operation)}`, index, jobs.length);
    if (Date.now() > deadline) {
      checks.push(notReached(operation));
      continue;
    }
    const result = await run();
    checks.push(...result.checks);
    violations.push(...result.violations);
  }
  return { checks, violations };
}

function writersOf(system: TestSystem, relations: readonly Relation[]): Operation[] {
  const reach = new Set(relations.map(({ operation }) => keyOf(operation)));
  const rank = (operation: Operation) => (reach.has(keyOf(operation)) ? 0 : 1);
  return system.operations
    .filter(
      ({ service, action, body }) =>
        ["create", "register", "update"].includes(action) &&
        body !== null &&
        isJson(body.media_type) &&
        !system.unavailable.has(service),
    )
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MOST_OPERATIONS);
}

function notReached(operation: Operation): BoundaryCheck {
  return {
    topic: "value",
    services: [operation.service],
    subject: endpointOf(operation),
    verdict: "skipped",
    reason: "Not reached within the time for all boundaries.",
  };
}

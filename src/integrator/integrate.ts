import type { Step } from "../lib/step.ts";
import type { ContractViolation } from "../model/finding.ts";
import type { DeployedService, IntegrationReport } from "../model/integration-report.ts";
import { INTEGRATION_CODES } from "./codes.ts";
import { eventOperations, subscriptions } from "./events.ts";
import type { FuzzSettings } from "./fuzz/service.ts";
import { readOperations } from "./operations.ts";
import { testBoundaries } from "./parts/boundaries.ts";
import { checkContracts } from "./parts/contracts.ts";
import { testFlows } from "./parts/flows.ts";
import { fuzzAll } from "./parts/fuzz.ts";
import { verifyPacts } from "./parts/pacts.ts";
import type { PactSettings, Part } from "./parts/part.ts";
import { traceAll } from "./parts/traces.ts";
import type { Deployment, DeployRequest, Runtime, ServiceEnd } from "./port.ts";
import { type Findings, reportOf } from "./report.ts";
import { endOf } from "./runtimes/health.ts";
import type { TestSystem } from "./session/session.ts";
import { openTracing } from "./tracing/tracing.ts";

export { brokerAt } from "./pact/broker.ts";
export { clientCallsOf } from "./pact/calls.ts";

/** The parts in their order; fuzzing is last, because it fills the services with made-up data. */
const PARTS = {
  contracts: checkContracts,
  flows: testFlows,
  traces: traceAll,
  boundaries: testBoundaries,
  pacts: verifyPacts,
  fuzz: fuzzAll,
} satisfies Record<string, Part>;
export type IntegrationPart = keyof typeof PARTS;

export interface IntegrateRequest extends DeployRequest {
  attempt: number;
  /** Services whose build failed: they are not deployed, and their operations are skipped. */
  excluded: string[];
  /** How services are fuzzed; null leaves it out. */
  fuzz: FuzzSettings | null;
  /** How pacts are made and verified; null leaves them out. */
  pacts: PactSettings | null;
  /** Time for everything, in seconds: parts that may take as long as they like share what is left of it. */
  max_seconds: number;
  /** Only these parts; all of them when left out. */
  parts?: readonly IntegrationPart[];
  step: Step;
  /** Time limit of one request to a service (10 s). */
  request_timeout_ms?: number;
  /** How long the effect of an event may take (10 s). */
  event_timeout_ms?: number;
  onProgress?: (message: string, done: number, total: number) => void;
}

const REQUEST_TIMEOUT_MS = 10_000;
const EVENT_TIMEOUT_MS = 10_000;
/** Kept for taking everything down and writing the report. */
const RESERVE_MS = 20_000;

/**
 * Deploy what was built, test it through the gateway part by part, take it down (specification 3.10, 3.11, 6.3). Whatever
 * happens, nothing keeps running. A service that does not start is a finding against it; a missing program is ours.
 * Errors: ENVIRONMENT, and the signal's reason when aborted.
 */
export async function integrate(request: IntegrateRequest, runtime: Runtime): Promise<IntegrationReport> {
  const excluded = new Set(request.excluded);
  const built = request.services.filter(({ service }) => !excluded.has(service.name));
  const wanted = Object.entries(PARTS).filter(([name]) => isWanted(request, name));
  const total = wanted.length + 1;
  let done = 0;
  const progress = (message: string) => request.onProgress?.(message, done, total);
  progress(`Starting ${built.length} services`);
  const end = performance.now() + request.max_seconds * 1000 - RESERVE_MS;
  const tracing = await openTracing();
  let deployment: Deployment | undefined;
  try {
    deployment = await runtime.deploy({ ...request, services: built, watched: tracing });
    const found: Findings = {
      services: deployment.services,
      operations: [],
      flows: [],
      traces: [],
      boundaries: [],
      pacts: [],
      fuzz: [],
      violations: deployment.services.flatMap(notHealthy),
      left_out: [...excluded].map((name) => `${name}: not deployed, its build failed`),
      not_run: [],
    };
    const { services, service_map, contracts, fuzz, pacts, step } = request;
    // Never 0, which means no limit.
    const secondsLeft = () => Math.max(1, (end - performance.now()) / 1000);
    const shared = { secondsLeft, services, service_map, contracts, fuzz, pacts, step, deployment, tracing, progress };
    const system = { ...testSystem(request, deployment), onExchange: tracing.record };
    for (const [name, part] of wanted) {
      done += 1;
      const result = await part({ ...shared, system, flows: found.flows, known: found.violations });
      request.signal.throwIfAborted();
      add(found, result);
      for (const end of deployment.ended())
        if (!isCharged(found, end)) found.violations.push(hasEnded(end, name, await deployment.logs(end.service)));
    }
    const report = reportOf(
      { pipeline_id: request.pipeline_id, attempt: request.attempt, runtime: deployment.runtime ?? runtime.name },
      found,
    );
    done = total;
    progress(`${report.contract_tests_passed} of ${report.contract_tests_total} contract tests passed`);
    return report;
  } finally {
    await Promise.all([deployment?.stop(), tracing.close()]);
  }
}

function isWanted({ parts }: IntegrateRequest, name: string): boolean {
  return parts === undefined || parts.some((part) => part === name);
}

function add(found: Findings, part: Awaited<ReturnType<Part>>): void {
  found.operations.push(...(part.operations ?? []));
  found.flows.push(...(part.flows ?? []));
  found.traces.push(...(part.traces ?? []));
  found.boundaries.push(...(part.boundaries ?? []));
  found.pacts.push(...(part.pacts ?? []));
  found.fuzz.push(...(part.fuzz ?? []));
  found.violations.push(...(part.violations ?? []));
  found.not_run.push(...(part.not_run ?? []));
}

function testSystem(request: IntegrateRequest, deployment: Deployment): TestSystem {
  const unavailable = new Map<string, string>();
  for (const { name } of request.service_map.services) unavailable.set(name, `${name} is not deployed`);
  for (const { service, healthy } of deployment.services) {
    if (healthy) unavailable.delete(service);
    else unavailable.set(service, `${service} is not healthy`);
  }
  for (const name of request.excluded) unavailable.set(name, `the build of ${name} failed`);
  return {
    gateway_url: deployment.gateway_url,
    operations: readOperations(request.contracts),
    events: eventOperations(request.contracts),
    subscribers: subscriptions(request.service_map, request.contracts),
    health: new Map(request.service_map.services.map((service) => [service.name, service.health_endpoint])),
    unavailable,
    jwt_secret: deployment.jwt_secret ?? null,
    request_timeout_ms: request.request_timeout_ms ?? REQUEST_TIMEOUT_MS,
    event_timeout_ms: request.event_timeout_ms ?? EVENT_TIMEOUT_MS,
    signal: request.signal,
  };
}

/** A request that brought it down says more. */
function isCharged({ violations }: Findings, { service }: ServiceEnd): boolean {
  return violations.some((one) => one.service === service && (one.code === "INT-003" || one.code === "INT-007"));
}

function hasEnded({ service, how, times }: ServiceEnd, part: string, log: string): ContractViolation {
  const often = times > 1 ? `, ${times} times` : "";
  return {
    code: "INT-007",
    severity: INTEGRATION_CODES["INT-007"].severity,
    service,
    endpoint: "",
    message: `It ended ${how} in the ${part} tests${often}. ${endOf(log)}`,
    expected: "a process that answers every request, or refuses it, and goes on",
    actual: `ended ${how}`,
    file_path: "",
    clause: "",
    reproduce: "",
  };
}

function notHealthy({ service, healthy, error }: DeployedService): ContractViolation[] {
  if (healthy) return [];
  const code = error.includes("did not answer 2xx") ? "INT-002" : "INT-001";
  return [
    {
      code,
      severity: INTEGRATION_CODES[code].severity,
      service,
      endpoint: "GET health",
      message: error,
      expected: "a process that answers its health endpoint with 2xx",
      actual: error.split("\n")[0] ?? "",
      file_path: "",
      clause: "",
      reproduce: "",
    },
  ];
}

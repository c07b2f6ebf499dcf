import { sha256 } from "../../lib/ids.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { FuzzReport, FuzzViolation } from "../../model/fuzz-report.ts";
import type { ServiceFuzz } from "../../model/integration-report.ts";
import { urlVariable } from "../../model/service-map.ts";
import { ownToken } from "../session/arrange.ts";
import { CannotArrange, newSession, type TestSystem } from "../session/session.ts";
import { fuzz, runSchemathesis } from "./fuzz.ts";

/** How the services of a deployed system are fuzzed. */
export interface FuzzSettings {
  backend: "builtin" | "schemathesis";
  /** Random requests an operation, of each kind. */
  max_examples: number;
  /** Time for one service, in seconds. */
  max_seconds: number;
  /** Decides every made-up value. */
  seed: number;
}

export interface FuzzedService {
  summary: ServiceFuzz;
  violations: ContractViolation[];
}

/**
 * Fuzz one service of a deployed system against its OpenAPI contract, straight at its own address: what its requests
 * refer to and its tokens come from the other services, through the gateway. Errors: those of `fuzz`.
 */
export async function fuzzService(
  system: TestSystem,
  { service, url, document }: { service: string; url: string; document: Record<string, unknown> },
  { backend, ...settings }: FuzzSettings,
): Promise<FuzzedService> {
  // Names that must be unique differ between services that are fuzzed side by side.
  const seed = (settings.seed + parseInt(sha256(service).slice(0, 7), 16)) % 2 ** 31;
  const shared = { document, url, signal: system.signal, timeout_ms: system.request_timeout_ms, ...settings, seed };
  const report =
    backend === "builtin"
      ? await fuzz({ ...shared, credentials: { headers: {}, api_keys: [] }, surroundings: { system, service } })
      : await runSchemathesis({ ...shared, credentials: await credentials(system, service) });
  system.signal.throwIfAborted();
  return {
    summary: summaryOf(service, report),
    violations: report.violations.map((one) => chargeOf(one, service, url)),
  };
}

/** The external program cannot log in by itself. */
async function credentials(system: TestSystem, service: string) {
  const secured = system.operations.find((operation) => operation.service === service && operation.secured);
  const none = { headers: {}, api_keys: [] };
  if (secured === undefined) return none;
  try {
    return { ...none, bearer: await ownToken(newSession(system), secured) };
  } catch (cause) {
    if (cause instanceof CannotArrange) return none;
    throw cause;
  }
}

function summaryOf(service: string, report: FuzzReport): ServiceFuzz {
  const reached = report.operations.filter(({ requests }) => requests > 0);
  const tested = reached.filter(({ skipped }) => skipped === "");
  const failed = new Set(report.violations.map(({ method, path }) => `${method} ${path}`));
  return {
    service,
    backend: report.backend,
    seed: report.seed,
    requests: report.requests,
    duration_ms: report.duration_ms,
    tested: tested.length,
    passed: tested.filter(({ method, path }) => !failed.has(`${method} ${path}`)).length,
    violations: report.violations.length,
    untested: report.operations
      .filter((one) => !tested.includes(one))
      .map(({ method, path, skipped }) => `${method} ${path}: ${skipped || "no request was sent"}`),
    notes: report.notes,
  };
}

/** Ports differ from run to run: the shell line names the variable that holds the service's address. */
function chargeOf(found: FuzzViolation, service: string, url: string): ContractViolation {
  const { code, severity, method, path, message, expected, actual, clause, curl } = found;
  const base = `"\${${urlVariable(service)}:-http://localhost:8080}"`;
  return {
    code,
    severity,
    service,
    endpoint: `${method} ${path}`,
    message,
    expected,
    actual,
    file_path: "",
    clause,
    reproduce: curl.replace(`'${url}`, `${base}'`),
  };
}

import { routePrefix } from "../../model/service-map.ts";
import { GATEWAY_ERROR_HEADER } from "../gateway.ts";
import { send } from "../http.ts";
import { endpointOf, type Operation } from "../operation.ts";
import { newSession, type TestSystem } from "../session/session.ts";
import { type CheckResult, checkOperation, checkRow } from "./check-operation.ts";

/** From what needs nothing to what ends things; every operation makes what it needs itself, so this is for readers. */
const ORDER: Operation["action"][] = [
  "health",
  "register",
  "login",
  "current",
  "create",
  "list",
  "get",
  "update",
  "transition",
  "custom",
  "delete",
];

/**
 * Check every operation of one service's contracts once, through the gateway (specification 6.3). The checks of one
 * service share nothing with those of another, so that each can be recorded and left out on its own.
 */
export async function checkService(system: TestSystem, service: string): Promise<CheckResult> {
  const session = newSession(system);
  const operations = system.operations
    .filter((operation) => operation.service === service)
    .sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action));
  const results: CheckResult[] = [];
  let stopped = "";
  for (const operation of operations) {
    system.signal.throwIfAborted();
    if (stopped !== "") {
      const row = checkRow(operation, null, "skipped", `Not tested: ${service} stopped answering at ${stopped}.`);
      results.push({ checks: [row], violations: [] });
      continue;
    }
    const result = await checkOperation(session, operation);
    results.push(result);
    const silent = result.violations.some(({ code }) => code === "INT-003");
    if (silent && !(await answers(system, service))) stopped = endpointOf(operation);
  }
  return {
    checks: results.flatMap(({ checks }) => checks),
    violations: results.flatMap(({ violations }) => violations),
  };
}

/** Whether the service's health endpoint gives any answer of its own. */
export async function answers(system: TestSystem, service: string): Promise<boolean> {
  const url = system.gateway_url + routePrefix(service) + (system.health.get(service) ?? "/health");
  const answer = await send({ method: "GET", url, timeout_ms: system.request_timeout_ms, signal: system.signal });
  return "status" in answer && answer.headers[GATEWAY_ERROR_HEADER] === undefined;
}

/** The rows of a service that was not tested. */
export function skipService(system: TestSystem, service: string, reason: string): CheckResult {
  const operations = system.operations.filter((operation) => operation.service === service);
  return { checks: operations.map((operation) => checkRow(operation, null, "skipped", reason)), violations: [] };
}

import { describeExchange, type Exchange, type Found, statusOf, succeeded } from "../check/found.ts";
import { wireOf } from "../generate/case.ts";
import { type FuzzRun, sendJudged, transmit } from "../run.ts";
import { caseOf } from "../scene.ts";
import type { FuzzOperation } from "../spec/model.ts";
import { nextValues, type OperationState, usesUp } from "../state.ts";

/** Whether an operation that the contract secures refuses callers with no credentials and with broken ones. */
export async function checkAccess(state: OperationState): Promise<void> {
  const { operation, scene } = state;
  const { run, body } = scene;
  if (operation.open || !run.options.checks.has("auth_enforced")) return;
  const given = async () =>
    caseOf(operation, {
      phase: "coverage",
      kind: "plausible",
      values: usesUp(operation) ? await nextValues(state) : state.base,
      body,
      credentials: "none",
    });
  const anonymous = await given();
  const done = await sendJudged(run, anonymous, wireOf(anonymous));
  if (done === null) return;
  if (succeeded(done.exchange)) {
    run.findings.add(served(done.exchange, "AUTH-001", "no credentials"), [done.exchange]);
    return;
  }
  const plain = await given();
  for (const { what, wire } of run.credentials.broken(operation, wireOf(plain))) {
    const tried = await sendJudged(run, plain, wire);
    if (tried !== null && succeeded(tried.exchange)) {
      run.findings.add(served(tried.exchange, "AUTH-002", what), [tried.exchange]);
      return;
    }
  }
}

function served(exchange: Exchange, code: "AUTH-001" | "AUTH-002", what: string): Found {
  return {
    code,
    check: "auth_enforced",
    message: `With ${what} it answered ${statusOf(exchange)}.`,
    expected: "status 401 or 403",
    actual: describeExchange(exchange),
    clause: `${exchange.case.operation.operation.pointer}/security`,
    cause: what,
  };
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

interface Odd {
  exchange: Exchange;
  found: Found;
}

/** Whether methods that no path of the contract declares are answered with 405 and Allow (RFC 9110, 15.5.6). */
export async function checkMethods(run: FuzzRun, states: readonly OperationState[]): Promise<void> {
  if (!run.options.checks.has("unsupported_method")) return;
  const paths = new Map<string, OperationState>();
  for (const state of states) {
    const { path, method } = state.operation.operation;
    if (!paths.has(path) || method === "GET") paths.set(path, state);
  }
  const missing: Odd[] = [];
  let knows405 = false;
  for (const state of paths.values()) {
    if (run.signal.aborted) return;
    const { operation, scene, base } = state;
    const target =
      wireOf(caseOf(operation, { phase: "coverage", kind: "probe", values: base, body: null })).target.split("?")[0] ??
      "/";
    for (const method of METHODS) {
      if (declares(run.spec.operations, method, target)) continue;
      // Nobody knows what an undeclared deletion of a whole collection would take with it.
      if (method === "DELETE" && !/\}$/.test(operation.operation.path)) continue;
      const given = caseOf(operation, { phase: "coverage", kind: "probe", values: base, body: null, method });
      const wire = { method, target, headers: { accept: "*/*" }, body: null };
      const exchange = await transmit(scene.run, given, wire);
      const status = statusOf(exchange);
      if (status === 405 && headerOf(exchange, "allow") !== "") knows405 = true;
      const found = methodFault(exchange, method);
      if (found === null) continue;
      if (status === 404) missing.push({ exchange, found });
      else run.findings.add(found, [exchange]);
    }
  }
  // A service that answers 404 throughout does not tell paths from methods; one that knows 405 does.
  if (knows405) for (const { exchange, found } of missing) run.findings.add(found, [exchange]);
  else if (missing.length > 0) run.notes.add("Undeclared methods are answered with 404 throughout, not with 405.");
}

function methodFault(exchange: Exchange, method: string): Found | null {
  const status = statusOf(exchange);
  const { operation } = exchange.case.operation;
  const base = {
    check: "unsupported_method" as const,
    expected: "status 405 with an Allow header",
    actual: describeExchange(exchange),
    clause: operation.pointer.replace(/\/[^/]*$/, ""),
    cause: `${method} ${status}`,
  };
  if (status >= 500 && status !== 501)
    return {
      ...base,
      code: "STATUS-002",
      check: "server_error",
      message: `${method}, which the contract does not declare here, was answered with ${status}.`,
    };
  const isPage = headerOf(exchange, "content-type").startsWith("text/html");
  if ((status >= 200 && status < 300 && !isPage) || status === 404)
    return {
      ...base,
      code: "STATUS-006",
      message: `${method}, which the contract does not declare here, was answered with ${status}.`,
    };
  if (status === 405 && headerOf(exchange, "allow") === "")
    return { ...base, code: "STATUS-006", message: `${method} was answered with 405, but without an Allow header.` };
  return null;
}

function headerOf({ outcome }: Exchange, name: string): string {
  return outcome.kind === "answer" ? (outcome.headers[name] ?? "") : "";
}

/** Whether any path of the contract that the target fits declares the method. */
function declares(operations: readonly FuzzOperation[], method: string, target: string): boolean {
  const texts = target.split("/");
  return operations.some(({ operation }) => {
    if (operation.method !== method) return false;
    const segments = operation.path.split("/");
    return (
      segments.length === texts.length &&
      segments.every((segment, index) => segment.includes("{") || segment === texts[index])
    );
  });
}

import { AppError } from "../../lib/errors.ts";
import type { FuzzReport, FuzzViolation } from "../../model/fuzz-report.ts";
import type { Exchange } from "./check/found.ts";
import { judge } from "./check/judge.ts";
import type { Kind } from "./generate/case.ts";
import { createClient } from "./http/client.ts";
import { createCredentials } from "./http/credentials.ts";
import type { FuzzRequest } from "./request.ts";
import { caseOf, emptyValues } from "./scene.ts";
import type { FuzzOperation, FuzzSpec } from "./spec/model.ts";
import { readSpec } from "./spec/read-spec.ts";

export interface ReplayRequest
  extends Pick<FuzzRequest, "document" | "url" | "credentials" | "signal" | "timeout_ms" | "onExchange"> {
  report: FuzzReport;
  /** Id of one violation; all when left out. */
  id?: string | undefined;
}

/**
 * Test again what an earlier report found: a violation of one request by that very request, one that takes a life of a
 * resource by living it again. The answer is a report of what is there still.
 * Errors: NOT_FOUND for an id that the report does not hold, and those of `fuzz`.
 */
export async function replayWith(
  fuzz: (request: FuzzRequest) => Promise<FuzzReport>,
  request: ReplayRequest,
): Promise<FuzzReport> {
  const begin = performance.now();
  const wanted = request.report.violations.filter(({ id }) => request.id === undefined || id === request.id);
  if (wanted.length === 0 && request.id !== undefined)
    throw new AppError("NOT_FOUND", `The report holds no violation ${request.id}.`, {
      remedy: "Give an id that it lists, or none to replay all.",
    });
  const spec = readSpec(request.document);
  const single = wanted.filter(({ phase, steps }) => phase !== "stateful" && steps.length === 1);
  const lives = wanted.filter((one) => !single.includes(one));
  const sent = await sendAgain(request, spec, single);
  const again = lives.length === 0 ? null : await fuzz({ ...request, phases: ["stateful"] });
  const ids = new Set(lives.map(({ id }) => id));
  const violations = [...sent.still, ...(again?.violations ?? []).filter(({ id }) => ids.has(id))];
  return {
    ...request.report,
    url: request.url.replace(/\/+$/, ""),
    violations,
    requests: sent.requests + (again?.requests ?? 0),
    duration_ms: Math.round(performance.now() - begin),
    first_violation_ms: null,
    operations: request.report.operations.map((one) => ({
      ...one,
      violations: violations.filter(({ method, path }) => one.method === method && one.path === path).length,
    })),
    cleaned_up: again?.cleaned_up ?? 0,
    left_behind: again?.left_behind ?? 0,
    interrupted: request.signal.aborted,
    notes: [`Replayed ${wanted.length} violations; ${violations.length} are there still.`],
  };
}

async function sendAgain(
  request: ReplayRequest,
  spec: FuzzSpec,
  violations: readonly FuzzViolation[],
): Promise<{ still: FuzzViolation[]; requests: number }> {
  const credentials = createCredentials(spec, request.credentials);
  const timeout_ms = request.timeout_ms ?? 10_000;
  const client = createClient({ base: request.url, concurrency: 1, timeout_ms, rate: 0, signal: request.signal });
  const still: FuzzViolation[] = [];
  for (const violation of violations) {
    const [step] = violation.steps;
    const operation = operationOf(spec, violation);
    if (step === undefined || operation === undefined || request.signal.aborted) continue;
    const { method, target, headers, body } = step;
    const plain = { method, target, headers, body };
    const wire = step.credentials ? credentials.attach(operation, plain).wire : plain;
    const outcome = await client.send(wire);
    const declared = operation.operation.method === method;
    const given = caseOf(operation, {
      phase: violation.phase,
      kind: kindOf(violation),
      values: emptyValues(),
      body: null,
      ...(declared ? {} : { method }),
    });
    const exchange: Exchange = { case: given, wire, authenticated: step.credentials, outcome, json: jsonOf(outcome) };
    request.onExchange?.(exchange);
    const found = judge(exchange, { root: spec.response, max_response_ms: null, timeout_ms });
    const same = found.some(({ code }) => code === violation.code);
    const status = outcome.kind === "answer" ? outcome.status : null;
    const judgedByStatus =
      violation.check === "auth_enforced" || violation.check === "unsupported_method" || violation.check === "hook";
    if (same || (judgedByStatus && status === step.status)) still.push(violation);
  }
  client.close();
  return { still, requests: client.sent() };
}

function kindOf({ check }: FuzzViolation): Kind {
  if (check === "negative_data_rejected") return "invalid";
  return check === "positive_data_accepted" ? "valid" : "plausible";
}

function operationOf(spec: FuzzSpec, { method, path }: FuzzViolation): FuzzOperation | undefined {
  const onPath = spec.operations.filter(({ operation }) => operation.path === path);
  return onPath.find(({ operation }) => operation.method === method) ?? onPath[0];
}

function jsonOf(outcome: Exchange["outcome"]): unknown {
  if (outcome.kind !== "answer") return undefined;
  try {
    return JSON.parse(outcome.body.toString("utf8"));
  } catch {
    return undefined;
  }
}

import { sampleOf } from "../../lib/schema-sample.ts";
import type { PlannedStep } from "../../model/flow.ts";
import { judge } from "../contract-check/verdict.ts";
import { isRecord } from "../document.ts";
import type { Operation } from "../operation.ts";
import { identifierOf, subjectOf } from "../session/answer.ts";
import { ownToken, shared } from "../session/arrange.ts";
import { isRegistration } from "../session/candidates.ts";
import { doubtOfRequest } from "../session/doubt.ts";
import { created } from "../session/resource.ts";
import {
  CannotArrange,
  call,
  describeOutcome,
  isSuccess,
  nextSeed,
  type Outcome,
  type PreparedRequest,
  type Resource,
  statusOf,
} from "../session/session.ts";
import { type Problem, violationOf } from "../violation.ts";
import { blameForRefusal } from "./blame-call.ts";
import { type FlowRun, stepRow } from "./run-state.ts";
import { isTemplate, resolveTemplate, type Scope, valueAt } from "./template.ts";
import { sameValue } from "./values.ts";

/** Send one step's request and compare the answer with what is expected. Throws `CannotArrange` and `Unresolved`. */
export async function runRequest(run: FlowRun, step: PlannedStep, operation: Operation): Promise<void> {
  const { session } = run;
  const token = step.as === "caller" && operation.secured ? await ownToken(session, operation) : null;
  let request = await requestFor(run, step, operation, token, false);
  let outcome = await send(run, step, operation, request);
  const refused = [400, 409, 422].includes(statusOf(outcome) ?? 0);
  if (refused && expectsSuccess(step) && operation.body !== null) {
    // The example's values may be taken, or made-up ones refused for what no schema says: others are tried once.
    request = await requestFor(run, step, operation, token, true);
    outcome = await send(run, step, operation, request);
  }
  run.sent.set(step.id, { operation, request });
  const doubt = doubtOf(run, step, request, outcome);
  if (doubt !== "") {
    run.steps.push(stepRow(step, operation, "skipped", doubt, { request, outcome }));
    return;
  }
  const [problem] = await problemsOf(run, step, operation, outcome);
  if (problem !== undefined) {
    run.steps.push(stepRow(step, operation, "failed", problem.message, { request, outcome }));
    const own = violationOf(problem, operation, request);
    const refusedOurs = !isSuccess(outcome) && expectsSuccess(step);
    run.violations.push((refusedOurs ? await blameForRefusal(run, operation, request, outcome) : null) ?? own);
    return;
  }
  keep(run, step, operation, request, outcome);
  run.steps.push(stepRow(step, operation, "passed", "", { request, outcome }));
}

function expectsSuccess({ expect: { status } }: PlannedStep): boolean {
  return status.some((one) => one.startsWith("2"));
}

/** Only the request that crosses services carries the trace that logs are searched for. */
async function send(
  run: FlowRun,
  { id }: PlannedStep,
  operation: Operation,
  request: PreparedRequest,
): Promise<Outcome> {
  const traced = id === tracedStep(run);
  if (traced && run.options.readLog !== null)
    for (const service of run.flow.services) run.logged.set(service, (await run.options.readLog(service)).length);
  run.session.trace_id = traced ? run.trace_id : null;
  try {
    return await call(run.session, operation, request);
  } finally {
    run.session.trace_id = null;
  }
}

/** The last step that causes something elsewhere, by an event or a call. */
export function tracedStep({ flow, system }: FlowRun): string | undefined {
  const causes = new Set(flow.steps.flatMap(({ cause }) => cause ?? []));
  return flow.steps.findLast(({ id, service, operation, event }) => {
    const found = system.operations.find((one) => one.service === service && one.id === operation);
    return event === undefined && (causes.has(id) || (found?.calls.length ?? 0) > 0);
  })?.id;
}

/** The step's request with everything filled in; with `refresh` all that is no reference is made up anew. */
export async function requestFor(
  run: FlowRun,
  step: PlannedStep,
  operation: Operation,
  token: string | null,
  refresh: boolean,
): Promise<PreparedRequest> {
  const { path: pathValues, query, headers: headerValues, body } = step.request;
  const scope = scopeFor(run, step, operation);
  let path = operation.path;
  for (const [name, value] of Object.entries(pathValues)) {
    const resolved = await resolveTemplate(value, scope, []);
    path = path.replace(`{${name}}`, () => encodeURIComponent(String(resolved)));
  }
  if (path.includes("{")) throw new CannotArrange(`${operation.path} has parameters without a value`);
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) search.set(name, String(await resolveTemplate(value, scope, [])));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(headerValues))
    headers[name.toLowerCase()] = String(await resolveTemplate(value, scope, []));
  const sample = () =>
    sampleOf(operation.body?.schema, operation.document, nextSeed(run.session), { examples: false, request: true });
  const template = refresh ? renewed(body, sample()) : body;
  const resolved = template === undefined ? undefined : await resolveTemplate(template, scope, []);
  if (resolved !== undefined) headers["content-type"] = operation.body?.media_type ?? "application/json";
  return {
    method: operation.method,
    path: search.size === 0 ? path : `${path}?${search}`,
    headers,
    body: resolved === undefined ? null : JSON.stringify(resolved),
    token,
    assumed: [],
  };
}

/** A template with its plain values taken from another sample; references stay, and so does what is left out. */
export function renewed(template: unknown, sample: unknown): unknown {
  if (isTemplate(template) || template === undefined) return template;
  if (Array.isArray(template)) return template.map((item, index) => renewed(item, valueAt(sample, [String(index)])));
  if (!isRecord(template)) return sample === undefined || typeof sample !== typeof template ? template : sample;
  return Object.fromEntries(
    Object.entries(template).map(([name, inner]) => [
      name,
      renewed(inner, isRecord(sample) ? sample[name] : undefined),
    ]),
  );
}

export function scopeFor(run: FlowRun, step: PlannedStep, operation: Operation): Scope {
  const { session } = run;
  const place = run.flow.steps.findIndex(({ id }) => id === step.id);
  return {
    steps: run.values,
    unique: `${run.unique}${place.toString(36)}`,
    made: async (service, entity) => (await shared(session, { entity, service })).id,
    fresh: (path) => {
      const options = { examples: false, request: true };
      const whole = sampleOf(operation.body?.schema, operation.document, nextSeed(session), options);
      return valueAt(whole, path.map(String));
    },
  };
}

function doubtOf(run: FlowRun, step: PlannedStep, request: PreparedRequest, outcome: Outcome): string {
  const status = statusOf(outcome);
  const refused = status === 401 || status === 403;
  if (refused && !expectsSuccess(step)) return `It answered ${status}: whether it looks at the reference was not seen.`;
  if (status === 403) return "It answered 403: what a caller must be allowed is not in the contract.";
  return expectsSuccess(step) ? doubtOfRequest(run.session, request, outcome) : "";
}

async function problemsOf(run: FlowRun, step: PlannedStep, operation: Operation, outcome: Outcome): Promise<Problem[]> {
  const { expect } = step;
  const status = statusOf(outcome);
  const accepted = expect.status.some((one) => one === String(status) || one === `${String(status)[0]}XX`);
  const actual = describeOutcome(outcome);
  const wanted = `status ${expect.status.join(" or ")}`;
  if (outcome.kind !== "answer" || !accepted) {
    const code = !expectsSuccess(step) && isSuccess(outcome) ? ("FLOW-004" as const) : ("FLOW-001" as const);
    const message =
      code === "FLOW-004"
        ? `A reference to nothing was accepted: ${actual.split(":")[0]}.`
        : `A step of a flow across services failed: ${actual}.`;
    const clause = code === "FLOW-004" ? `${operation.pointer}/x-calls` : `${operation.pointer}/responses`;
    return [{ code, message, expected: wanted, actual, clause }];
  }
  if (expect.contract) {
    const [found] = judge(operation, outcome);
    if (found !== undefined)
      return [{ ...found, code: "FLOW-001", message: `A step of a flow departs from its contract: ${found.message}` }];
  }
  const scope = scopeFor(run, step, operation);
  for (const [place, template] of Object.entries(expect.body)) {
    const expected = await resolveTemplate(template, scope, []);
    const found = valueAt(outcome.json, place.split("."));
    if (sameValue(expected, found)) continue;
    return [
      {
        code: "FLOW-003",
        message: `${place} is not what was sent or answered before.`,
        expected: `${place} ${JSON.stringify(expected)}`,
        actual: `${place} ${found === undefined ? "is absent" : JSON.stringify(found)}`,
        clause: `${operation.pointer}/responses`,
      },
    ];
  }
  return [];
}

/** What later steps refer to; whoever was registered is who asks from now on. */
export function keep(
  run: FlowRun,
  step: PlannedStep,
  operation: Operation,
  request: PreparedRequest,
  outcome: Outcome,
): void {
  const json = outcome.kind === "answer" ? outcome.json : undefined;
  const sent: unknown = request.body === null ? undefined : JSON.parse(request.body);
  let id = operation.entity === null ? undefined : identifierOf(subjectOf(json), operation.entity);
  const makes = operation.action === "create" || operation.action === "register";
  const resource = makes && isSuccess(outcome) ? resourceOf(operation, request, outcome) : undefined;
  if (resource !== undefined) {
    if (resource.id !== "") id = resource.id;
    const key = isRegistration(operation)
      ? `identity ${operation.service}`
      : `${operation.service} ${operation.entity}`;
    run.session.made.set(key, resource);
  }
  run.values.set(step.id, { body: json, request: sent, id });
}

/** What a step made; undefined when its answer does not identify it. */
function resourceOf(
  operation: Operation,
  request: PreparedRequest,
  outcome: Extract<Outcome, { kind: "answer" }>,
): Resource | undefined {
  try {
    return created(operation, operation.entity ?? "account", request, outcome);
  } catch (cause) {
    if (!(cause instanceof CannotArrange)) throw cause;
    return undefined;
  }
}

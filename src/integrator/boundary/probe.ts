import { randomHex } from "../../lib/ids.ts";
import { sampleOf } from "../../lib/schema-sample.ts";
import type { BoundaryCheck, BoundaryResult } from "../../model/boundary.ts";
import type { Flow } from "../../model/flow.ts";
import { parseExact, withNumbers } from "../exact-json.ts";
import { addEffect, addOperation, addReadBack, newChain, settleEarlier } from "../flow/chain.ts";
import type { Relation } from "../flow/relations.ts";
import { newRun, runStep } from "../flow/run-flows.ts";
import type { FlowOptions } from "../flow/run-state.ts";
import { keep, renewed, requestFor } from "../flow/run-step.ts";
import { noteBefore } from "../flow/sight.ts";
import { Unresolved } from "../flow/template.ts";
import { endpointOf, type Operation } from "../operation.ts";
import { ownToken } from "../session/arrange.ts";
import {
  CannotArrange,
  call,
  describeOutcome,
  isSuccess,
  nextSeed,
  type PreparedRequest,
  statusOf,
  type TestSystem,
} from "../session/session.ts";
import { type Finding, found, TOPIC_CODE } from "./finding.ts";
import type { Probe, Written } from "./probe-state.ts";
import { readElsewhere } from "./read-elsewhere.ts";
import { readHere } from "./read-here.ts";
import { edited, type Variant, variantsOf } from "./variants.ts";

/**
 * Send values that get damaged easily through one operation, each valid by its contract, and read them again: in its
 * answer, by the operation that gets one, and in the services that its events reach.
 */
export async function probeOperation(
  system: TestSystem,
  operation: Operation,
  relations: readonly Relation[],
  options: FlowOptions,
): Promise<BoundaryResult> {
  const chain = newChain(system);
  const id = addOperation(chain, operation);
  addReadBack(chain, id, operation);
  for (const relation of relations)
    if (relation.kind === "event") addEffect(chain, id, operation, relation.event, relation.to);
  settleEarlier(chain, id);
  const place = chain.steps.findIndex((step) => step.id === id);
  const target = chain.steps[place];
  if (target === undefined) return { checks: [], violations: [] };
  const flow: Flow = { name: id, why: "", services: [operation.service], covers: [], steps: chain.steps };
  const run = newRun(system, flow, { ...options, readLog: null });
  for (const step of chain.steps.slice(0, place)) await runStep(run, step);
  const probe: Probe = { run, operation, target, working: new Set(), checks: [], violations: [] };
  const blocked = run.steps.find(({ verdict }) => verdict !== "passed");
  if (blocked !== undefined) {
    note(probe, { topic: "value", edits: [] }, "skipped", `${blocked.step} did not succeed: ${blocked.reason}`);
    return probe;
  }
  const [plain, ...variants] = variantsOf(system, operation, target.request.body);
  if (plain === undefined || !(await tryVariant(probe, plain))) return probe;
  for (const variant of variants) await tryVariant(probe, variant);
  return probe;
}

/** Whether it was accepted. What is refused together is tried one by one. */
async function tryVariant(probe: Probe, variant: Variant): Promise<boolean> {
  probe.run.system.signal.throwIfAborted();
  try {
    const written = await write(probe, variant);
    if ("refused" in written) {
      if (written.status >= 500) blameCrash(probe, variant, written);
      else if (variant.edits.length > 1) {
        for (const edit of variant.edits.slice(0, 8)) await tryVariant(probe, { ...variant, edits: [edit] });
      } else note(probe, variant, "skipped", `Refused: ${written.refused}`);
      return false;
    }
    const findings = await readHere(probe, written);
    const elsewhere = await readElsewhere(probe, written, findings);
    conclude(probe, variant, [...findings, ...elsewhere]);
    return true;
  } catch (cause) {
    if (!(cause instanceof CannotArrange || cause instanceof Unresolved)) throw cause;
    note(probe, variant, "skipped", `Not reached: ${cause.message}.`);
    return false;
  }
}

async function write(
  { run, operation, target }: Probe,
  variant: Variant,
): Promise<Written | { refused: string; status: number; request: PreparedRequest }> {
  const token = operation.secured ? await ownToken(run.session, operation) : null;
  run.unique = randomHex(4);
  const attempt = async (body: unknown) => {
    const step = { ...target, request: { ...target.request, body: edited(body, variant.edits) } };
    await noteBefore(run, step.id);
    const request = await requestFor(run, step, operation, token, false);
    if (request.body !== null) request.body = withNumbers(request.body);
    return { step, request, outcome: await call(run.session, operation, request) };
  };
  let made = await attempt(target.request.body);
  if ([400, 409, 422].includes(statusOf(made.outcome) ?? 0)) {
    const options = { examples: false, request: true };
    const sample = sampleOf(operation.body?.schema, operation.document, nextSeed(run.session), options);
    made = await attempt(renewed(target.request.body, sample));
  }
  const { step, request, outcome } = made;
  if (!isSuccess(outcome)) return { refused: describeOutcome(outcome), status: statusOf(outcome) ?? 503, request };
  keep(run, step, operation, request, outcome);
  run.sent.set(step.id, { operation, request });
  const sent = request.body === null ? undefined : parseExact(request.body);
  return { variant, step, request, sent, outcome };
}

/** An error of the service's own to a value that the contract allows, when it serves other values. */
function blameCrash(
  probe: Probe,
  variant: Variant,
  { refused, status, request }: { refused: string; status: number; request: PreparedRequest },
): void {
  if (variant.edits.length === 0 || ![500, 501].includes(status)) {
    note(probe, variant, "skipped", `It failed: ${refused}`);
    return;
  }
  const message = `${endpointOf(probe.operation)} fails on ${wordsOf(variant)}, which its contract allows: ${refused.split(":")[0]}.`;
  const code = TOPIC_CODE[variant.topic];
  const clause = `${probe.operation.pointer}/requestBody`;
  const finding = { code, message, expected: "success", actual: refused, clause, service: probe.operation.service };
  conclude(probe, variant, [found(finding, probe.operation, request)]);
}

function conclude(probe: Probe, variant: Variant, findings: readonly Finding[]): void {
  for (const { violation } of findings) {
    const isKnown = probe.violations.some(
      ({ code, service, clause }) =>
        code === violation.code && service === violation.service && clause === violation.clause,
    );
    if (!isKnown) probe.violations.push(violation);
  }
  const reason = findings.map(({ violation }) => violation.message).join(" ");
  note(probe, variant, findings.length === 0 ? "passed" : "failed", reason);
}

function note(probe: Probe, variant: Variant, verdict: BoundaryCheck["verdict"], reason: string): void {
  const { operation, run } = probe;
  const reached = run.flow.steps.filter(({ event }) => event !== undefined).map(({ service }) => service);
  probe.checks.push({
    topic: variant.topic,
    services: [...new Set([operation.service, ...reached])],
    subject: `${endpointOf(operation)} ${wordsOf(variant)}`,
    verdict,
    reason,
  });
}

function wordsOf({ edits }: Variant): string {
  if (edits.length === 0) return "with the contract's own values";
  return `with ${edits.map(({ path, value }) => `${path.join(".")} ${shownValue(value)}`).join(", ")}`;
}

function shownValue(value: unknown): string {
  if (value === undefined) return "left out";
  return typeof value === "object" && value !== null && "text" in value ? String(value.text) : JSON.stringify(value);
}

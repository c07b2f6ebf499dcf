import type { PlannedStep } from "../../model/flow.ts";
import { isRecord } from "../document.ts";
import { payloadOf } from "../event-payload.ts";
import { ExactNumber, numberMark, parseExact } from "../exact-json.ts";
import { blameForEffect } from "../flow/blame-effect.ts";
import { eventually } from "../flow/eventually.ts";
import { deliver, dueData } from "../flow/inject.ts";
import { operationFor } from "../flow/run-state.ts";
import { itemPlace } from "../flow/shapes.ts";
import { look, noteBefore, type Sight } from "../flow/sight.ts";
import type { Operation } from "../operation.ts";
import { itemsOf } from "../session/answer.ts";
import { isSuccess } from "../session/session.ts";
import { newTraceId } from "../trace.ts";
import { type Damage, damageOf } from "./damage.ts";
import { type Field, fieldsAt, fieldsOf, valuesOf } from "./field.ts";
import { type Finding, found, TOPIC_CODE } from "./finding.ts";
import { OWN } from "./pairs.ts";
import type { Probe, Written } from "./probe-state.ts";
import { along, readAgain, subjectIn } from "./read-here.ts";

/** Compare what was written with what services show that its events reached. Damage done before is not told twice. */
export async function readElsewhere(probe: Probe, written: Written, before: readonly Finding[]): Promise<Finding[]> {
  const { run, working } = probe;
  const isPlain = written.variant.edits.length === 0;
  const waiting = run.flow.steps.filter((step) => step.cause === probe.target.id && step.expect.item !== undefined);
  const damaged = new Set(before.flatMap(({ keys }) => keys));
  const findings: Finding[] = [];
  for (const step of waiting) {
    const operation = operationFor(run.system, step);
    if (operation === undefined || (!isPlain && !working.has(step.id))) continue;
    const sight = await awaited(probe, step, operation);
    const [item] = sight.found;
    if (item !== undefined) {
      working.add(step.id);
      findings.push(...(await compare(probe, written, step, operation, sight, damaged)));
    } else if (!isPlain && isSuccess(sight.outcome)) {
      const blamed = await blameForEffect(run, step, operation, sight);
      const code = TOPIC_CODE[written.variant.topic];
      const severity = "error" as const;
      if (blamed !== null) findings.push({ violation: { ...blamed, code, severity }, keys: [] });
    }
  }
  return findings;
}

async function awaited({ run }: Probe, step: PlannedStep, operation: Operation): Promise<Sight> {
  const { system } = run;
  let sight = await look(run, step, operation);
  const isThere = async () => {
    if (sight.found.length === 0) sight = await look(run, step, operation);
    return sight.found.length > 0;
  };
  await eventually(isThere, system.event_timeout_ms, system.signal);
  return sight;
}

interface Wrong {
  field: Field;
  damage: Damage;
}

async function compare(
  probe: Probe,
  written: Written,
  step: PlannedStep,
  operation: Operation,
  sight: Sight,
  damaged: ReadonlySet<string>,
): Promise<Finding[]> {
  const truth = await truthOf(probe, written);
  const fields = sharedFields(probe, step, operation).filter(({ key }) => !damaged.has(key));
  const first = wrongIn(fields, truth, exactItem(sight), written);
  if (first.length === 0) return [];
  const side = await sideAtFault(probe, written, step, operation, truth, first);
  const publisher = probe.operation.service;
  return first.map(({ field, damage }) => {
    const message = `${field.name} of ${step.event} in ${step.service}: ${damage.message} (${side.why}).`;
    const clause = side.isPublisher ? `${probe.operation.pointer}/x-publishes` : field.pointer;
    const problem = { code: damage.code, message, expected: `as ${publisher} has it`, actual: damage.message, clause };
    const service = side.isPublisher ? publisher : step.service;
    const one = found({ ...problem, service }, probe.operation, written.request, [field.key]);
    return { ...one, violation: { ...one.violation, endpoint: step.event ?? "" } };
  });
}

/** What the writing service itself says that it has, over what was sent. */
async function truthOf(probe: Probe, written: Written): Promise<unknown[]> {
  const again = await readAgain(probe, written);
  const echoed = parseExact(written.outcome.answer.body);
  return [...(again === undefined ? [] : [subjectIn(again.json)]), subjectIn(echoed), written.sent];
}

/** Properties that the event carries and the receiver shows: of the same name, and not each thing's own. */
function sharedFields(probe: Probe, step: PlannedStep, operation: Operation): Field[] {
  const { run, operation: cause } = probe;
  const stated = run.system.events.find((one) => one.event === step.event && one.service === cause.service);
  const payload = stated && payloadOf(stated);
  if (payload === undefined) return [];
  const carried = new Set(fieldsOf(payload.schema, payload.document, "").map(({ key }) => key));
  return fieldsAt(itemPlace(operation), operation.document).filter(
    ({ key }) => carried.has(key) && !key.includes(".") && !OWN.has(key),
  );
}

function wrongIn(fields: readonly Field[], truth: readonly unknown[], item: unknown, { variant }: Written): Wrong[] {
  return fields.flatMap((field) => {
    const known = truth.map((one) => along(one, [field.name])).filter((value) => value !== undefined);
    const isNull = variant.edits.some(({ path, value }) => path.at(-1) === field.name && value === null);
    const value = isNull ? null : known[0];
    if (known.length === 0 && !isNull) return [];
    const damage = damageOf(value, along(item, [field.name]), { isShown: true, values: valuesOf(field) });
    return damage === null ? [] : [{ field, damage }];
  });
}

/** The first item found, with its numbers as they are written. */
function exactItem({ answers, found: [item] }: Sight): unknown {
  const text = JSON.stringify(item);
  for (const outcome of answers) {
    const place = isSuccess(outcome)
      ? itemsOf(outcome.json)?.findIndex((one) => JSON.stringify(one) === text)
      : undefined;
    if (isSuccess(outcome) && place !== undefined && place >= 0) return listIn(parseExact(outcome.answer.body))[place];
  }
  return undefined;
}

function listIn(json: unknown): unknown[] {
  const list = Array.isArray(json) ? json : isRecord(json) ? Object.values(json).find(Array.isArray) : undefined;
  return list?.filter((one: unknown) => isRecord(one) && !(one instanceof ExactNumber)) ?? [];
}

/** Hand the receiver the event as its contract has it: when that arrives whole, the publisher sent another one. */
async function sideAtFault(
  probe: Probe,
  written: Written,
  step: PlannedStep,
  operation: Operation,
  truth: readonly unknown[],
  wrong: readonly Wrong[],
): Promise<{ isPublisher: boolean; why: string }> {
  const { run, operation: cause } = probe;
  const value = run.values.get(step.cause ?? "");
  const unknown = { isPublisher: false, why: "what the event carried is not known without the secret for events" };
  if (value === undefined || step.event === undefined) return unknown;
  const marked = { ...value, body: markedNumbers(truth[0]), request: markedNumbers(written.sent) };
  const due = dueData(run.system, step.event, cause, marked, value.id);
  if (due === null) return unknown;
  await noteBefore(run, written.step.id, [step]);
  const event = { type: step.event, source: cause.service, data: due.data, trace_id: newTraceId() };
  const status = await deliver(run.system, step.service, event, run.options.event_secret);
  if (status === null || status === 401 || status === 403) return unknown;
  if (status >= 400) return { isPublisher: false, why: `it answers ${status} to that event as its contract has it` };
  const sight = await awaited(probe, step, operation);
  const fields = wrong.map(({ field }) => field);
  const again = sight.found.length === 0 ? wrong : wrongIn(fields, truth, exactItem(sight), written);
  return again.length === 0
    ? { isPublisher: true, why: "the event as its contract has it arrives whole" }
    : { isPublisher: false, why: "an event as the publisher's contract has it fares no better" };
}

function markedNumbers(value: unknown): unknown {
  if (value instanceof ExactNumber) return numberMark(value.text);
  if (Array.isArray(value)) return value.map(markedNumbers);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, markedNumbers(inner)]));
}

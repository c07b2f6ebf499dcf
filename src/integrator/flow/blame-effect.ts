import type { ContractViolation } from "../../model/finding.ts";
import type { PlannedStep } from "../../model/flow.ts";
import { isParameter } from "../infer.ts";
import type { Operation } from "../operation.ts";
import { isOnOne } from "../session/candidates.ts";
import type { PreparedRequest } from "../session/session.ts";
import { newTraceId } from "../trace.ts";
import { violationOf } from "../violation.ts";
import { eventually } from "./eventually.ts";
import { deliver, dueData } from "./inject.ts";
import { type FlowRun, operationFor } from "./run-state.ts";
import { look, type Sight } from "./sight.ts";
import { logsTraces, textSince } from "./traces.ts";
import { sameValue } from "./values.ts";

interface Blame {
  side: "publisher" | "consumer";
  why: string;
}

/**
 * Whose fault it is that an event had no effect, or a wrong one. The experiment that decides: the tester hands the same
 * event to the consumer itself, as the publisher's contract has it. Without the secret for that the logs tell, then other
 * consumers. Null when the contracts do not promise the effect and nothing shows that there should be one.
 */
export async function blameForEffect(
  run: FlowRun,
  step: PlannedStep,
  operation: Operation,
  sight: Sight,
): Promise<ContractViolation | null> {
  const cause = run.sent.get(step.cause ?? "");
  const event = step.event ?? "";
  const nearest = nearestOf(sight);
  const blame = (await byDelivery(run, step, operation)) ??
    (await byLog(run, step, nearest !== undefined)) ??
    (await byOthers(run, step)) ?? {
      side: nearest === undefined ? ("publisher" as const) : ("consumer" as const),
      why: "which of the two is at fault cannot be told without the secret for events or the logs",
    };
  const isProven = blame.side === "publisher" && blame.why.startsWith("the same event");
  if (step.presumed && !isProven) return null;
  const publisher = cause?.operation.service ?? step.service;
  const own = run.system.events.find(
    (one) => one.event === event && one.action === (blame.side === "publisher" ? "send" : "receive"),
  );
  const clause =
    blame.side === "consumer"
      ? `${operation.pointer}/responses`
      : cause?.operation.publishes.includes(event)
        ? `${cause.operation.pointer}/x-publishes`
        : (own?.pointer ?? "");
  const wrong = nearest === undefined ? undefined : differences(sight.wanted, nearest);
  const message =
    wrong === undefined
      ? `${event} had no effect in ${step.service}: ${blame.why}.`
      : `${event} had its effect in ${step.service} with other data (${wrong.actual}): ${blame.why}.`;
  const expected = wrong?.expected ?? `a new ${operation.entity ?? "item"} with ${JSON.stringify(sight.wanted)}`;
  const found = violationOf(
    {
      code: wrong === undefined ? "EVENT-001" : "EVENT-002",
      message,
      expected,
      actual: wrong?.actual ?? "none",
      clause,
    },
    cause?.operation ?? operation,
    cause?.request ?? sight.request,
  );
  return { ...found, service: blame.side === "consumer" ? step.service : publisher, endpoint: event };
}

/** What came of the event, when something did: a new item that has some of what is wanted, or the only new one. */
function nearestOf({ items, wanted }: Sight): Record<string, unknown> | undefined {
  const shared = (item: Record<string, unknown>) =>
    Object.entries(wanted).filter(([name, value]) => sameValue(value, item[name])).length;
  const best = items.reduce<Record<string, unknown> | undefined>(
    (a, b) => (a !== undefined && shared(a) >= shared(b) ? a : b),
    undefined,
  );
  if (best === undefined || Object.keys(wanted).length === 0) return undefined;
  if (shared(best) > 0) return best;
  const beginnings = Object.entries(wanted).some(([name, value]) => resembles(String(value), best[name]));
  return beginnings ? best : undefined;
}

/** A beginning or an end of the wanted text, long enough to be no chance. */
function resembles(wanted: string, found: unknown): boolean {
  const text = typeof found === "string" || typeof found === "number" ? String(found) : "";
  return text.length >= 6 && (wanted.startsWith(text) || wanted.endsWith(text) || text.includes(wanted));
}

function differences(
  wanted: Record<string, unknown>,
  found: Record<string, unknown>,
): { expected: string; actual: string } | undefined {
  const wrong = Object.entries(wanted).filter(([name, value]) => !sameValue(value, found[name]));
  if (wrong.length === 0) return undefined;
  const shown = (value: unknown) => (value === undefined ? "absent" : JSON.stringify(value));
  return {
    expected: wrong.map(([name, value]) => `${name} ${shown(value)}`).join(", "),
    actual: wrong.map(([name]) => `${name} ${shown(found[name])}`).join(", "),
  };
}

async function byDelivery(run: FlowRun, step: PlannedStep, operation: Operation): Promise<Blame | null> {
  const { system, options } = run;
  const cause = run.sent.get(step.cause ?? "");
  const value = run.values.get(step.cause ?? "");
  if (cause === undefined || value === undefined || step.event === undefined) return null;
  const due = dueData(system, step.event, cause.operation, value, subjectOf(cause, value.id));
  if (due === null) return null;
  const source = cause.operation.service;
  const event = { type: step.event, source, data: due.data, trace_id: newTraceId() };
  const status = await deliver(system, step.service, event, options.event_secret);
  if (status === null) return null;
  if (status === 404 || status === 405) return { side: "consumer", why: `it receives no events (${status})` };
  if (status === 401 || status === 403) return null;
  if (status >= 400) {
    if (!due.complete && status < 500) return null;
    return { side: "consumer", why: `it answers ${status} to an event that fits the publisher's contract` };
  }
  const there = await eventually(
    async () => (await look(run, step, operation)).found.length > 0,
    system.event_timeout_ms,
    system.signal,
  );
  if (there) return { side: "publisher", why: "the same event, delivered as its contract has it, has the effect" };
  return { side: "consumer", why: "an event delivered as the publisher's contract has it has no such effect either" };
}

/** The id that an event is about: of what its cause works on, otherwise of what it made. */
function subjectOf({ operation, request }: { operation: Operation; request: PreparedRequest }, made: unknown): unknown {
  if (!isOnOne(operation)) return made;
  const place = operation.path.split("/").findLastIndex(isParameter);
  const value = request.path.split(/[?#]/)[0]?.split("/")[place];
  return value === undefined ? made : decodeURIComponent(value);
}

async function byLog(run: FlowRun, step: PlannedStep, madeSomething: boolean): Promise<Blame | null> {
  const { options, logged, trace_id, system } = run;
  if (options.readLog === null || !logged.has(step.service)) return null;
  const log = await textSince(options.readLog, step.service, logged.get(step.service) ?? 0);
  if (log.includes(trace_id)) return { side: "consumer", why: `${step.service} received it and did nothing visible` };
  if (madeSomething) return null;
  return (await logsTraces(system, options.readLog, step.service))
    ? { side: "publisher", why: `it did not reach ${step.service}` }
    : { side: "consumer", why: "whether it was received cannot be told, because it logs no trace ids" };
}

/** When others got the same event, it was sent; when none did, it was not. */
async function byOthers(run: FlowRun, step: PlannedStep): Promise<Blame | null> {
  const others = run.flow.steps.filter(
    ({ id, event, cause, service }) =>
      id !== step.id && event === step.event && cause === step.cause && service !== step.service,
  );
  let missed = "";
  for (const other of others) {
    const operation = operationFor(run.system, other);
    if (operation === undefined) continue;
    // Whoever has not had its turn has had the time for it.
    const saw = run.seen.get(other.id) ?? (await look(run, other, operation)).found.length > 0;
    if (saw) return { side: "consumer", why: `it reached ${other.service}` };
    missed = other.service;
  }
  return missed === "" ? null : { side: "publisher", why: `it did not reach ${missed} either` };
}

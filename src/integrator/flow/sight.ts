import type { PlannedStep } from "../../model/flow.ts";
import type { Operation } from "../operation.ts";
import { pagesOf, sizeParameter, withQuery } from "../paging.ts";
import { itemsOf } from "../session/answer.ts";
import { ownToken } from "../session/arrange.ts";
import { call, isSuccess, type Outcome, type PreparedRequest } from "../session/session.ts";
import { type FlowRun, operationFor } from "./run-state.ts";
import { requestFor, scopeFor } from "./run-step.ts";
import { resolveTemplate, valueAt } from "./template.ts";
import { sameValue } from "./values.ts";

/** What a service shows of an event now. */
export interface Sight {
  request: PreparedRequest;
  /** Of the first page, where a list has several. */
  outcome: Outcome;
  answers: Outcome[];
  /** What an item has to have. */
  wanted: Record<string, unknown>;
  /** Items that have it. */
  found: Record<string, unknown>[];
  /** All items, but for those that were there before the cause where it has to be new. */
  items: Record<string, unknown>[];
}

/** Note what is there before the cause of an event is sent, for steps whose effect has to be new. */
export async function noteBefore(run: FlowRun, cause: string, steps = run.flow.steps): Promise<void> {
  for (const step of steps) {
    if (step.cause !== cause || !step.expect.new) continue;
    const operation = operationFor(run.system, step);
    if (operation === undefined) continue;
    const { items } = await ask(run, step, operation);
    run.before.set(step.id, new Set(items.map(keyOfItem)));
  }
}

function keyOfItem(item: Record<string, unknown>): string {
  return JSON.stringify(item.id ?? item);
}

/** Look once at what an effect has to show in. */
export async function look(run: FlowRun, step: PlannedStep, operation: Operation): Promise<Sight> {
  const wanted = await wantedOf(run, step, operation);
  const { items, ...asked } = await ask(run, step, operation);
  const before = run.before.get(step.id);
  const fresh = before === undefined ? items : items.filter((item) => !before.has(keyOfItem(item)));
  return { ...asked, wanted, items: fresh, found: fresh.filter((item) => has(item, wanted)) };
}

/** Pages of one list that are read for an effect at most. */
const MOST_PAGES = 40;

/** The requests carry traces of their own, so that they do not pass for what an event brought. */
async function ask(
  run: FlowRun,
  step: PlannedStep,
  operation: Operation,
): Promise<Pick<Sight, "request" | "outcome" | "items" | "answers">> {
  const token = step.as === "caller" && operation.secured ? await ownToken(run.session, operation) : null;
  const request = await requestFor(run, step, operation, token, false);
  const outcome = await call(run.session, operation, request);
  const answers = [outcome];
  const first = itemsIn(outcome);
  const size = Number(new URLSearchParams(request.path.split("?")[1]).get(sizeParameter(operation)?.name ?? ""));
  const pages = size > 0 && first.length >= size ? pagesOf(operation, size) : null;
  // What is new may be at the end of a list that is longer than a page.
  for (let count = 0, json = jsonOf(outcome); pages !== null && count < MOST_PAGES; count += 1) {
    const next = pages.next(count, json);
    if (next === undefined) break;
    const page = await call(run.session, operation, withQuery(request, { [pages.name]: next }));
    if (itemsIn(page).length === 0) break;
    answers.push(page);
    json = jsonOf(page);
    if (itemsIn(page).length < size) break;
  }
  return { request, outcome, answers, items: answers.flatMap(itemsIn) };
}

function itemsIn(outcome: Outcome): Record<string, unknown>[] {
  return (isSuccess(outcome) ? itemsOf(outcome.json) : undefined) ?? [];
}

function jsonOf(outcome: Outcome): unknown {
  return outcome.kind === "answer" ? outcome.json : undefined;
}

async function wantedOf(run: FlowRun, step: PlannedStep, operation: Operation): Promise<Record<string, unknown>> {
  const scope = scopeFor(run, step, operation);
  const wanted: Record<string, unknown> = {};
  for (const [name, template] of Object.entries(step.expect.item ?? {}))
    wanted[name] = await resolveTemplate(template, scope, []);
  return wanted;
}

export function has(item: Record<string, unknown>, wanted: Record<string, unknown>): boolean {
  return Object.entries(wanted).every(([name, value]) => sameValue(value, valueAt(item, name.split("."))));
}

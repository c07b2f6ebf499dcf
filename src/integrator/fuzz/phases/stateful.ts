import type { FuzzCheckName } from "../../../model/fuzz-report.ts";
import type { IntegrationCodeName } from "../../codes.ts";
import { at, isRecord } from "../../document.ts";
import { belongsTo } from "../../infer.ts";
import type { Operation } from "../../operation.ts";
import { itemsOf, subjectOf } from "../../session/answer.ts";
import { arrange } from "../../session/arrange.ts";
import { created } from "../../session/resource.ts";
import {
  CannotArrange,
  call,
  isSuccess,
  type Outcome,
  type PreparedRequest,
  type Resource,
  type Session,
  statusOf,
} from "../../session/session.ts";
import type { Exchange } from "../check/found.ts";
import { describeExchange } from "../check/found.ts";
import { type FuzzRun, pause } from "../run.ts";
import { openSession } from "../scene.ts";
import type { FuzzOperation } from "../spec/model.ts";
import { seedOf } from "../state.ts";
import { followLinks } from "./links.ts";

/** One life of a resource and the operations it goes through. */
interface Life {
  run: FuzzRun;
  session: Session;
  /** Everything that was sent, newest last. */
  log: Exchange[];
  create: FuzzOperation;
  resource: Resource;
}

/** What an operation creates is there, listed, changed and gone when the answers say so. */
export async function liveThrough(run: FuzzRun, create: FuzzOperation): Promise<void> {
  const log: Exchange[] = [];
  const session = openSession(run, seedOf(run, `stateful ${create.name}`), "stateful", { log });
  try {
    const request = await arrange(session, create.operation);
    let outcome = await call(session, create.operation, request);
    let sent = request;
    if (!isSuccess(outcome)) {
      sent = await arrange(session, create.operation, { examples: false });
      outcome = await call(session, create.operation, sent);
    }
    if (!isSuccess(outcome) || outcome.answer.status === 202) return;
    const creation = log.at(-1);
    await followLinks(run, create, creation);
    const { entity } = create.operation;
    if (entity === null) return;
    const resource = created(create.operation, entity, sent, outcome);
    if (resource.id === "") return;
    const life: Life = { run, session, log, create, resource };
    const first = await readsBack(life, outcome, sent);
    if (first !== null || others(life, "get").length === 0) await isListed(life, true);
    if (first !== null) for (const update of others(life, "update")) await updates(life, update);
    await deletes(life);
  } catch (cause) {
    if (!(cause instanceof CannotArrange) && !run.signal.aborted) throw cause;
  }
}

/** Operations on what the creation made: below its own path before others of the same entity. */
function others({ run, create }: Pick<Life, "run" | "create">, action: Operation["action"]): FuzzOperation[] {
  const all = run.spec.operations.filter(({ operation }) => operation.action === action);
  const below = all.filter(({ operation }) =>
    action === "list" ? operation.path === create.operation.path : belongsTo(create.operation.path, operation.path),
  );
  return below.length > 0 ? below : all.filter(({ operation }) => operation.entity === create.operation.entity);
}

async function onTarget(
  life: Life,
  { operation }: FuzzOperation,
): Promise<{ outcome: Outcome; request: PreparedRequest }> {
  const request = await arrange(life.session, operation, { target: life.resource });
  return { outcome: await call(life.session, operation, request), request };
}

function tell(
  life: Life,
  code: IntegrationCodeName,
  check: FuzzCheckName,
  message: string,
  expected: string,
  cause: string,
): void {
  const last = life.log.at(-1);
  if (last === undefined || !life.run.options.checks.has(check)) return;
  const { operation } = last.case;
  const found = {
    code,
    check,
    message,
    expected,
    actual: describeExchange(last),
    clause: operation.operation.pointer,
    cause,
  };
  // The creation and what followed on the same resource show it; what was arranged before does not.
  const from = life.log.findIndex(
    ({ case: given, json }) => given.operation === life.create && subjectOf(json).id === life.resource.body.id,
  );
  life.run.findings.add(found, life.log.slice(Math.max(0, from)));
}

/** Read what was created; null when it cannot be read. */
async function readsBack(
  life: Life,
  creation: Extract<Outcome, { kind: "answer" }>,
  sent: PreparedRequest,
): Promise<Record<string, unknown> | null> {
  const [get] = others(life, "get");
  if (get === undefined) return null;
  let { outcome } = await onTarget(life, get);
  if (statusOf(outcome) === 404) {
    await pause(life.run, 300);
    ({ outcome } = await onTarget(life, get));
  }
  const status = statusOf(outcome);
  if (status === 404 || status === 410) {
    tell(
      life,
      "STATE-003",
      "available_after_creation",
      `What ${life.create.name} created answers ${status}.`,
      "the resource",
      "absent",
    );
    return null;
  }
  if (!isSuccess(outcome)) return null;
  const read = subjectOf(outcome.json);
  const made = subjectOf(creation.json);
  const given: unknown = sent.body === null ? {} : readJson(sent.body);
  for (const [name, value] of Object.entries(isRecord(given) ? given : {}))
    if (isScalar(value) && same(made[name], value) && name in read && !same(read[name], value) && !isCredential(name)) {
      const message = `${name} was created as ${short(value)} and reads as ${short(read[name])}.`;
      tell(life, "STATE-003", "available_after_creation", message, `${name} ${short(value)}`, `value ${name}`);
    }
  return read;
}

function isCredential(name: string): boolean {
  return /password|secret|token|card|cvv|pin$/i.test(name);
}

/** Whether the list shows the resource, as far as the list is sure to be complete. */
async function isListed(life: Life, expected: boolean): Promise<void> {
  const list = others(life, "list").find(({ operation }) =>
    operation.parameters.every(({ required, in: place }) => !required || place === "path"),
  );
  if (list === undefined) return;
  const request = await arrange(
    life.session,
    list.operation,
    list.operation.path.includes("{") ? { target: life.resource } : {},
  );
  const outcome = await call(life.session, list.operation, request);
  const items = isSuccess(outcome) ? itemsOf(outcome.json) : undefined;
  if (items === undefined || !isSuccess(outcome)) return;
  const has = items.some((item) =>
    Object.values(item).some((value) => value === life.resource.id || String(value) === String(life.resource.id)),
  );
  if (!expected) {
    const item = items.find((one) => one.id === life.resource.id);
    if (item && !isMarkedGone(item, life.resource.body))
      tell(
        life,
        "STATE-002",
        "use_after_delete",
        "What was deleted is still in its list.",
        "a list without it",
        "listed",
      );
    return;
  }
  if (has || !isComplete(outcome, items.length, list.operation)) return;
  tell(
    life,
    "STATE-005",
    "list_contains_created",
    `What ${life.create.name} created is not in its list.`,
    `an item with the id ${life.resource.id}`,
    "missing",
  );
}

/** A list may be a page: of what is sure to be all, nothing may be missing. */
function isComplete(
  { json, answer }: Extract<Outcome, { kind: "answer" }>,
  count: number,
  { parameters }: Operation,
): boolean {
  if (/rel="?next/.test(String(answer.headers.link ?? ""))) return false;
  if (isRecord(json)) {
    const more = ["next", "next_cursor", "nextCursor", "next_page", "nextPageToken", "next_page_token"].some(
      (name) => json[name] !== undefined && json[name] !== null && json[name] !== "" && json[name] !== false,
    );
    const total = ["total", "total_count", "totalCount", "count", "totalElements"]
      .map((name) => json[name])
      .find((value) => typeof value === "number");
    if (more || json.has_more === true || json.hasMore === true || (typeof total === "number" && total > count))
      return false;
  }
  const size = parameters.find(({ name }) => /^(limit|page_?size|per_?page|size)$/i.test(name));
  const stated = at(size?.schema, "maximum") ?? at(size?.schema, "default");
  return typeof stated === "number"
    ? count < stated
    : count < 10 || ![10, 12, 15, 20, 24, 25, 30, 50, 100, 200, 250, 500, 1000].includes(count);
}

/** An update that is answered with success must not leave the old value. */
async function updates(life: Life, update: FuzzOperation): Promise<void> {
  const [get] = others(life, "get");
  if (get === undefined || update.operation.body === null) return;
  const before = await onTarget(life, get);
  const request = await arrange(life.session, update.operation, { target: life.resource, examples: false });
  const outcome = await call(life.session, update.operation, request);
  if (!isSuccess(outcome) || outcome.answer.status === 202 || !isSuccess(before.outcome) || request.body === null)
    return;
  const after = await onTarget(life, get);
  if (!isSuccess(after.outcome)) return;
  const [old, fresh, sent] = [subjectOf(before.outcome.json), subjectOf(after.outcome.json), readJson(request.body)];
  if (!isRecord(sent)) return;
  const changes = Object.entries(sent).filter(
    ([name, value]) => name in old && !same(old[name], value) && isScalar(value),
  );
  const lost = changes.filter(([name]) => same(old[name], fresh[name]));
  const [first] = lost;
  if (first === undefined || isCredential(first[0])) return;
  // A state or an owner that the service keeps for itself is no lost update; that nothing changes is.
  const kept = /^(status|state|role|owner|version)|_id$|_at$|Id$|At$/;
  // The path says which one is meant: what names it in the body as well cannot be changed.
  const isName = (name: string) => /^_?(id|uuid)$/i.test(name) || same(old[name], life.resource.id);
  const sure = lost.filter(([name]) => !kept.test(name) && !isName(name));
  const [shown] = sure;
  if (shown === undefined) return;
  const [name, value] = shown;
  const message = `${update.name} answered ${outcome.answer.status}, and ${name} still reads ${short(fresh[name])} instead of ${short(value)}.`;
  tell(
    life,
    "STATE-004",
    "update_persisted",
    message,
    `${name} ${short(value)}`,
    `${update.name} ${sure.length === changes.length ? "all" : name}`,
  );
}

async function deletes(life: Life): Promise<void> {
  const [remove] = others(life, "delete");
  const [get] = others(life, "get");
  if (remove === undefined) return;
  // What updates changed since the creation is no mark of a deletion.
  const last = get === undefined ? null : await onTarget(life, get);
  if (last !== null && isSuccess(last.outcome)) life.resource.body = subjectOf(last.outcome.json);
  const { outcome } = await onTarget(life, remove);
  if (!isSuccess(outcome) || outcome.answer.status === 202) return;
  if (get !== undefined) {
    const after = await onTarget(life, get);
    if (isSuccess(after.outcome)) {
      if (!isMarkedGone(subjectOf(after.outcome.json), life.resource.body))
        tell(life, "STATE-002", "use_after_delete", "What was deleted can still be read.", "status 404 or 410", "read");
      return;
    }
  }
  await isListed(life, false);
  for (const update of others(life, "update").filter(({ operation }) => operation.method === "PATCH")) {
    const late = await onTarget(life, update);
    if (isSuccess(late.outcome) && get !== undefined && !isSuccess((await onTarget(life, get)).outcome))
      tell(
        life,
        "STATE-002",
        "use_after_delete",
        "What was deleted can still be changed.",
        "status 404 or 410",
        "changed",
      );
  }
  await onTarget(life, remove);
}

/** Whether a body says that it is deleted: some services keep what they delete, marked. */
function isMarkedGone(body: Record<string, unknown>, before: Record<string, unknown>): boolean {
  return Object.keys(body).some(
    (name) => /delet|archiv|active|status|state|cancel|remov/i.test(name) && !same(body[name], before[name]),
  );
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

/** Whether two values mean the same: letter case, blanks around, and the spelling of a moment do not matter. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string") {
    if (a.trim().toLowerCase() === b.trim().toLowerCase()) return true;
    return /^\d{4}-\d\d-\d\d/.test(a) && /^\d{4}-\d\d-\d\d/.test(b) && Date.parse(a) === Date.parse(b);
  }
  if (typeof a === "number" || typeof b === "number") return Math.abs(Number(a) - Number(b)) < 1e-9;
  return JSON.stringify(a) === JSON.stringify(b);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import type { PlannedStep } from "../../model/flow.ts";
import { at } from "../document.ts";
import { payloadOf, propertiesOf } from "../event-payload.ts";
import { entityKey, isParameter, pathSegments } from "../infer.ts";
import { comparable } from "../names.ts";
import type { Operation } from "../operation.ts";
import { PAGE_SIZE } from "../session/request.ts";
import type { TestSystem } from "../session/session.ts";
import { itemPlace, responseProperties } from "./shapes.ts";

/** The step that an event comes from. */
export interface Cause {
  id: string;
  operation: Operation;
  /** Template of the id that the event is about. */
  subject: string;
}

/** What the data of an event may be filled from, by comparable name: templates of the step that causes it. */
export function factsOf({ id, operation, subject }: Cause): Map<string, string> {
  const facts = new Map<string, string>();
  for (const name of propertiesOf(operation.body?.schema, operation.document).keys())
    facts.set(comparable(name), `\${steps.${id}.request.${name}}`);
  for (const name of responseProperties(operation).keys()) facts.set(comparable(name), `\${steps.${id}.body.${name}}`);
  if (operation.entity !== null) facts.set(`${operation.entity}id`, subject);
  facts.set("id", subject);
  return facts;
}

/**
 * Wait for what an event does in a service that receives it: an item in one of its lists, or a resource, that refers to
 * what the event is about. Where its contracts show neither, the step has no operation.
 */
export function effectStep(system: TestSystem, cause: Cause, event: string, consumer: string): Omit<PlannedStep, "id"> {
  const base = { service: consumer, as: "caller" as const, event, cause: cause.id };
  const keys = keyFacts(system, cause, event, consumer);
  for (const list of listsFor(system, event, consumer)) {
    const shown = propertiesOf(itemPlace(list)?.schema, list.document);
    const item: Record<string, string> = {};
    for (const name of shown.keys()) {
      const fact = comparable(name) === "id" ? undefined : keys.get(comparable(name));
      if (fact !== undefined) item[name] = fact;
    }
    const isCreated = createdIn(system, event, consumer, list);
    // Others may refer to the same things and know nothing of the event.
    if (!isCreated && !Object.values(item).includes(cause.subject)) continue;
    const request = { path: {}, query: listQuery(list), headers: {} };
    const expect = { status: ["2XX"], contract: true, body: {}, item, new: isCreated };
    return { ...base, operation: list.id, request, presumed: !isCreated, expect };
  }
  const get = system.operations.find((one) => one.service === consumer && one.action === "get" && keyedBy(one, keys));
  const parameter = get && lastParameter(get);
  if (get !== undefined && parameter !== undefined) {
    const request = { path: { [parameter]: keys.get(comparable(parameter)) }, query: {}, headers: {} };
    const expect = { status: ["2XX"], contract: true, body: {}, new: false };
    return { ...base, operation: get.id, request, presumed: true, expect };
  }
  const request = { path: {}, query: {}, headers: {} };
  const expect = { status: ["2XX"], contract: true, body: {}, new: false };
  return { ...base, operation: "", request, presumed: true, expect };
}

/** Ask for the longest page: what was just made may be on a later one. */
export function listQuery(list: Operation): Record<string, unknown> {
  const size = list.parameters.find(({ name, in: place }) => place === "query" && PAGE_SIZE.test(name));
  return size === undefined ? {} : { [size.name]: at(size.schema, "maximum") ?? 100 };
}

/** Facts that identify what an event is about: ids that are in its data. */
function keyFacts(system: TestSystem, cause: Cause, event: string, consumer: string): Map<string, string> {
  const facts = factsOf(cause);
  const payloads = system.events
    .filter((one) => one.event === event && (one.service === cause.operation.service || one.service === consumer))
    .flatMap((one) => payloadOf(one) ?? []);
  const names = new Set(payloads.flatMap(({ schema, document }) => [...propertiesOf(schema, document).keys()]));
  const own = cause.operation.entity;
  const found = new Map<string, string>();
  for (const name of names) {
    const plain = comparable(name);
    const fact = facts.get(plain);
    if (fact === undefined || !/(id|ids|uuid)$/.test(plain) || plain === "eventid") continue;
    // An id called just that is the subject's, which others keep under its name.
    found.set(plain === "id" && own !== null ? `${own}id` : plain, fact);
  }
  if (names.size === 0 && own !== null) found.set(`${own}id`, cause.subject);
  return found;
}

/** Lists of the consumer, first those of the entity that the event creates. */
function listsFor(system: TestSystem, event: string, consumer: string): Operation[] {
  const lists = system.operations.filter(
    ({ service, action, path }) => service === consumer && action === "list" && !pathSegments(path).some(isParameter),
  );
  return [
    ...lists.filter((list) => createdIn(system, event, consumer, list)),
    ...lists.filter((list) => !createdIn(system, event, consumer, list)),
  ];
}

function createdIn(system: TestSystem, event: string, consumer: string, list: Operation): boolean {
  return system.events.some(
    (one) =>
      one.service === consumer &&
      one.action === "receive" &&
      one.event === event &&
      one.creates !== null &&
      entityKey(one.creates) === list.entity,
  );
}

function lastParameter({ path }: Operation): string | undefined {
  const parameters = pathSegments(path).filter(isParameter);
  return parameters.length === 1 ? parameters[0]?.slice(1, -1) : undefined;
}

function keyedBy(get: Operation, keys: ReadonlyMap<string, string>): boolean {
  const parameter = lastParameter(get);
  return parameter !== undefined && comparable(parameter) !== "id" && keys.has(comparable(parameter));
}

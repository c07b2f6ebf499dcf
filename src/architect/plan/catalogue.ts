import { completeAccounts } from "./accounts.ts";
import { type Meaning, meaningOf } from "./actions.ts";
import type { Ask } from "./draft.ts";
import { type Draft, type DraftEndpoint, type DraftEntity, type DraftEvent, indexOf, nameOf } from "./draft.ts";
import type { PlannedOperation } from "./operation.ts";
import { settleTransitions } from "./transitions.ts";
import { camel, isFormOf, matchKey, pascal, plural, wordsOf } from "./words.ts";

/** All operations of all services: their names, what they publish and what they call. */
export function catalogue(draft: Draft, ask: Ask): PlannedOperation[] {
  const operations = completeAccounts(
    settleTransitions(draft.services.flatMap(({ name }) => operationsOf(name, draft))),
    ask,
  );
  for (const { endpoint, meaning } of operations)
    if (meaning.doubt) ask(`endpoint ${nameOf(endpoint)}`, meaning.doubt, endpoint.line);
  const uncaused = new Map<string, DraftEvent[]>();
  for (const event of draft.events)
    for (const publisher of event.publishers)
      if (!attachEvent(event, publisher, operations, draft))
        uncaused.set(publisher, [...(uncaused.get(publisher) ?? []), event]);
  for (const [publisher, events] of uncaused) askAboutCauses(publisher, events, ask);
  for (const dependency of draft.dependencies) attachCalls(dependency, operations, draft, ask);
  return operations;
}

function operationsOf(service: string, draft: Draft): PlannedOperation[] {
  const paths = new Map<string, string>();
  const taken = new Set<string>();
  return draft.endpoints
    .filter((endpoint) => endpoint.owner === service)
    .map((endpoint) => {
      const shape = endpoint.path.replace(/\{[^}]*\}/g, "{}");
      const path = paths.get(shape) ?? endpoint.path;
      paths.set(shape, path);
      const meaning = meaningOf(endpoint, draft.entities, draft.health.get(service) ?? "/health");
      const operation_id = uniqueId(endpoint, meaning, taken);
      taken.add(operation_id);
      return {
        endpoint,
        meaning,
        operation_id,
        path,
        secured: isSecured(endpoint, meaning, draft),
        publishes: [],
        calls: [],
      };
    });
}

/** Nobody has a token before logging in or registering, whatever a general sentence of the PRD says. */
function isSecured({ auth }: DraftEndpoint, { action }: Meaning, { jwt }: Draft): boolean {
  return !["health", "login", "register"].includes(action) && (auth ?? jwt);
}

function uniqueId(endpoint: DraftEndpoint, meaning: Meaning, taken: ReadonlySet<string>): string {
  const long = camel(`${endpoint.method} ${endpoint.path.replace(/[{}]/g, " ")}`) || "operation";
  const wished = [wishedId(endpoint, meaning), long].filter((id) => id !== undefined);
  const free = wished.find((id) => !taken.has(id));
  if (free !== undefined) return free;
  let number = 2;
  while (taken.has(`${long}${number}`)) number += 1;
  return `${long}${number}`;
}

function wishedId({ path }: DraftEndpoint, { action, entity }: Meaning): string | undefined {
  if (action === "health") return "getHealth";
  if (action === "login") return "login";
  if (!entity) return undefined;
  const name = pascal(entity.name);
  const last = path.split("/").findLast((segment) => segment !== "" && !segment.startsWith("{")) ?? "";
  const ids: Partial<Record<Meaning["action"], string>> = {
    list: `list${plural(name)}`,
    create: `create${name}`,
    get: `get${name}`,
    update: `update${name}`,
    delete: `delete${name}`,
    register: `register${name}`,
    current: `getCurrent${name}`,
    transition: `${camel(last)}${name}`,
  };
  return ids[action];
}

/**
 * Tie an event to the operations of its publisher that cause it: those that name it, else those its name describes.
 * Gives back whether there are any.
 */
function attachEvent(
  event: DraftEvent,
  publisher: string,
  operations: PlannedOperation[],
  { entities }: Draft,
): boolean {
  const own = operations.filter(({ endpoint }) => endpoint.owner === publisher);
  const naming = own.filter(({ endpoint }) => endpoint.method !== "GET" && mentions(endpoint.summary, event.name));
  const causing = naming.length > 0 ? naming : own.filter((operation) => causes(operation, event, { own, entities }));
  for (const operation of causing) operation.publishes.push(event.name);
  return causing.length > 0;
}

function askAboutCauses(publisher: string, events: DraftEvent[], ask: Ask): void {
  const [first] = events;
  if (first === undefined) return;
  const names = events.map(({ name }) => name).join(", ");
  const about = events.length === 1 ? `event ${first.name}` : `service ${publisher}`;
  ask(about, `What makes ${publisher} publish ${names}? None of its endpoints evidently does.`, first.line);
}

/** Whether a sentence names an event, as a word of its own. */
export function mentions(text: string, name: string): boolean {
  const at = text.toLowerCase().indexOf(name.toLowerCase());
  if (at < 0) return false;
  const after = text.slice(at + name.length);
  return !/[\w-]/.test(text.charAt(at - 1)) && !/^(?:[\w-]|\.\w)/.test(after);
}

const CAUSES: Partial<Record<Meaning["action"], string[]>> = {
  create: ["created", "added", "placed", "opened", "submitted", "issued", "received", "recorded"],
  register: ["registered", "created", "signed"],
  update: ["updated", "changed", "modified", "edited"],
  delete: ["deleted", "removed"],
  login: ["authenticated"],
};

/** `order.paid` is caused by what moves an Order to paid, `order.created` by what creates one. */
function causes({ endpoint, meaning }: PlannedOperation, event: DraftEvent, around: Surroundings): boolean {
  const { action, entity, transition } = meaning;
  if (!entity) return false;
  const words = wordsOf(event.name).filter((word) => word !== "event");
  const rest = afterSubject(words, wordsOf(entity.name)) ?? afterNickname(words, entity, around);
  if (rest === undefined) return false;
  if (transition) {
    const target = wordsOf(transition.to).join("-");
    return (
      rest.join("-") === target ||
      (rest.length === 1 && wordsOf(transition.to).some((word) => isFormOf(rest[0] ?? "", word)))
    );
  }
  const verb = wordsOf(endpoint.path.split("/").at(-1) ?? "")[0] ?? "";
  if (action === "custom" && endpoint.method !== "GET") return rest.length === 1 && isFormOf(rest[0] ?? "", verb);
  return rest.length === 1 && CAUSES[action]?.includes(rest[0] ?? "") === true;
}

/** The words of an event's name after its subject; undefined when it is about something else. */
function afterSubject(words: string[], subject: string[]): string[] | undefined {
  const at = words.findIndex((_, index) =>
    subject.every((word, offset) => matchKey(words[index + offset] ?? "") === matchKey(word)),
  );
  return at < 0 ? undefined : words.slice(at + subject.length);
}

/** What a publisher does, and all entities there are. */
interface Surroundings {
  own: PlannedOperation[];
  entities: readonly DraftEntity[];
}

/**
 * `period.closed` is about the FiscalPeriod, where that word stands in the name of nothing else that the service's
 * operations work on, and nothing at all is called just Period.
 */
function afterNickname(words: string[], entity: DraftEntity, { own, entities }: Surroundings): string[] | undefined {
  const [first = "", ...rest] = words;
  const key = matchKey(first);
  const isCalled = ({ name }: DraftEntity) => wordsOf(name).some((word) => matchKey(word) === key);
  if (!isCalled(entity) || indexOf(entities).has(key)) return undefined;
  const rivals = own.some(({ meaning }) => meaning.entity && meaning.entity !== entity && isCalled(meaning.entity));
  return rivals ? undefined : rest;
}

/** A stated dependency becomes calls where a request carries the id of what the other service owns. */
function attachCalls(
  { from, to }: { from: string; to: string },
  operations: PlannedOperation[],
  draft: Draft,
  ask: Ask,
): void {
  let found = false;
  const unmakeable = new Set<string>();
  for (const operation of operations) {
    const { endpoint, meaning } = operation;
    if (endpoint.owner !== from || !["create", "update"].includes(meaning.action)) continue;
    for (const { property, entity } of referencesIn(operation, draft)) {
      const getter = operations.find(
        (candidate) =>
          candidate.endpoint.owner === to &&
          candidate.meaning.action === "get" &&
          candidate.meaning.entity?.name === entity,
      );
      if (!getter) continue;
      found = true;
      if (!isMakeable(entity, to, operations, draft)) {
        unmakeable.add(entity);
        continue;
      }
      operation.calls.push({ service: to, operation_id: getter.operation_id, property });
    }
  }
  for (const entity of unmakeable)
    ask(
      `dependency ${from} → ${to}`,
      `How does a ${entity} come into being? No operation of ${to} creates one, so ${from} does not ask for it: the answer could only be no.`,
      null,
    );
  if (!found)
    ask(
      `dependency ${from} → ${to}`,
      `Which operation of ${from} calls which operation of ${to}? The PRD states the dependency only, so no contract names the call.`,
      null,
    );
}

/** Whether a service can ever have one: an operation creates it, or an event that the service receives may. */
function isMakeable(entity: string, service: string, operations: PlannedOperation[], { events }: Draft): boolean {
  return (
    events.some(({ consumers }) => consumers.includes(service)) ||
    operations.some(
      ({ endpoint, meaning }) =>
        endpoint.owner === service &&
        meaning.entity?.name === entity &&
        (meaning.action === "create" || meaning.action === "register"),
    )
  );
}

/** Properties of a request body that hold ids of other entities, by declared foreign key or by name. */
function referencesIn({ endpoint, meaning }: PlannedOperation, draft: Draft): { property: string; entity: string }[] {
  const stated = endpoint.request?.kind === "object" ? endpoint.request.fields.map((field) => field.name) : undefined;
  const names = stated ?? meaning.entity?.fields.map((field) => field.name) ?? [];
  return names.flatMap((property) => {
    const declared = meaning.entity?.fields.find((field) => field.name === property)?.type ?? "";
    const target = draft.entities.find((entity) => refersTo(declared, property, entity.name));
    return target ? [{ property, entity: target.name }] : [];
  });
}

function refersTo(type: string, property: string, entity: string): boolean {
  const words = wordsOf(property);
  if (words.at(-1) === "id" && words.length > 1 && words.slice(0, -1).join("-") === matchKey(entity)) return true;
  const key = /^(?:fk|foreign[ -]key|ref|references?)\b[^A-Za-z0-9]*(?:to\s+|of\s+)?([A-Za-z]\w*)/i.exec(
    type.trim(),
  )?.[1];
  return key !== undefined && matchKey(key) === matchKey(entity);
}

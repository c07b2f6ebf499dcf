import type { BuildTask } from "../port.ts";
import { accessOf, unsupportedSchemes } from "./access.ts";
import { actionOf, transitionOf } from "./action-of.ts";
import { planCalls, planReferences } from "./calls.ts";
import { credentialsOf } from "./credentials.ts";
import { planEntities } from "./entities.ts";
import { collectionOf, entitiesByOperation, singular } from "./entity-of.ts";
import { type AnnouncedEvent, plannedEvents, planSubscriptions, publishedBy } from "./events.ts";
import { type Json, propertiesOf, record } from "./json.ts";
import { type ContractOperation, operationsOf, parametersOf } from "./operations.ts";
import type { EntityPlan, Lookup, OperationPlan, ServicePlan } from "./plan.ts";

/** Read a service's contracts and decide what it does; no input or output, the same contracts give the same plan. */
export function planService(task: Pick<BuildTask, "service" | "contracts" | "consumed" | "domain_model">): ServicePlan {
  const { service, contracts, consumed, domain_model } = task;
  const document: Json = contracts.find(({ type }) => type === "openapi")?.spec ?? {};
  const asyncapi = contracts.find(({ type }) => type === "asyncapi")?.spec;
  const written = operationsOf(document).filter(({ method }) => method !== "HEAD" && method !== "OPTIONS");
  const byOperation = entitiesByOperation(document, written);
  const subscriptions = planSubscriptions(asyncapi, service);
  const created = subscriptions.flatMap(({ creates }) => creates ?? []);
  const entities = planEntities(document, written, byOperation, created, domain_model);
  const scene: Scene = {
    document,
    byOperation,
    entities,
    written,
    consumed,
    events: plannedEvents(asyncapi, service),
    identity: identityOf(document, written, byOperation),
    declared: written.some(({ raw }) => raw["x-publishes"] !== undefined),
  };
  const planned = written.map((operation) => planOperation(scene, operation));
  const operations = planned.map(({ operation }) => operation);
  const creating = operations.filter(({ action }) => action === "create" || action === "register");
  const creatable = new Set([...creating.map(({ entity }) => entity), ...created]);
  const kept = operations.map((operation) => withoutVainChecks(operation, operations, creatable));
  const used = new Set([...kept.flatMap(({ entity, parent }) => [entity, parent?.entity]), ...created]);
  return {
    entities: entities.filter(({ name }) => used.has(name)),
    operations: kept,
    subscriptions,
    problems: [...new Set([...elsewhere(contracts), ...planned.flatMap(({ problems }) => problems)])],
  };
}

/** Contracts that lead into other documents cannot be followed: the service has only its own. */
function elsewhere(contracts: BuildTask["contracts"]): string[] {
  return contracts.flatMap(({ type, spec }) => {
    const [, target] = /"\$ref":"([^#"][^"]{0,200})/.exec(JSON.stringify(spec)) ?? [];
    return target === undefined
      ? []
      : [`The ${type} contract refers to another document (${target}); bundle it first.`];
  });
}

interface Scene {
  document: Json;
  byOperation: Map<string, string>;
  entities: EntityPlan[];
  written: ContractOperation[];
  consumed: BuildTask["consumed"];
  events: AnnouncedEvent[];
  /** The entity that logs in here. */
  identity: string | undefined;
  /** Whether the contract says which operation publishes what; then nothing is guessed. */
  declared: boolean;
}

/** Who registers here: the entity of the operation that takes a credential and gives no token, or is declared so. */
function identityOf(
  document: Json,
  operations: ContractOperation[],
  byOperation: Map<string, string>,
): string | undefined {
  const registering =
    operations.find((operation) => operation.declared === "register") ??
    operations.find((operation) => {
      const credentials = operation.method === "POST" ? credentialsOf(document, operation) : undefined;
      return credentials !== undefined && credentials.tokens.length === 0;
    });
  return registering && byOperation.get(registering.id);
}

function planOperation(scene: Scene, written: ContractOperation): { operation: OperationPlan; problems: string[] } {
  const { document, entities, consumed, events, declared } = scene;
  const named = entityNameOf(scene, written);
  const entity = entities.find(({ name }) => name === named);
  const guessed = actionOf(document, written, entity);
  const credentials = credentialsOf(document, written);
  // Whoever is created with a credential where there is a login has to be able to log in.
  const action = guessed === "create" && credentials && entity?.name === scene.identity ? "register" : guessed;
  const transition = action === "transition" && entity ? transitionOf(document, written, entity) : undefined;
  const { calls, problems } = planCalls(document, written, consumed);
  const operation: OperationPlan = {
    id: written.id,
    method: written.method,
    path: written.path,
    summary: written.summary,
    action,
    access: action === "current" ? "required" : action === "health" ? "public" : accessOf(document, written),
    entity: entity?.name ?? "",
    lookup: entity && lookupOf(document, written, entity),
    parent: action === "list" || action === "create" ? parentOf(scene, written) : undefined,
    parents: entity ? parentsOf(document, written, entity) : {},
    transition,
    unbuilt:
      written.declared === "login" && action !== "login" ? "its request shows no identifier and secret" : undefined,
    credentials: action === "register" || action === "login" ? credentials : undefined,
    references: planReferences(document, written, entities),
    calls,
    publishes: publishedBy(written, events, { entity: entity?.name ?? "", action, to: transition?.to }, declared),
  };
  return { operation, problems: [...problems, ...refusals(document, written, operation)] };
}

function entityNameOf({ document, byOperation, identity }: Scene, written: ContractOperation): string | undefined {
  if (written.entity !== undefined) return written.entity;
  const current = written.declared === "current" || /\/(me|current|whoami)$/.test(written.path);
  const login =
    written.declared === "login" ||
    (written.method === "POST" && (credentialsOf(document, written)?.tokens.length ?? 0) > 0);
  return (current || login ? identity : undefined) ?? byOperation.get(written.id);
}

/** What this builder cannot do about an operation, said instead of built wrongly. */
function refusals(document: Json, written: ContractOperation, { unbuilt }: OperationPlan): string[] {
  const problems: string[] = [];
  const schemes = unsupportedSchemes(document, written);
  if (schemes.length > 0)
    problems.push(`${written.id} is guarded by ${schemes.join(" and ")}; only HTTP bearer tokens are built.`);
  if (unbuilt !== undefined) problems.push(`${written.id} is not built: ${unbuilt}.`);
  if (JSON.stringify(written.raw.requestBody ?? "").includes('"multipart/form-data"'))
    problems.push(`${written.id} takes multipart/form-data, which is not built.`);
  return problems;
}

/** The parameter that names the document: the last one, compared with the property of its name or the id. */
function lookupOf(document: Json, { path }: ContractOperation, entity: EntityPlan): Lookup | undefined {
  const by = parametersOf(path).at(-1);
  if (by === undefined) return undefined;
  const properties = propertiesOf(document, { $ref: entity.schema });
  return { by, field: properties[by] !== undefined ? by : entity.id };
}

/** What a collection lies in, when the contract has a 404 for its absence and another operation creates it. */
function parentOf(
  { document, entities, byOperation, written: all }: Scene,
  { path, raw }: ContractOperation,
): OperationPlan["parent"] {
  const enclosing = path.slice(0, path.lastIndexOf("}") + 1);
  const item = all.find((one) => one.method === "GET" && sameForm(one.path, enclosing));
  const entity = item && entities.find(({ name }) => name === byOperation.get(item.id));
  const makes = all.some(
    (one) => one.method === "POST" && !one.path.endsWith("}") && byOperation.get(one.id) === entity?.name,
  );
  const lookup = item && entity && lookupOf(document, item, entity);
  const by = parametersOf(enclosing).at(-1);
  if (!entity || !lookup || !by || !makes || record(raw.responses)["404"] === undefined) return undefined;
  return { entity: entity.name, lookup: { by, field: lookup.field } };
}

/** Whether two paths differ in the names of their parameters only. */
function sameForm(a: string, b: string): boolean {
  const plain = (path: string) => path.replace(/\{[^}]*\}/g, "{}");
  return plain(a) === plain(b);
}

/** Path parameters of enclosing resources that the entity has a property for: `/users/{id}/orders` → `user_id`. */
function parentsOf(document: Json, { path }: ContractOperation, entity: EntityPlan): Record<string, string> {
  if (path.endsWith("}")) return {};
  const properties = propertiesOf(document, { $ref: entity.schema });
  const parts = path.split("/");
  const parents: Record<string, string> = {};
  parts.forEach((part, index) => {
    const [parameter] = parametersOf(part);
    if (parameter === undefined) return;
    const owner = singular(parts[index - 1] ?? "");
    const snake = `${owner.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase()}_id`;
    const camel = `${owner[0]?.toLowerCase() ?? ""}${owner.slice(1)}Id`;
    const property = [parameter, snake, camel].find((name) => name !== "id" && properties[name] !== undefined);
    if (property !== undefined) parents[property] = parameter;
  });
  return parents;
}

/**
 * What nothing here creates can neither be looked up by a custom operation, nor be what a token stands for, nor be
 * demanded as a reference: such a check could only ever refuse.
 */
function withoutVainChecks(operation: OperationPlan, all: OperationPlan[], creatable: Set<string>): OperationPlan {
  const references = operation.references.filter(({ entity }) => creatable.has(entity));
  if (operation.action === "current" && !creatable.has(operation.entity))
    return { ...operation, references, entity: "", lookup: undefined };
  if (operation.action !== "custom") return { ...operation, references };
  const key = collectionOf(operation.path);
  const item = all.find(({ path, action }) => action === "get" && path.endsWith("}") && collectionOf(path) === key);
  if (item !== undefined && creatable.has(item.entity)) return { ...operation, references, entity: item.entity };
  return { ...operation, references, entity: "", lookup: undefined };
}

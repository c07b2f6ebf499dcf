import { type Contract, OperationCall, PropertyReference } from "../../model/contract.ts";
import { follow, type Json, list, propertiesOf, record } from "./json.ts";
import { type ContractOperation, operationsOf, parametersOf } from "./operations.ts";
import type { CallPlan, EntityPlan, OperationPlan } from "./plan.ts";

/** The calls an operation makes first. What cannot be resolved is described in `problems`. */
export function planCalls(
  document: Json,
  operation: ContractOperation,
  consumed: Contract[],
): { calls: CallPlan[]; problems: string[] } {
  const calls: CallPlan[] = [];
  const problems: string[] = [];
  for (const given of list(operation.raw["x-calls"])) {
    const parsed = OperationCall.safeParse(given);
    const resolved = parsed.success ? planCall(document, operation, parsed.data, consumed) : undefined;
    if (resolved) calls.push(resolved);
    else problems.push(`${operation.id} calls ${describe(given)}, which is in no contract at hand.`);
  }
  return { calls, problems };
}

function describe(given: unknown): string {
  const { service, operation_id } = record(given);
  return `${String(operation_id)} of ${String(service)}`;
}

function planCall(
  document: Json,
  operation: ContractOperation,
  call: OperationCall,
  consumed: Contract[],
): CallPlan | undefined {
  const contract = consumed.find(({ service_name, type }) => service_name === call.service && type === "openapi");
  const target = contract && operationsOf(contract.spec).find(({ id }) => id === call.operation_id);
  if (target === undefined) return undefined;
  const reference =
    call.property === undefined ? undefined : findProperty(document, operation.request?.value, call.property);
  return {
    ...call,
    method: target.method,
    path: target.path,
    parameter: parametersOf(target.path).at(-1),
    reference,
    property: reference === undefined ? call.property : undefined,
    sends: target.request?.pointer,
  };
}

/** A property of a body, at any depth. `path` has "*" for the items of arrays. */
interface BodyProperty {
  path: string[];
  schema: Json;
}

// A body with more places than this is looked into only so far: schemas may contain themselves many times over.
const MAX_PLACES = 2000;
const MAX_DEPTH = 6;

/** The properties of a body and what is inside them, nearest first. */
function bodyProperties(document: Json, schema: unknown): BodyProperty[] {
  const found: BodyProperty[] = [];
  let level: BodyProperty[] = [{ path: [], schema: follow(document, schema).value }];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0 && found.length < MAX_PLACES; depth += 1) {
    level = level.slice(0, MAX_PLACES).flatMap(({ path, schema: outer }) => inside(document, path, outer));
    found.push(...level);
  }
  return found.slice(0, MAX_PLACES);
}

function inside(document: Json, path: string[], schema: Json): BodyProperty[] {
  const direct = Object.entries(propertiesOf(document, schema));
  const properties = direct.map(([name, property]) => ({ path: [...path, name], schema: property }));
  const items =
    schema.items === undefined ? [] : [{ path: [...path, "*"], schema: follow(document, schema.items).value }];
  return [...properties, ...items];
}

/** Where a property is in a body; undefined when it is not there. `name` may be written with dots and `[]`. */
export function findProperty(document: Json, schema: unknown, name: string): string[] | undefined {
  const named = (path: string[]) => path.filter((part) => part !== "*").join(".");
  const wanted = named(name.replaceAll("[]", "").split("."));
  const places = bodyProperties(document, schema).filter(({ path }) => path.at(-1) !== "*");
  const found = places.find(({ path }) => named(path) === wanted) ?? places.find(({ path }) => path.at(-1) === wanted);
  return found?.path;
}

/** References in a body to entities that this service keeps itself: they are checked in its own store. */
export function planReferences(
  document: Json,
  operation: ContractOperation,
  entities: EntityPlan[],
): OperationPlan["references"] {
  return bodyProperties(document, operation.request?.value).flatMap(({ path, schema }) => {
    const reference = PropertyReference.safeParse(schema["x-references"]);
    const entity = reference.success ? entities.find(({ name }) => name === reference.data.entity) : undefined;
    return entity ? [{ entity: entity.name, path }] : [];
  });
}

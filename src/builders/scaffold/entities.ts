import { PropertyReference } from "../../model/contract.ts";
import type { DomainModel, Entity } from "../../model/domain-model.ts";
import { type Json, list, propertiesOf, record, text, texts } from "./json.ts";
import { type ContractOperation, itemOf } from "./operations.ts";
import type { EntityPlan } from "./plan.ts";

const OWNER = /^(user|owner|customer|account|author|member|created_by|createdBy)(_?id)?$/i;
const STATE = /^(status|state)$/i;

/** The entities that a service's operations work on and its events create. */
export function planEntities(
  document: Json,
  operations: ContractOperation[],
  byOperation: Map<string, string>,
  created: string[],
  domain: DomainModel,
): EntityPlan[] {
  const names = [...new Set([...byOperation.values(), ...created])];
  return names.map((name) => {
    const own = operations.filter((operation) => byOperation.get(operation.id) === name);
    return planEntity(document, name, own, domain);
  });
}

function planEntity(document: Json, name: string, operations: ContractOperation[], domain: DomainModel): EntityPlan {
  const schema = schemaOf(document, name, operations);
  const properties = propertiesOf(document, { $ref: schema });
  const sent = sentProperties(document, operations);
  const machine = domain.entities.find((entity) => sameName(entity.name, name))?.state_machine ?? undefined;
  const stateField = stateFieldOf(properties, operations, machine);
  const first = stateField === undefined ? undefined : firstState(properties[stateField], operations, machine);
  const chosen = stateField !== undefined && sent.has(stateField);
  return {
    name,
    schema,
    id: idOf(name, properties),
    initial: stateField !== undefined && first !== undefined && !chosen ? { [stateField]: first } : {},
    stateField,
    moves: movesOf(stateField, operations, machine),
    owner: Object.entries(properties)
      .filter(([property, value]) => !sent.has(property) && isOwner(property, value))
      .map(([property]) => property),
  };
}

function sameName(a: string, b: string): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
  return plain(a) === plain(b);
}

/** Its component, or the schema written in place of one that is answered. */
function schemaOf(document: Json, name: string, operations: ContractOperation[]): string {
  const components = record(record(document.components).schemas);
  const component =
    Object.keys(components).find((key) => key === name) ?? Object.keys(components).find((key) => sameName(key, name));
  if (component !== undefined) return `#/components/schemas/${component}`;
  for (const operation of operations) {
    const item = itemOf(document, operation.response) ?? operation.response;
    if (item && item.value.properties !== undefined && operation.declared !== "login") return item.pointer;
  }
  return "";
}

function idOf(name: string, properties: Record<string, Json>): string {
  const snake = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
  const camel = `${name[0]?.toLowerCase() ?? ""}${name.slice(1)}Id`;
  return (
    ["id", `${snake}_id`, camel, "uuid", "_id", "key", "code"].find((one) => properties[one] !== undefined) ?? "id"
  );
}

/** What clients may send when they create one. */
function sentProperties(document: Json, operations: ContractOperation[]): Set<string> {
  const creating = operations.filter(({ method, path }) => method === "POST" && !path.includes("}/"));
  const names = creating.flatMap((operation) =>
    Object.entries(propertiesOf(document, operation.request?.value))
      .filter(([, property]) => property.readOnly !== true)
      .map(([name]) => name),
  );
  return new Set(names);
}

function isOwner(name: string, property: Json): boolean {
  const reference = PropertyReference.safeParse(property["x-references"]);
  if (reference.success) return OWNER.test(reference.data.entity);
  return OWNER.test(name) && name !== "account" && property.type === "string";
}

type Machine = NonNullable<Entity["state_machine"]>;

function declaredMoves(operations: ContractOperation[]): Json[] {
  return operations
    .map((operation) => record(operation.raw["x-transition"]))
    .filter((move) => text(move.to) !== undefined);
}

function stateFieldOf(
  properties: Record<string, Json>,
  operations: ContractOperation[],
  machine: Machine | undefined,
): string | undefined {
  const declared = declaredMoves(operations).map((move) => text(move.field))[0];
  if (declared !== undefined) return declared;
  if (machine && properties[machine.field]) return machine.field;
  return Object.keys(properties).find((name) => STATE.test(name) && list(properties[name]?.enum).length > 1);
}

function firstState(
  property: Json | undefined,
  operations: ContractOperation[],
  machine: Machine | undefined,
): string | undefined {
  const moves = declaredMoves(operations);
  const reached = new Set(moves.map((move) => move.to));
  const starts = moves.flatMap((move) => texts(move.from)).filter((state) => !reached.has(state));
  const known = property === undefined ? [] : texts(property.enum);
  const candidates = [machine?.initial_state, text(property?.default), starts[0], known[0]];
  return candidates.find((state) => state !== undefined && (known.length === 0 || known.includes(state)));
}

/** State → next states; undefined when neither the domain model nor the operations say. */
function movesOf(
  stateField: string | undefined,
  operations: ContractOperation[],
  machine: Machine | undefined,
): Record<string, string[]> | undefined {
  const pairs = [
    ...(machine?.transitions ?? []).map(({ from_state, to_state }) => [from_state, to_state] as const),
    ...declaredMoves(operations).flatMap((move) => texts(move.from).map((from) => [from, String(move.to)] as const)),
  ];
  if (stateField === undefined || pairs.length === 0) return undefined;
  const moves: Record<string, string[]> = {};
  for (const [from, to] of pairs) moves[from] = [...new Set([...(moves[from] ?? []), to])];
  return moves;
}

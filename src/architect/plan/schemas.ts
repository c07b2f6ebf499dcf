import type { Field } from "../../model/domain-model.ts";
import type { Shape, ShapeField } from "../outline.ts";
import { isStoredSecret } from "./credentials.ts";
import type { Ask } from "./draft.ts";
import { type DraftEntity, indexOf } from "./draft.ts";
import { constraintsOf, isBare, isServerSet, readType, type Schema, saysNothing } from "./types.ts";
import { matchKey, pascal, wordsOf } from "./words.ts";

/** What a schema is for: requests leave out what the server sets. */
export type Use = "request" | "response";

/** Builds the schemas of one document and remembers which entities they name. */
export interface Schemas {
  /** The schema of a shape; where a field has the name of one of the entity's fields, that field's limits hold too. */
  ofShape(shape: Shape, use: Use, entity?: DraftEntity): Schema;
  /** A field of a shape, e.g. a query parameter. */
  ofShapeField(field: ShapeField, use: Use, entity?: DraftEntity): Schema;
  /** A reference to the entity; in requests to its writable part. */
  ofEntity(entity: DraftEntity, use: Use): Schema;
  /** The entity's writable fields, none of them required. */
  partial(entity: DraftEntity): Schema;
  /** The id of an entity, without saying that the server sets it. */
  idOf(entity: DraftEntity): Schema;
  find(name: string): DraftEntity | undefined;
  /** Component schemas that were named so far, with everything they name, by component name. */
  components(): Record<string, Schema>;
}

const MAX_DEPTH = 20;

export function createSchemas(entities: readonly DraftEntity[], ask: Ask): Schemas {
  const byKey = indexOf(entities);
  const named = new Map<string, () => Schema>();
  const find = (name: string) => byKey.get(matchKey(name));

  const taken = new Set<string>();
  const componentNames = new Map(
    entities.map((entity): [DraftEntity, string] => {
      const wished = pascal(entity.name) || "Entity";
      let name = wished;
      for (let number = 2; taken.has(name); number += 1) name = `${wished}${number}`;
      taken.add(name);
      return [entity, name];
    }),
  );
  const nameOf = (entity: DraftEntity) => componentNames.get(entity) ?? pascal(entity.name);

  const refer = (name: string, build: () => Schema): Schema => {
    if (!named.has(name)) named.set(name, build);
    return { $ref: `#/components/schemas/${name}` };
  };

  const ofEntity = (entity: DraftEntity, use: Use): Schema => {
    const name = nameOf(entity);
    if (use === "response" || !shown(entity).some((field) => isReadOnly(entity, field)))
      return refer(name, () => entitySchema(entity, "response"));
    return refer(`${name}Input`, () => entitySchema(entity, "request"));
  };

  const entitySchema = (entity: DraftEntity, use: Use): Schema => {
    const fields = shown(entity)
      .filter((field) => use === "response" || !isReadOnly(entity, field))
      .map((field) => ({ field, schema: ofField(entity, field, use) }));
    const schema = objectSchema(
      fields.map(({ field, schema }) => [field.name, schema, field.required]),
      entity.description,
    );
    // Where the PRD names the states only, nothing is said of the other properties, an id among them.
    const onlyState = entity.fields.every(({ name }) => name === entity.state_machine?.field);
    return onlyState && fields.length > 0 ? { ...schema, additionalProperties: true } : schema;
  };

  const ofField = (entity: DraftEntity, field: Field, use: Use = "response"): Schema => {
    const note = `${field.type} ${field.description}`;
    const schema = ofType(field.type, use, `${entity.name}.${field.name}`, field.name, note, entity.line);
    const machine = entity.state_machine;
    const isState = machine?.field === field.name;
    if (machine && isState && schema.enum === undefined)
      Object.assign(schema, { type: "string", enum: machine.states });
    const described = field.description ? { ...schema, description: field.description } : schema;
    return isReadOnly(entity, field) ? { ...described, readOnly: true } : described;
  };

  const ofType = (type: string, use: Use, where: string, name: string, note: string, line: number | null): Schema => {
    const reading = readType(isBare(type) ? "" : type);
    const withNote = (schema: Schema): Schema => nullable({ ...schema, ...constraintsOf(note, schema) }, note);
    const known = reading.kind === "name" || reading.kind === "unknown" ? find(type) : undefined;
    if (known) return ofEntity(known, use);
    if (reading.kind === "schema") return withNote(linked(name, where, reading.schema));
    if (reading.kind === "array")
      return withNote({ type: "array", items: ofType(reading.items, use, where, singularName(name), "", line) });
    if (reading.kind === "reference") {
      const target = find(reading.entity);
      if (target) return { ...idOf(target), "x-references": { entity: target.name, service: target.owner } };
      ask(`entity ${reading.entity}`, `${where} refers to ${reading.entity}, which is not among the entities.`, line);
      return {};
    }
    if (isBare(type)) return withNote(linked(name, where, saysNothing(type) ? {} : { type: "string" }));
    ask(`type ${type}`, `What is ${type}, the type of ${where}? Any value is allowed there.`, line);
    return { description: `${type}` };
  };

  /** A field named after another entity's id, `account_id`, holds such an id. */
  const linked = (name: string, where: string, schema: Schema): Schema => {
    const words = wordsOf(name);
    const last = words.pop();
    const target = last === "id" && words.length > 0 ? byKey.get(words.join("-")) : undefined;
    if (!target || target.fields.some((field) => `${target.name}.${field.name}` === where)) return schema;
    if (schema.format === undefined && (schema.type === "string" || schema.type === undefined))
      Object.assign(schema, idOf(target));
    return { ...schema, "x-references": { entity: target.name, service: target.owner } };
  };

  const idOf = (entity: DraftEntity): Schema => {
    const own = entity.fields.find((field) => field.name.toLowerCase() === "id");
    const reading = own ? readType(own.type) : undefined;
    return reading?.kind === "schema" ? { ...reading.schema } : { type: "string" };
  };

  const ofShapeField = (field: ShapeField, use: Use, entity?: DraftEntity, depth = 0): Schema => {
    const twin = entity?.fields.find((candidate) => wordsOf(candidate.name).join() === wordsOf(field.name).join());
    if (field.shape.kind !== "scalar") {
      const inner = twin ? itemEntity(twin) : undefined;
      return withLimits(ofShapeAt(field.shape, use, inner, depth + 1), twin, field.note);
    }
    const { type } = field.shape;
    const where = `${entity?.name ?? "body"}.${field.name}`;
    if (!twin || !entity) return ofType(type, use, where, field.name, `${type} ${field.note}`, null);
    const declared = ofField(entity, twin, use);
    const { readOnly: _readOnly, ...writable } = declared;
    const base = use === "request" ? writable : declared;
    if (saysNothing(type) || (isBare(type) && (declared.type === "string" || declared.$ref !== undefined)))
      return { ...base, ...constraintsOf(field.note, base) };
    const stated = ofType(type, use, where, field.name, `${type} ${field.note}`, null);
    if (String(stated.type) === String(base.type)) return { ...base, ...stated };
    if (base.type !== undefined && stated.type !== undefined)
      ask(
        `field ${entity.name}.${twin.name}`,
        `${entity.name}.${twin.name} is ${twin.type} in the entity, but an endpoint or event says ${type}; what each says is used there.`,
        entity.line,
      );
    return stated;
  };

  const itemEntity = (field: Field): DraftEntity | undefined => {
    const reading = readType(field.type);
    const target = reading.kind === "array" ? readType(reading.items) : reading;
    const name = reading.kind === "array" ? reading.items : field.type;
    return target.kind === "name" || target.kind === "unknown" ? find(name) : undefined;
  };

  const ofShapeAt = (shape: Shape, use: Use, entity: DraftEntity | undefined, depth: number): Schema => {
    if (depth > MAX_DEPTH) return {};
    if (shape.kind === "scalar") return ofType(shape.type, use, "body", "", shape.type, null);
    if (shape.kind === "array") return { type: "array", items: ofShapeAt(shape.items, use, entity, depth + 1) };
    if (entity && sameFields(shape.fields, entity, use)) return ofEntity(entity, use);
    return objectSchema(
      shape.fields.map((field) => [field.name, ofShapeField(field, use, entity, depth), !field.optional]),
      "",
    );
  };

  const sameFields = (fields: ShapeField[], entity: DraftEntity, use: Use): boolean => {
    const expected = shown(entity).filter((field) => use === "response" || !isReadOnly(entity, field));
    if (expected.length !== fields.length || (use === "request" && expected.length !== shown(entity).length))
      return false;
    return expected.every((field) => {
      const twin = fields.find((candidate) => candidate.name === field.name);
      return twin !== undefined && twin.optional === !field.required && sameType(twin, field, entity);
    });
  };

  const sameType = (twin: ShapeField, field: Field, entity: DraftEntity): boolean => {
    if (twin.shape.kind !== "scalar") return itemEntity(field) !== undefined;
    if (isBare(twin.shape.type)) return true;
    const { type, $ref } = ofField(entity, field);
    const stated = ofType(twin.shape.type, "response", entity.name, field.name, "", null);
    return stated.type === type && stated.$ref === $ref;
  };

  return {
    ofShape: (shape, use, entity) => ofShapeAt(shape, use, entity, 0),
    ofShapeField: (field, use, entity) => ofShapeField(field, use, entity),
    ofEntity,
    partial: (entity) => {
      const { required: _required, ...schema } = entitySchema(entity, "request");
      return { ...schema, minProperties: 1 };
    },
    idOf,
    find,
    components: () => {
      const built: Record<string, Schema> = {};
      // Building one component can name further ones, which the map then yields too.
      for (const [name, build] of named) built[name] = build();
      return built;
    },
  };
}

/** Fields that a document shows: what keeps a password, and what the PRD says is never exposed, stays inside. */
function shown(entity: DraftEntity): Field[] {
  return entity.fields.filter(({ name, description }) => !isStoredSecret(name) && !isHidden(description));
}

function isHidden(description: string): boolean {
  return /\b(?:never|not) (?:be )?(?:exposed|returned|shown)\b|\bwrite-?only\b/i.test(description);
}

/** Whether the server sets a field: its id, its times, what the PRD says so of, and a state that transitions set. */
export function isReadOnly(entity: DraftEntity, field: Field): boolean {
  const machine = entity.state_machine;
  return (
    isServerSet(field.name, field.description) || (machine?.field === field.name && machine.transitions.length > 0)
  );
}

function objectSchema(properties: [name: string, schema: Schema, required: boolean][], description: string): Schema {
  const required = properties.filter(([, , needed]) => needed).map(([name]) => name);
  return {
    type: "object",
    ...(description ? { description } : {}),
    ...(required.length > 0 ? { required: [...new Set(required)] } : {}),
    // Nothing said of its properties is not the same as having none.
    ...(properties.length > 0
      ? { properties: Object.fromEntries(properties.map(([name, schema]) => [name, schema])) }
      : {}),
  };
}

function withLimits(schema: Schema, twin: Field | undefined, note: string): Schema {
  return { ...schema, ...constraintsOf(`${twin?.description ?? ""} ${note}`, schema) };
}

function nullable(schema: Schema, note: string): Schema {
  return typeof schema.type === "string" && schema.enum === undefined && /\bnullable\b/i.test(note)
    ? { ...schema, type: [schema.type, "null"] }
    : schema;
}

function singularName(name: string): string {
  return matchKey(name).replaceAll("-", "_");
}

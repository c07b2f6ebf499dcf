import { compileSchema } from "../../lib/json-schema.ts";
import type { BoundaryCheck } from "../../model/boundary.ts";
import { isRecord } from "../document.ts";
import { ExactNumber, numberMark } from "../exact-json.ts";
import { isTemplate } from "../flow/template.ts";
import type { Operation } from "../operation.ts";
import { stateFields } from "../session/candidates.ts";
import type { TestSystem } from "../session/session.ts";
import { credentialByName, withValue } from "../session/slots.ts";
import { type Field, isNullable, keyword, numberOf, typesOf, valuesOf } from "./field.ts";
import { bodyFields } from "./pairs.ts";

export type Topic = Exclude<BoundaryCheck["topic"], "contract" | "page">;

/** A change of one place of a body. */
export interface Edit {
  path: (string | number)[];
  /** As `damageOf` compares it; undefined leaves the property out. */
  value: unknown;
}

/** Several places of a body changed at once, all about the same topic. */
export interface Variant {
  topic: Topic;
  edits: Edit[];
}

/** A place in a body and what the contract says of it. */
interface Leaf {
  path: (string | number)[];
  field: Field;
  value: unknown;
}

const TEXTS = [
  "Zo\u00eb \ud83d\udc69\u200d\ud83d\ude80 \u05e9\u05dc\u05d5\u05dd e\u0301\nline two",
  "Zo\u00eb \ud83d\ude80 \u05e9",
  "Zo\u00eb",
];
const INSTANTS = ["2031-03-29T23:30:00+02:00", "2031-01-01T00:30:00Z"];
const DATES = ["2028-02-29", "2031-01-01"];
const DECIMALS = ["19.99", "0.30000000000000004", "1234567.89"];
const INTEGERS = ["9007199254740993", "2147483648", "2147483647"];

/** The bodies to try instead of a template's own, each valid by the contract; the first is the template as it is. */
export function variantsOf(system: TestSystem, operation: Operation, template: unknown): Variant[] {
  const fields = new Map(bodyFields(operation).map((field) => [field.key, field]));
  const skipped = stateFields(system, operation);
  const leaves = leavesOf(template, fields, [], "").filter(
    ({ value, field }) => !isTemplate(value) && credentialByName(field.name) === null && !skipped.has(field.name),
  );
  const fits = (edit: Edit, leaf: Leaf) => isValid(operation, template, edit, leaf);
  const each = (topic: Topic, values: (leaf: Leaf) => unknown[]): Variant[] => {
    const choices = leaves.map((leaf) => ({
      leaf,
      values: values(leaf).filter((value) => fits({ path: leaf.path, value }, leaf)),
    }));
    const most = Math.max(0, ...choices.map((choice) => choice.values.length));
    return Array.from({ length: most }, (_, index) => ({
      topic,
      edits: choices.flatMap(({ leaf, values: own }) =>
        own.length === 0 ? [] : [{ path: leaf.path, value: own[Math.min(index, own.length - 1)] }],
      ),
    }));
  };
  return [
    { topic: "value", edits: [] },
    ...each("number", numbersFor),
    ...each("time", timesFor),
    ...each("text", textsFor),
    ...each("enum", ({ field }) => (valuesOf(field) ?? []).slice(0, 8)),
    ...each("empty", ({ field }) => (isNullable(field) ? [null] : [])),
    ...each("empty", ({ field, path }) => (path.length === 1 && !field.required ? [undefined] : [])),
    ...each("empty", (leaf) => (isFreeText(leaf) ? [""] : [])),
  ];
}

function leavesOf(value: unknown, fields: ReadonlyMap<string, Field>, path: (string | number)[], key: string): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, fields, [...path, index], key));
  if (isRecord(value))
    return Object.entries(value).flatMap(([name, inner]) => {
      const own = name.toLowerCase().replace(/[^a-z0-9]/g, "");
      return leavesOf(inner, fields, [...path, name], key === "" ? own : `${key}.${own}`);
    });
  const field = fields.get(key);
  return field === undefined || typeof path.at(-1) === "number" ? [] : [{ path, field, value }];
}

function numbersFor({ field }: Leaf): unknown[] {
  const types = typesOf(field);
  if (valuesOf(field) !== undefined) return [];
  if (types.has("number")) return DECIMALS.map((text) => new ExactNumber(text));
  if (types.has("integer")) {
    const format = keyword(field, "format");
    // Beyond 2^53 only what the contract calls 64-bit is sure to be kept (RFC 8259, section 6).
    const usable = format === "int64" ? INTEGERS : format === "int32" ? INTEGERS.slice(2) : INTEGERS.slice(1);
    return usable.slice(0, 1).map((text) => new ExactNumber(text));
  }
  const pattern = keyword(field, "pattern");
  const isDecimal = keyword(field, "format") === "decimal" || (typeof pattern === "string" && /\\d|0-9/.test(pattern));
  return types.has("string") && isDecimal ? ["19.99", "1234567.89"] : [];
}

function timesFor({ field }: Leaf): unknown[] {
  const format = keyword(field, "format");
  return format === "date-time" ? INSTANTS : format === "date" ? DATES : [];
}

function isFreeText({ field }: Leaf): boolean {
  const says = ["format", "pattern", "enum", "const", "x-references"].some((key) => keyword(field, key) !== undefined);
  return typesOf(field).has("string") && !says && !/(id|uuid|url|uri|code|sku|email|phone)$/i.test(field.name);
}

function textsFor(leaf: Leaf): unknown[] {
  if (!isFreeText(leaf)) return [];
  const most = numberOf(leaf.field, "maxLength") ?? Number.POSITIVE_INFINITY;
  return TEXTS.filter((text) => text.length <= most).slice(0, 1);
}

/** Whether the body is still what the contract allows, at that place. */
function isValid(operation: Operation, template: unknown, { path, value }: Edit, { field }: Leaf): boolean {
  if (value === undefined) return !field.required;
  const plain = value instanceof ExactNumber ? Number(value.text) : value;
  const before = faultsAt(operation, template, path);
  return faultsAt(operation, withValue(template, path, plain), path) <= before;
}

function faultsAt({ body, document }: Operation, value: unknown, path: readonly (string | number)[]): number {
  const pointer = `/${path.join("/")}`;
  return compileSchema(body?.schema, document)(value).filter((fault) => fault.pointer.startsWith(pointer)).length;
}

/** A body template with a variant's values in it; numbers are marked (see `withNumbers`). */
export function edited(template: unknown, edits: readonly Edit[]): unknown {
  return edits.reduce(
    (body, { path, value }) => withValue(body, path, value instanceof ExactNumber ? numberMark(value.text) : value),
    template,
  );
}

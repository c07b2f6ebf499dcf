import { compileSchema, type ValueCheck } from "../../lib/json-schema.ts";
import { bareType, isJsonType } from "../../lib/media.ts";
import { sampleOf } from "../../lib/schema-sample.ts";
import type { ContractTestCase } from "../../model/contract.ts";
import { child, entriesAt, type Source } from "../breaking/source.ts";
import { isJson, type Json, objectAt } from "../document.ts";
import { shapeAt, typesOf } from "../exchange/deserialize.ts";
import { formFields, readForm } from "../exchange/form.ts";
import type { HttpOperation } from "../exchange/operations.ts";
import { ABSENT } from "./part.ts";

type Parts = NonNullable<ContractTestCase["request"]["parts"]>;

/** The body that the cases of an operation send. */
export interface Body {
  type: string;
  schema: unknown;
  required: boolean;
  check: ValueCheck;
  /** How the parts of a multipart body are written, where that is not as text. */
  parts: Parts | undefined;
  /** Whether a value that is meant to be valid, or not, still is when the server has read it. */
  survives(value: unknown, valid: boolean): boolean;
}

const FORM = "application/x-www-form-urlencoded";
const MULTIPART = "multipart/form-data";

/** JSON first, forms next; undefined when there is no body. A string: why none can be made. */
export function bodyOf(source: Source, { operation }: HttpOperation): Body | string | undefined {
  const { document } = source;
  const holder = child(source, operation, "requestBody");
  const content = entriesAt(holder.node, "content");
  if (content.length === 0) return undefined;
  const types = content.map(([type]) => type);
  const find = (wanted: string) => types.find((one) => bareType(one) === wanted);
  const type = types.find(isJsonType) ?? find(FORM) ?? find(MULTIPART) ?? find("*/*");
  const required = holder.node.required === true;
  if (type === undefined) return required ? `bodies of ${types.join(", ")} are not made` : undefined;
  const { node } = source.resolve(Object.fromEntries(content)[type], "");
  const schema = node.schema ?? {};
  const check = compileSchema(schema, document, "request");
  const isForm = [FORM, MULTIPART].includes(bareType(type));
  return {
    type: type === "*/*" ? "application/json" : type,
    schema,
    required,
    check,
    parts: bareType(type) === MULTIPART ? partsOf(schema, node, document) : undefined,
    survives(value, valid) {
      if (!isForm) return true;
      return isJson(value) && (check(readForm(formFields(value), schema, document)).length === 0) === valid;
    },
  };
}

/** A valid value of a body, or ABSENT when none could be made. */
export function sampleBody({ schema, check, survives }: Body, root: unknown): unknown {
  for (const [seed, examples] of [
    [0, true],
    [1, false],
    [2, false],
    [3, false],
  ] as const) {
    const value = sampleOf(schema, root, seed, { request: true, examples });
    if (check(value).length === 0 && survives(value, true)) return value;
  }
  return ABSENT;
}

/** Files and JSON among the properties of a multipart body (OpenAPI 3.1, 4.8.15). */
function partsOf(schema: unknown, media: Json, root: unknown): Parts {
  const { properties } = shapeAt(schema, root);
  const encoding = objectAt(media, "encoding");
  return Object.fromEntries(
    Object.entries(isJson(properties) ? properties : {}).flatMap(([name, property]) => {
      const part = partOf(name, property, objectAt(encoding, name).contentType, root);
      return part ? [[name, part]] : [];
    }),
  );
}

function partOf(name: string, property: unknown, stated: unknown, root: unknown): Parts[string] | undefined {
  const shape = shapeAt(property, root);
  const inner = shape.type === "array" ? shapeAt(shape.items ?? {}, root) : shape;
  const isFile = ["binary", "byte"].includes(String(inner.format)) || typeof inner.contentMediaType === "string";
  const own = isFile ? String(inner.contentMediaType ?? "application/octet-stream") : undefined;
  const [first = ""] = typeof stated === "string" ? stated.split(",") : [];
  const type = concrete(first.trim()) || own;
  if (type !== undefined && type !== "")
    return isFile ? { content_type: type, filename: name } : { content_type: type };
  return typesOf(inner, root).includes("object") ? { content_type: "application/json" } : undefined;
}

const EXAMPLES: Record<string, string> = { "image/*": "image/png", "text/*": "text/plain", "audio/*": "audio/mpeg" };

function concrete(type: string): string {
  return type.includes("*") ? (EXAMPLES[type] ?? "application/octet-stream") : type;
}

import type { ErrorObject, ValidateFunction } from "ajv";
import { messageOf } from "../lib/errors.ts";
import { faultFrom } from "../lib/json-schema.ts";
import { atPointer, pointerPart } from "../lib/json-schema-bundle.ts";
import { compilePattern } from "../lib/pattern.ts";
import type { ContractFault } from "../model/contract.ts";

export type Json = Record<string, unknown>;

export function isJson(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** An object at a key, or an empty one. */
export function objectAt(value: unknown, key: string): Json {
  const inner = isJson(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isJson(inner) ? inner : {};
}

export const MAX_DEPTH = 300;

/** Whether a document is nested deeper than `MAX_DEPTH`; goes no deeper than that itself, so that any depth is safe. */
export function isTooDeep(document: unknown, left = MAX_DEPTH): boolean {
  if (left < 0) return true;
  if (Array.isArray(document)) return document.some((inner) => isTooDeep(inner, left - 1));
  if (!isJson(document)) return false;
  for (const key in document) if (isTooDeep(document[key], left - 1)) return true;
  return false;
}

/** Keywords below which keys are names that somebody chose, not keywords. */
export const NAMED: ReadonlySet<string> = new Set([
  ..."properties patternProperties dependentSchemas $defs definitions schemas paths webhooks pathItems responses".split(
    " ",
  ),
  ..."parameters headers requestBodies examples securitySchemes callbacks links content encoding variables".split(" "),
  ..."channels messages operations servers messageTraits operationTraits replies serverVariables".split(" "),
]);
/** Keywords that hold data, in which nothing is a reference. */
const DATA = new Set(["example", "examples", "default", "const", "enum", "value"]);

/** Every object of a document that stands where keywords count, with its JSON pointer. */
export function nodesOf(value: unknown, pointer = "", named = false): PlacedNode[] {
  const found: PlacedNode[] = [];
  gather(found, value, pointer, named);
  return found;
}

export interface PlacedNode {
  node: Json;
  pointer: string;
}

/** Into one list: generators inside each other cost a large document half a second. */
function gather(found: PlacedNode[], value: unknown, pointer: string, named: boolean): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      if (typeof item === "object") gather(found, item, pointer + pointerPart(index), false);
    return;
  }
  if (!isJson(value)) return;
  if (!named) found.push({ node: value, pointer });
  for (const key in value) {
    const inner = value[key];
    if (inner === null || typeof inner !== "object") continue;
    if (!named && (DATA.has(key) || key.startsWith("x-"))) continue;
    gather(found, inner, pointer + pointerPart(key), !named && NAMED.has(key) && !Array.isArray(inner));
  }
}

/** References that leave the document, lead nowhere, or lead only to each other. */
export function referenceFaults(document: Json, nodes = nodesOf(document)): ContractFault[] {
  const faults: ContractFault[] = [];
  const problems = new Map<string, string | undefined>();
  for (const { node, pointer } of nodes) {
    if (typeof node.$ref !== "string") continue;
    const problem = problems.has(node.$ref) ? problems.get(node.$ref) : referenceProblem(document, node.$ref);
    problems.set(node.$ref, problem);
    if (problem) faults.push({ pointer: `${pointer}/$ref`, message: `${node.$ref.slice(0, 200)} ${problem}` });
  }
  return faults;
}

/** Patterns that are no regular expressions. */
export function patternFaults(nodes: readonly PlacedNode[]): ContractFault[] {
  const patterned = nodes.filter(({ node }) => "pattern" in node || "patternProperties" in node);
  return patterned.flatMap(({ node, pointer }) => {
    const patterns = [
      ...(typeof node.pattern === "string" ? [{ pattern: node.pattern, at: `${pointer}/pattern` }] : []),
      ...Object.keys(objectAt(node, "patternProperties")).map((pattern) => ({
        pattern,
        at: `${pointer}/patternProperties${pointerPart(pattern)}`,
      })),
    ];
    return patterns.flatMap(({ pattern, at }) => {
      try {
        compilePattern(pattern);
        return [];
      } catch (cause) {
        return [{ pointer: at, message: messageOf(cause).slice(0, 200) }];
      }
    });
  });
}

function referenceProblem(document: Json, reference: string): string | undefined {
  let next = reference;
  for (let steps = 0; steps < 50; steps += 1) {
    if (!next.startsWith("#")) return "leads out of the document; a contract must be whole in itself";
    const target = atPointer(document, decode(next.slice(1)));
    if (target === undefined) return "does not exist";
    if (!isJson(target) || typeof target.$ref !== "string" || Object.keys(target).length > 1) return undefined;
    next = target.$ref;
  }
  return "leads only to other references";
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** The object itself, or what its local reference leads to. */
export function resolved(document: Json, value: unknown): Json {
  let current = value;
  for (let steps = 0; steps < 50 && isJson(current) && typeof current.$ref === "string"; steps += 1)
    current = atPointer(document, decode(current.$ref.slice(1)));
  return isJson(current) ? current : {};
}

/** What the specification's own JSON Schema has against a document: the closest errors, not those that follow from them. */
export function structureFaults(validate: ValidateFunction, document: Json): ContractFault[] {
  if (validate(document)) return [];
  const errors = (validate.errors ?? []).filter((error) => !isNoise(error));
  const direct = errors.filter(({ keyword }) => !FOLLOWING.has(keyword)).map(({ instancePath }) => `${instancePath}/`);
  const explained = ({ keyword, instancePath, params }: ErrorObject) => {
    if (keyword !== "unevaluatedProperties") return direct.some((other) => other.startsWith(`${instancePath}/`));
    const property = `${instancePath}${pointerPart(String(params.unevaluatedProperty))}/`;
    return direct.some((other) => other === `${instancePath}/` || other.startsWith(property));
  };
  const closest = errors.filter((error) => !FOLLOWING.has(error.keyword) || !explained(error));
  const faults = (closest.length > 0 ? closest : (validate.errors ?? [])).slice(0, 1000).map(faultFrom);
  const byPlace = new Map<string, ContractFault>();
  for (const { pointer, message } of faults) if (!byPlace.has(pointer)) byPlace.set(pointer, { pointer, message });
  return [...byPlace.values()].slice(0, 50);
}

/** Keywords that fail because something inside failed. */
const FOLLOWING = new Set(["oneOf", "anyOf", "not", "unevaluatedProperties"]);

function isNoise({ keyword, params }: ErrorObject): boolean {
  return keyword === "if" || (keyword === "required" && params.missingProperty === "$ref");
}

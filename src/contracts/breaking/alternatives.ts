import { isJson, type Json } from "../document.ts";
import { own, type Part, referenceName, type Source } from "./source.ts";

export interface Alternative {
  part: Part;
  /** The name of what it refers to in the end, if it is a reference. */
  name: string | undefined;
  /** What it is, or refers to. */
  target: Part["node"];
}

/** A oneOf or anyOf with its alternatives, null left out. */
export interface Choice {
  kind: "oneOf" | "anyOf";
  alternatives: Alternative[];
  /** Whether one of the alternatives is null alone. */
  hasNull: boolean;
  /** The schema around it without the choice. */
  around: Part;
}

const MAX_ALTERNATIVES = 1000;
const SILENT = new Set(["title", "description", "$comment", "deprecated", "example", "examples", "externalDocs"]);

/** Whether a keyword says nothing of which values fit. */
function isSilent(key: string): boolean {
  return SILENT.has(key) || (key.startsWith("x-") && key !== "x-extensible-enum");
}

/** The choice that a schema's oneOf or anyOf offers. Choices of bare types or constants become one schema that says so. */
export function choiceOf(source: Source, node: Json, at: string, kind: "oneOf" | "anyOf"): Choice | undefined {
  const list = own(node, kind);
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const found: Alternative[] = [];
  let hasNull = false;
  const take = (raw: unknown, place: string, depth: number) => {
    if (typeof raw !== "boolean" && !isJson(raw)) return;
    const { node: target, at: there } = isJson(raw) ? source.resolve(raw, place) : { node: {}, at: place };
    const inner = own(target, kind);
    const bare = Object.keys(target).every((key) => key === kind || isSilent(key));
    if (isJson(raw) && isOnlyNull(target)) hasNull = true;
    else if (Array.isArray(inner) && bare && depth < 5)
      for (const [index, each] of inner.entries()) take(each, `${there}/${kind}/${index}`, depth + 1);
    else if (found.length < MAX_ALTERNATIVES)
      found.push({
        part: { node: raw, at: place },
        name: referenceName(raw) === undefined ? undefined : lastName(there),
        target: isJson(raw) ? target : raw,
      });
  };
  for (const [index, each] of list.entries()) take(each, `${at}/${kind}/${index}`, 0);
  const simple = simplified(node, kind, found);
  const alternatives = simple
    ? [{ part: { node: simple, at: `${at}/${kind}` }, name: undefined, target: simple }]
    : found;
  return { kind, alternatives, hasNull, around: { node: without(node, kind), at } };
}

function lastName(pointer: string): string {
  return referenceName({ $ref: pointer }) ?? pointer;
}

function isOnlyNull(node: Json): boolean {
  if (node.type === "null" || (Object.hasOwn(node, "const") && node.const === null)) return true;
  return Array.isArray(node.enum) && node.enum.length > 0 && node.enum.every((value) => value === null);
}

const memo = new WeakMap<Json, Map<string, Json>>();

/** The same object for the same question, so that comparisons can be remembered. */
function remembered(node: Json, key: string, make: () => Json): Json {
  const known = memo.get(node) ?? new Map<string, Json>();
  memo.set(node, known);
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}

function without(node: Json, kind: string): Json {
  return remembered(node, kind, () => Object.fromEntries(Object.entries(node).filter(([key]) => key !== kind)));
}

/** `anyOf: [{type: a}, {type: b}]` is `type: [a, b]`; `oneOf: [{const: a}, {const: b}]` is `enum: [a, b]`. */
function simplified(node: Json, kind: string, found: readonly Alternative[]): Json | undefined {
  if (found.length < 2) return undefined;
  const nodes = found.flatMap(({ part }) => (isJson(part.node) ? [part.node] : []));
  const only = (keys: string[]) =>
    nodes.length === found.length &&
    nodes.every((each) => Object.keys(each).every((key) => isSilent(key) || keys.includes(key)));
  if (only(["type"]) && nodes.every((each) => typeof each.type === "string"))
    return remembered(node, `${kind} types`, () => ({ type: nodes.map((each) => each.type) }));
  const listed = nodes.every((each) => Object.hasOwn(each, "const") || Array.isArray(each.enum));
  if (only(["const", "enum", "type"]) && listed)
    return remembered(node, `${kind} values`, () => ({
      enum: nodes.flatMap((each) => (Object.hasOwn(each, "const") ? [each.const] : [each.enum].flat())),
    }));
  return undefined;
}

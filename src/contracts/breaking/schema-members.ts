import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { sunsetOf } from "./deprecation.ts";
import type { Expansion, Found, Pair, SchemaGraph } from "./schema-types.ts";
import type { Shape } from "./shape.ts";
import { isTelling, looksEqual, namesAlike } from "./similarity.ts";
import type { Part } from "./source.ts";

/** A property as one side of the traffic sees it. */
interface Member {
  name: string;
  parts: Part[];
  shape: Shape;
  required: boolean;
  /** Whether it never travels this way: read-only in requests, write-only in responses. */
  hidden: boolean;
}

/** Compare the properties of two objects. */
export function memberChanges(graph: SchemaGraph, pair: Pair, old: Shape, now: Shape): Expansion {
  const { direction } = pair;
  const hides = (shape: Shape) => (direction === "request" ? shape.readOnly : shape.writeOnly);
  const member = (of: Shape, shapeOf: SchemaGraph["oldShape"], name: string): Member | undefined => {
    const parts = of.properties.get(name);
    if (!parts) return undefined;
    const shape = shapeOf(parts);
    return { name, parts, shape, required: of.required.has(name), hidden: hides(shape) };
  };
  const expansion: Expansion = { found: [], children: [] };
  const gone: Member[] = [];
  const come: Member[] = [];
  for (const [name, parts] of old.properties) {
    const others = now.properties.get(name);
    if (others && old.required.has(name) === now.required.has(name) && graph.isSame(parts, others)) continue;
    const before = member(old, graph.oldShape, name);
    const after = member(now, graph.newShape, name);
    if (before && after) kept(graph, pair, before, after, expansion);
    else if (before) gone.push(before);
  }
  for (const name of now.properties.keys()) {
    const after = old.properties.has(name) ? undefined : member(now, graph.newShape, name);
    if (after) come.push(after);
  }
  const at = (of: Shape, name: string) => `${of.at}/properties${pointerPart(name)}`;
  for (const before of [...gone]) {
    if (before.hidden || before.shape.deprecated) continue;
    const after =
      come.find((other) => couldBe(before, other) && namesAlike(before.name, other.name)) ??
      onlyTwin(before, gone, come);
    if (!after) continue;
    gone.splice(gone.indexOf(before), 1);
    come.splice(come.indexOf(after), 1);
    expansion.found.push({
      aspect: "property-renamed",
      property: before.name,
      told: `is now called \`${after.name}\``,
      at: after.parts[0]?.at ?? at(now, after.name),
      before: before.name,
      after: after.name,
    });
    expansion.children.push({ pair: graph.pair(before.parts, after.parts, direction), step: after.name });
  }
  for (const each of gone) removed(graph, pair, each, now, expansion, each.parts[0]?.at ?? at(old, each.name));
  for (const each of come) added(graph, pair, each, old, expansion, each.parts[0]?.at ?? at(now, each.name));
  patterns(graph, pair, old, now, expansion);
  return expansion;
}

function couldBe(before: Member, after: Member): boolean {
  return before.required === after.required && before.hidden === after.hidden && looksEqual(before.parts, after.parts);
}

/** The one new property that looks the same, when its look tells it apart. */
function onlyTwin(before: Member, gone: readonly Member[], come: readonly Member[]): Member | undefined {
  if (!isTelling(before.parts)) return undefined;
  const twins = come.filter((other) => couldBe(before, other));
  const rivals = gone.filter((other) => other !== before && looksEqual(before.parts, other.parts));
  return twins.length === 1 && rivals.length === 0 ? twins[0] : undefined;
}

function kept(
  graph: SchemaGraph,
  { direction }: Pair,
  before: Member,
  after: Member,
  { found, children }: Expansion,
): void {
  const { name } = before;
  const at = after.parts[0]?.at ?? after.shape.at;
  const tell = (aspect: Found["aspect"], told: string) => found.push({ aspect, property: name, told, at });
  visibility(before, after, direction, tell);
  if (before.hidden || after.hidden) {
    if (before.hidden && !after.hidden && after.required && direction === "request")
      tell("required-property-added", "must be given now that it is not read-only any more");
    return;
  }
  if (!before.required && after.required) tell("property-became-required", "is required now");
  if (before.required && !after.required) tell("property-became-optional", "is not required any more");
  deprecation(before, after, tell);
  children.push({ pair: graph.pair(before.parts, after.parts, direction), step: name });
}

type Tell = (aspect: Found["aspect"], told: string) => void;

function visibility(before: Member, after: Member, direction: Pair["direction"], tell: Tell): void {
  const [was, is] = [before.shape, after.shape];
  if (was.readOnly !== is.readOnly)
    tell(
      is.readOnly ? "property-became-read-only" : "property-became-not-read-only",
      is.readOnly ? "is read-only now" : "is not read-only any more",
    );
  if (was.writeOnly === is.writeOnly) return;
  const missed = is.writeOnly && before.required && direction === "response";
  if (is.writeOnly)
    tell(missed ? "required-property-became-write-only" : "property-became-write-only", "is write-only now");
  else tell("property-became-not-write-only", "is not write-only any more");
}

function deprecation(before: Member, after: Member, tell: Tell): void {
  const [was, is] = [before.shape, after.shape];
  if (!was.deprecated && is.deprecated) tell("property-deprecated", "is deprecated");
  if (was.deprecated && !is.deprecated) tell("property-reactivated", "is not deprecated any more");
  if (!was.deprecated || !is.deprecated) return;
  const [from, to] = [sunsetOf(was.sunset), sunsetOf(is.sunset)];
  if (from.kind !== "date") return;
  if (to.kind !== "date" || to.time < from.time)
    tell("property-sunset-moved-forward", "ends earlier than announced, or without a date");
}

function removed(
  graph: SchemaGraph,
  pair: Pair,
  before: Member,
  now: Shape,
  { found, children }: Expansion,
  at: string,
): void {
  const tell = (aspect: Found["aspect"], told: string) =>
    found.push({ aspect, property: before.name, told, at, before: before.name });
  if (before.hidden) return;
  // It was never declared, only demanded.
  if (before.parts.length === 0) {
    tell("property-became-optional", "is not required any more");
    return;
  }
  const { direction } = pair;
  const matching = [...now.patternProperties]
    .filter(([pattern]) => matches(pattern, before.name))
    .flatMap(([, parts]) => parts);
  const stillAllowed = matching.length > 0 ? matching : now.closed ? [] : now.additional;
  if (stillAllowed.length > 0 && !(direction === "response" && before.required)) {
    children.push({ pair: graph.pair(before.parts, stillAllowed, direction), step: before.name });
    if (direction === "request") return;
  }
  if (before.shape.deprecated) {
    const sunset = sunsetOf(before.shape.sunset);
    const due = sunset.kind === "none" || (sunset.kind === "date" && sunset.time <= graph.now.getTime());
    return void tell(
      due ? "property-removed-after-deprecation" : "property-removed-before-sunset",
      due ? "is gone after its deprecation" : "is gone before its sunset",
    );
  }
  if (direction === "request")
    tell(now.closed ? "property-forbidden" : "property-removed", now.closed ? "is gone and refused" : "is gone");
  else tell(before.required ? "required-property-removed" : "property-removed", "is gone");
}

function added(
  graph: SchemaGraph,
  pair: Pair,
  after: Member,
  old: Shape,
  { found, children }: Expansion,
  at: string,
): void {
  if (after.hidden) return;
  const aspect = after.required ? "required-property-added" : "optional-property-added";
  found.push({
    aspect,
    property: after.name,
    told: after.required ? "is new and required" : "is new",
    at,
    after: after.name,
  });
  // What was taken as an undeclared property is a declared one now.
  if (old.additional.length > 0 && !old.closed)
    children.push({ pair: graph.pair(old.additional, after.parts, pair.direction), step: after.name });
}

function patterns(
  graph: SchemaGraph,
  { direction }: Pair,
  old: Shape,
  now: Shape,
  { found, children }: Expansion,
): void {
  const at = now.at || old.at;
  for (const [pattern, parts] of old.patternProperties) {
    const after = now.patternProperties.get(pattern);
    if (after) children.push({ pair: graph.pair(parts, after, direction), step: `{${pattern}}` });
    else
      found.push({
        aspect: "pattern-properties-removed",
        told: `properties like ${pattern} need not fit a schema any more`,
        at,
        before: pattern,
      });
  }
  for (const pattern of now.patternProperties.keys())
    if (!old.patternProperties.has(pattern))
      found.push({
        aspect: "pattern-properties-added",
        told: `properties like ${pattern} must fit a schema now`,
        at,
        after: pattern,
      });
}

/** Only plain patterns are tried: a stranger's pattern could take for ever. */
function matches(pattern: string, name: string): boolean {
  if (/[+*{(|]/.test(pattern.replace(/\.[*+]$|\.[*+]\$$/, ""))) return false;
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return false;
  }
}

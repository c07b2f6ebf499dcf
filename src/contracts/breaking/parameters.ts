import { isJson, type Json } from "../document.ts";
import { type Comparison, type Placed, schemaAt, type Where } from "./comparison.ts";
import { removalOf, sunsetOf } from "./deprecation.ts";
import type { SchemaPlace } from "./places.ts";
import type { Shape } from "./shape.ts";
import { looksEqual, namesAlike } from "./similarity.ts";
import { entriesAt, own, type Part, type Source } from "./source.ts";

/** A parameter with what the specification says when the document does not. */
export interface Parameter extends Placed {
  name: string;
  in: string;
  required: boolean;
  style: string;
  explode: boolean;
  schema: Part[];
  /** Media type, when it is described by `content`. */
  mediaType: string | undefined;
}

/** Headers that are described elsewhere (OpenAPI 3.1, 4.8.12.1). */
const NOT_PARAMETERS = new Set(["header accept", "header content-type", "header authorization"]);
const DEFAULT_STYLE: Record<string, string> = { query: "form", cookie: "form", path: "simple", header: "simple" };

/** An operation's parameters with those of its path; path parameters are known by their position in the path. */
export function parametersOf(source: Source, item: Placed, operation: Placed, path: string): Map<string, Parameter> {
  const positions = [...path.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]);
  const found = new Map<string, Parameter>();
  for (const holder of [item, operation]) {
    const list = own(holder.node, "parameters");
    for (const [index, raw] of (Array.isArray(list) ? list : []).entries()) {
      const { node, at } = source.resolve(raw, `${holder.at}/parameters/${index}`);
      const { name, in: place } = node;
      if (typeof name !== "string" || typeof place !== "string") continue;
      const position = place === "path" ? positions.indexOf(name) : -1;
      const key = `${place} ${position >= 0 ? `#${position}` : place === "header" ? name.toLowerCase() : name}`;
      if (!NOT_PARAMETERS.has(key)) found.set(key, parameterOf(node, at, name, place));
    }
  }
  return found;
}

export function parameterOf(node: Json, at: string, name: string, place: string): Parameter {
  const style = typeof node.style === "string" ? node.style : (DEFAULT_STYLE[place] ?? "simple");
  const [media] = entriesAt(node, "content");
  return {
    node,
    at,
    name,
    in: place,
    required: node.required === true || place === "path",
    style,
    explode: typeof node.explode === "boolean" ? node.explode : style === "form",
    schema: media && isJson(media[1]) ? schemaAt({ node: media[1], at: `${at}/content` }) : schemaAt({ node, at }),
    mediaType: media?.[0],
  };
}

/** Ids of what happens to parameters that clients send. */
export function compareParameters(
  comparison: Comparison,
  where: Where,
  place: SchemaPlace,
  olds: Map<string, Parameter>,
  news: Map<string, Parameter>,
): void {
  const gone = [...olds].filter(([key]) => !news.has(key)).map(([, parameter]) => parameter);
  const come = [...news].filter(([key]) => !olds.has(key)).map(([, parameter]) => parameter);
  for (const [key, before] of olds) {
    const after = news.get(key);
    if (after && !comparison.isSame(before.node, after.node)) compareParameter(comparison, where, place, before, after);
  }
  const take = (list: Parameter[], parameter: Parameter) => list.splice(list.indexOf(parameter), 1);
  for (const before of [...gone]) {
    const moved = come.find((after) => after.name.toLowerCase() === before.name.toLowerCase());
    const renamed = come.find(
      (after) =>
        after.in === before.in &&
        after.required === before.required &&
        looksEqual(before.schema, after.schema) &&
        namesAlike(before.name, after.name),
    );
    const after = moved ?? (before.node.deprecated === true ? undefined : renamed);
    if (!after) continue;
    take(gone, before);
    take(come, after);
    if (moved && moved.in === before.in) {
      compareParameter(comparison, where, place, before, after);
      continue;
    }
    if (moved)
      comparison.tell(
        "request-parameter-location-changed",
        where,
        after.at,
        `The parameter \`${before.name}\` moved from ${before.in} to ${after.in}.`,
        before.in,
        after.in,
      );
    else
      comparison.tell(
        "request-parameter-renamed",
        where,
        after.at,
        `The ${before.in} parameter \`${before.name}\` is now called \`${after.name}\`.`,
        before.name,
        after.name,
      );
    compareParameter(comparison, where, place, before, after, true);
  }
  for (const before of gone) removed(comparison, where, before);
  for (const after of come) {
    const id = after.required ? "required-request-parameter-added" : "optional-request-parameter-added";
    comparison.tell(
      id,
      where,
      after.at,
      `The ${after.in} parameter \`${after.name}\` is new${after.required ? " and required" : ""}.`,
      undefined,
      after.name,
    );
  }
}

function removed({ tell, now }: Comparison, where: Where, before: Parameter): void {
  const told = removalOf(before.node.deprecated === true, sunsetOf(before.node["x-sunset"]), now);
  const end = { unannounced: "", announced: "-after-deprecation", early: "-before-sunset" }[told];
  const why = { unannounced: "", announced: " after its deprecation", early: " before its sunset" }[told];
  tell(
    `request-parameter-removed${end}`,
    where,
    before.at,
    `The ${before.in} parameter \`${before.name}\` is gone${why}.`,
    before.name,
  );
}

function compareParameter(
  comparison: Comparison,
  where: Where,
  place: SchemaPlace,
  before: Parameter,
  after: Parameter,
  told = false,
): void {
  const { tell } = comparison;
  const what = `${after.in} parameter \`${after.name}\``;
  const say = (id: string, happened: string, from?: unknown, to?: unknown) =>
    tell(id, where, after.at, `The ${what} ${happened}.`, from, to);
  if (after.in === "path" && before.name !== after.name && !told)
    tell(
      "path-parameter-renamed",
      where,
      after.at,
      `The path parameter \`${before.name}\` is now called \`${after.name}\`.`,
      before.name,
      after.name,
    );
  if (!before.required && after.required) say("request-parameter-became-required", "is required now", false, true);
  if (before.required && !after.required)
    say("request-parameter-became-optional", "is not required any more", true, false);
  if (before.mediaType !== after.mediaType)
    say(
      "request-parameter-media-type-changed",
      `is written as ${after.mediaType ?? after.style}, not ${before.mediaType ?? before.style}`,
      before.mediaType,
      after.mediaType,
    );
  else if (before.in === after.in && isWrittenDifferently(comparison, before, after))
    say(
      "request-parameter-style-changed",
      `is written with ${styleText(after)}, not ${styleText(before)}`,
      styleText(before),
      styleText(after),
    );
  if (before.in === "query" && after.in === "query") {
    const flags = [
      ["allowEmptyValue", "request-parameter-empty-value", "without a value"],
      ["allowReserved", "request-parameter-reserved-characters", "with reserved characters as they are"],
    ] as const;
    for (const [key, id, how] of flags) {
      const [was, is] = [before.node[key] === true, after.node[key] === true];
      if (was !== is)
        say(`${id}-${is ? "allowed" : "forbidden"}`, `may ${is ? "be given" : "no longer be given"} ${how}`, was, is);
    }
  }
  deprecation(comparison, where, before, after, what);
  const { note, old, now } = asText(comparison, before, after);
  if (note !== "") say("request-parameter-type-widened", note);
  comparison.schemas(place, where, `the ${what}`, old, now);
}

/**
 * Parameters travel as text: any single value can be read as a plain string, and as a list of one where items are given
 * one by one (`?a=1&a=2`).
 */
function asText(
  { graph }: Comparison,
  before: Parameter,
  after: Parameter,
): { note: string; old: Part[]; now: Part[] } {
  const same = { note: "", old: before.schema, now: after.schema };
  const [was, is] = [graph.oldShape(before.schema), graph.newShape(after.schema)];
  const single = was.types !== null && was.types.size > 0 && [...was.types].every((type) => SINGLE.has(type));
  if (!single || is.types?.size !== 1 || was.choices.length > 0 || is.choices.length > 0) return same;
  const { minItems } = is.limits;
  if (is.types.has("string") && !was.types?.has("string") && isFreeText(is))
    return { note: "takes any text now", old: [], now: [] };
  const oneByOne = after.in === "query" && after.style === "form" && after.explode;
  if (!is.types.has("array") || !oneByOne || (minItems ?? 0) > 1 || is.tuple.length > 0) return same;
  const isFree = is.items.length === 0 || isFreeText(graph.newShape(is.items));
  return { note: "takes a list now", old: isFree ? [] : before.schema, now: isFree ? [] : is.items };
}

/** Whether any text fits that is not empty. */
function isFreeText({ types, values, format, patterns, limits }: Shape): boolean {
  const { minLength, maxLength } = limits;
  const free = values === null && format === undefined && patterns.length === 0 && maxLength === undefined;
  return types?.size === 1 && types.has("string") && free && (minLength ?? 0) < 2;
}

const SINGLE = new Set(["string", "integer", "number", "boolean"]);

/** Style and explode make no difference to a single value, but for styles that prefix it. */
export function isWrittenDifferently({ graph }: Comparison, before: Parameter, after: Parameter): boolean {
  if (before.style === after.style && before.explode === after.explode) return false;
  if (before.style !== after.style && [before, after].some(({ style }) => style === "matrix" || style === "label"))
    return true;
  return [graph.oldShape(before.schema), graph.newShape(after.schema)].some(
    ({ types, choices }) => choices.length > 0 || types === null || types.has("array") || types.has("object"),
  );
}

export function styleText({ style, explode }: Parameter): string {
  return `style ${style}, explode ${explode}`;
}

function deprecation({ tell }: Comparison, where: Where, before: Parameter, after: Parameter, what: string): void {
  const [was, is] = [before.node.deprecated === true, after.node.deprecated === true];
  if (!was && is) tell("request-parameter-deprecated", where, after.at, `The ${what} is deprecated.`);
  if (was && !is) tell("request-parameter-reactivated", where, after.at, `The ${what} is not deprecated any more.`);
  if (!was || !is) return;
  const [from, to] = [sunsetOf(before.node["x-sunset"]), sunsetOf(after.node["x-sunset"])];
  if (from.kind === "date" && (to.kind !== "date" || to.time < from.time))
    tell(
      "request-parameter-sunset-moved-forward",
      where,
      after.at,
      `The ${what} ends earlier than announced, or without a date.`,
      from.text,
      to.kind === "none" ? undefined : to.text,
    );
}

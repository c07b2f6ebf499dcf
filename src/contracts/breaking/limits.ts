import type { Json } from "../document.ts";

/** A bound of numbers. */
export interface Bound {
  value: number;
  exclusive: boolean;
}

/** Bounds of numbers, lengths and counts; undefined when there is none. */
export interface Limits {
  minimum: Bound | undefined;
  maximum: Bound | undefined;
  minLength: number | undefined;
  maxLength: number | undefined;
  minItems: number | undefined;
  maxItems: number | undefined;
  minProperties: number | undefined;
  maxProperties: number | undefined;
}

/** The bounds that hold when all of some schemas do. A lower count of 0 is none. */
export function boundsOf(nodes: readonly Json[], integers: boolean): Limits {
  const least = (key: string) => highest(numbers(nodes, key)) || undefined;
  const most = (key: string) => lowest(numbers(nodes, key));
  const lower = nodes.flatMap((node) => bounds(node, "minimum", "exclusiveMinimum"));
  const upper = nodes.flatMap((node) => bounds(node, "maximum", "exclusiveMaximum"));
  return {
    minimum: strictest(lower, 1, integers),
    maximum: strictest(upper, -1, integers),
    minLength: least("minLength"),
    maxLength: most("maxLength"),
    minItems: least("minItems"),
    maxItems: most("maxItems"),
    minProperties: least("minProperties"),
    maxProperties: most("maxProperties"),
  };
}

/** Below 0 when `a` admits more than `b`, as lower bounds (`sign` 1) or upper bounds (-1). */
export function compareBounds(a: Bound | undefined, b: Bound | undefined, sign: 1 | -1): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  return a.value === b.value ? Number(a.exclusive) - Number(b.exclusive) : sign * (a.value - b.value);
}

/** A bound in words: "above 3" or "3". */
export function boundText(bound: Bound | undefined, sign: 1 | -1): string {
  if (bound === undefined) return "none";
  return bound.exclusive ? `${sign === 1 ? "above" : "below"} ${bound.value}` : String(bound.value);
}

/** Both forms: `exclusiveMinimum: true` beside `minimum` (OpenAPI 3.0), and a number of its own (3.1). */
function bounds(node: Json, limit: string, strict: string): Bound[] {
  const found: Bound[] = [];
  const value = node[limit];
  const exclusive = node[strict];
  if (typeof value === "number") found.push({ value, exclusive: exclusive === true });
  if (typeof exclusive === "number") found.push({ value: exclusive, exclusive: true });
  return found;
}

function strictest(found: Bound[], sign: 1 | -1, integers: boolean): Bound | undefined {
  return found
    .map((bound) => (integers ? wholeNumber(bound, sign) : bound))
    .reduce<Bound | undefined>((best, bound) => (compareBounds(bound, best, sign) > 0 ? bound : best), undefined);
}

/** For whole numbers "above 0" is "1 or more". */
function wholeNumber({ value, exclusive }: Bound, sign: 1 | -1): Bound {
  const rounded = sign === 1 ? Math.ceil(value) : Math.floor(value);
  return { value: exclusive && rounded === value ? rounded + sign : rounded, exclusive: false };
}

function numbers(nodes: readonly Json[], key: string): number[] {
  return nodes.map((node) => node[key]).filter((value) => typeof value === "number");
}

function highest(values: number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

function lowest(values: number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values);
}

import { boundText, compareBounds, type Limits } from "./limits.ts";
import type { ValueAspect } from "./schema-aspects.ts";
import type { Shape } from "./shape.ts";

/** A change of one schema, without where it is. */
export interface ValueChange {
  aspect: ValueAspect;
  /** What happened, as the end of a sentence. */
  told: string;
  before?: unknown;
  after?: unknown;
}

/** Changes of the values a schema accepts, apart from what objects and lists are made of. */
export function valueChanges(old: Shape, now: Shape): ValueChange[] {
  const possible = possibility(old, now);
  if (possible) return possible;
  const types = typeChanges(old, now);
  const same = !types.some(({ aspect }) => aspect === "type-changed");
  return [
    ...types,
    ...nullChanges(old, now),
    ...(same ? [...listChanges(old, now), ...textChanges(old, now), ...limitChanges(old, now)] : []),
    ...(same ? [...stepChanges(old, now), ...ruleChanges(old, now)] : []),
    ...defaultChanges(old, now),
  ];
}

function possibility(old: Shape, now: Shape): ValueChange[] | undefined {
  if (old.impossible === now.impossible) return old.impossible ? [] : undefined;
  return now.impossible
    ? [{ aspect: "became-impossible", told: "no value is allowed any more" }]
    : [{ aspect: "became-possible", told: "values are allowed now" }];
}

function typeChanges(old: Shape, now: Shape): ValueChange[] {
  if (old.choices.length > 0 !== now.choices.length > 0 && (old.types === null || now.types === null)) return [];
  const from = text(old.types);
  const to = text(now.types);
  if (from === to) return [];
  const change = (aspect: ValueAspect): ValueChange[] => [
    { aspect, told: `the type went from ${from} to ${to}`, before: from, after: to },
  ];
  const lost = old.types === null ? now.types !== null : now.types !== null && !covers(now.types, old.types);
  const gained = now.types === null ? old.types !== null : old.types !== null && !covers(old.types, now.types);
  if (lost && gained) return change("type-changed");
  return change(lost ? "type-narrowed" : "type-widened");
}

function covers(wide: ReadonlySet<string>, narrow: ReadonlySet<string>): boolean {
  return [...narrow].every((type) => wide.has(type) || (type === "integer" && wide.has("number")));
}

function text(types: ReadonlySet<string> | null): string {
  if (types === null) return "any";
  return types.size === 0 ? "null" : [...types].sort().join(" or ");
}

function nullChanges(old: Shape, now: Shape): ValueChange[] {
  const open = (shape: Shape) => shape.types === null && shape.values === null && shape.choices.length === 0;
  if (old.nullable === now.nullable || open(old) || open(now)) return [];
  return now.nullable
    ? [{ aspect: "became-nullable", told: "null is allowed now", before: false, after: true }]
    : [{ aspect: "became-not-nullable", told: "null is not allowed any more", before: true, after: false }];
}

function listChanges(old: Shape, now: Shape): ValueChange[] {
  const { values: from } = old;
  const { values: to } = now;
  if (!from && !to) return extensibleChanges(old, now);
  if (!from) return [{ aspect: "became-enum", told: `only ${list(to)} are allowed now`, after: values(to) }];
  if (!to)
    return [{ aspect: "became-not-enum", told: `any value is allowed, not only ${list(from)}`, before: values(from) }];
  if (old.constant && now.constant && [...from.keys()].join() !== [...to.keys()].join())
    return [
      {
        aspect: "const-changed",
        told: `the value must be ${list(to)}, not ${list(from)}`,
        before: values(from)[0],
        after: values(to)[0],
      },
    ];
  return [
    ...[...from]
      .filter(([key]) => !to.has(key))
      .map(
        ([key, value]): ValueChange => ({
          aspect: "enum-value-removed",
          told: `the value ${key} is gone`,
          before: value,
        }),
      ),
    ...[...to]
      .filter(([key]) => !from.has(key))
      .map(
        ([key, value]): ValueChange => ({ aspect: "enum-value-added", told: `the value ${key} came in`, after: value }),
      ),
  ];
}

function extensibleChanges({ extensible: from }: Shape, { extensible: to }: Shape): ValueChange[] {
  if (!from || !to) return [];
  return [
    ...[...from]
      .filter((value) => !to.has(value))
      .map(
        (value): ValueChange => ({
          aspect: "extensible-enum-value-removed",
          told: `the value ${value} is gone`,
          before: value,
        }),
      ),
    ...[...to]
      .filter((value) => !from.has(value))
      .map(
        (value): ValueChange => ({
          aspect: "extensible-enum-value-added",
          told: `the value ${value} came in`,
          after: value,
        }),
      ),
  ];
}

function values(of: ReadonlyMap<string, unknown> | null): unknown[] {
  return of ? [...of.values()] : [];
}

function list(of: ReadonlyMap<string, unknown> | null): string {
  const keys = of ? [...of.keys()] : [];
  return keys.length > 8
    ? `${keys.slice(0, 8).join(", ")} and ${keys.length - 8} more`
    : keys.join(", ") || "no values";
}

/** Formats that include others: the first is accepted wherever the second is. */
const WIDER: [wide: string, narrow: string][] = [
  ["int64", "int32"],
  ["double", "float"],
  ["int64", "int16"],
  ["int32", "int16"],
  ["uri-reference", "uri"],
  ["iri", "uri"],
  ["iri-reference", "uri"],
  ["iri-reference", "uri-reference"],
  ["iri-reference", "iri"],
  ["idn-email", "email"],
  ["idn-hostname", "hostname"],
];
/** Formats that say how a value is shown, not which values there are. */
const HINTS = new Set(["password", "html", "markdown", "commonmark", "textarea", "multiline"]);

function textChanges(old: Shape, now: Shape): ValueChange[] {
  return [...formatChanges(old, now), ...patternChanges(old, now)];
}

function formatChanges(old: Shape, now: Shape): ValueChange[] {
  const from = old.format !== undefined && HINTS.has(old.format) ? undefined : old.format;
  const to = now.format !== undefined && HINTS.has(now.format) ? undefined : now.format;
  // A listed value is what it is; a format adds nothing.
  if (from === to || (old.values && now.values)) return [];
  const change = (aspect: ValueAspect): ValueChange[] => [
    { aspect, told: `the format went from ${from ?? "none"} to ${to ?? "none"}`, before: from, after: to },
  ];
  if (from === undefined) return change("format-added");
  if (to === undefined) return change("format-removed");
  // Every whole number of 32 bits is a number of double precision, and so on.
  if (text(old.types) === "integer" && text(now.types) === "number") return change("format-widened");
  if (text(old.types) === "number" && text(now.types) === "integer") return change("format-narrowed");
  if (WIDER.some(([wide, narrow]) => wide === to && narrow === from)) return change("format-widened");
  if (WIDER.some(([wide, narrow]) => wide === from && narrow === to)) return change("format-narrowed");
  return change("format-changed");
}

function patternChanges({ patterns: from }: Shape, { patterns: to }: Shape): ValueChange[] {
  const gone = from.filter((pattern) => !to.includes(pattern));
  const come = to.filter((pattern) => !from.includes(pattern));
  if (gone.length === 0 && come.length === 0) return [];
  const aspect = gone.length === 0 ? "pattern-added" : come.length === 0 ? "pattern-removed" : "pattern-changed";
  const told = `the pattern went from ${gone.join(" and ") || "none"} to ${come.join(" and ") || "none"}`;
  return [{ aspect, told, before: gone[0], after: come[0] }];
}

const COUNTS: [keyof Limits, raised: ValueAspect, lowered: ValueAspect][] = [
  ["minLength", "min-length-raised", "min-length-lowered"],
  ["maxLength", "max-length-raised", "max-length-lowered"],
  ["minItems", "min-items-raised", "min-items-lowered"],
  ["maxItems", "max-items-raised", "max-items-lowered"],
  ["minProperties", "min-properties-raised", "min-properties-lowered"],
  ["maxProperties", "max-properties-raised", "max-properties-lowered"],
];

function limitChanges({ limits: old }: Shape, { limits: now }: Shape): ValueChange[] {
  const changes: ValueChange[] = [];
  const lower = compareBounds(now.minimum, old.minimum, 1);
  const upper = compareBounds(now.maximum, old.maximum, -1);
  const told = (what: string, sign: 1 | -1, from: Limits["minimum"], to: Limits["minimum"]) => ({
    told: `the ${what} went from ${boundText(from, sign)} to ${boundText(to, sign)}`,
    before: from?.value,
    after: to?.value,
  });
  if (lower !== 0)
    changes.push({
      aspect: lower > 0 ? "minimum-raised" : "minimum-lowered",
      ...told("minimum", 1, old.minimum, now.minimum),
    });
  if (upper !== 0)
    changes.push({
      aspect: upper > 0 ? "maximum-lowered" : "maximum-raised",
      ...told("maximum", -1, old.maximum, now.maximum),
    });
  for (const [key, raised, lowered] of COUNTS) {
    const [before, after] = [old[key], now[key]];
    if (before === after || typeof before === "object" || typeof after === "object") continue;
    const open = key.startsWith("min") ? 0 : Number.POSITIVE_INFINITY;
    const aspect = (after ?? open) > (before ?? open) ? raised : lowered;
    changes.push({ aspect, told: `${key} went from ${before ?? "none"} to ${after ?? "none"}`, before, after });
  }
  return changes;
}

function stepChanges(
  { multipleOf: from, uniqueItems: was }: Shape,
  { multipleOf: to, uniqueItems: is }: Shape,
): ValueChange[] {
  const changes: ValueChange[] = [];
  if (was !== is)
    changes.push(
      is
        ? { aspect: "unique-items-added", told: "items must differ from each other now", before: was, after: is }
        : { aspect: "unique-items-removed", told: "items may be equal now", before: was, after: is },
    );
  if (from.join() === to.join()) return changes;
  const told = `multipleOf went from ${from.join(" and ") || "none"} to ${to.join(" and ") || "none"}`;
  const narrower = from.every((step) => to.some((each) => isMultiple(each, step)));
  const wider = to.every((step) => from.some((each) => isMultiple(each, step)));
  const aspect = narrower ? "multiple-of-narrowed" : wider ? "multiple-of-widened" : "multiple-of-changed";
  return [...changes, { aspect, told, before: from[0], after: to[0] }];
}

function isMultiple(value: number, step: number): boolean {
  const times = value / step;
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times));
}

/** Parts of a schema that are compared by their text. */
function ruleChanges(old: Shape, now: Shape): ValueChange[] {
  const changes: ValueChange[] = [];
  const gone = (from: ReadonlySet<string>, to: ReadonlySet<string>) => [...from].filter((each) => !to.has(each)).length;
  if (gone(now.excluded, old.excluded) > 0)
    changes.push({ aspect: "exclusion-added", told: "values are excluded by not" });
  if (gone(old.excluded, now.excluded) > 0)
    changes.push({ aspect: "exclusion-removed", told: "values are no longer excluded by not" });
  const added = gone(now.conditions, old.conditions);
  const removed = gone(old.conditions, now.conditions);
  if (added > 0 && removed > 0) changes.push({ aspect: "condition-changed", told: "a condition (if) is another one" });
  else if (added > 0) changes.push({ aspect: "condition-added", told: "there is a new condition (if)" });
  else if (removed > 0) changes.push({ aspect: "condition-removed", told: "a condition (if) is gone" });
  if (old.contains !== now.contains) {
    const aspect =
      old.contains === "" ? "contains-added" : now.contains === "" ? "contains-removed" : "contains-changed";
    changes.push({
      aspect,
      told: `what lists must contain went from ${old.contains || "nothing"} to ${now.contains || "nothing"}`,
    });
  }
  if (old.content !== now.content)
    changes.push({
      aspect: "content-changed",
      told: `the content went from ${old.content || "plain"} to ${now.content || "plain"}`,
    });
  for (const name of new Set([...old.dependencies.keys(), ...now.dependencies.keys()])) {
    const [from, to] = [old.dependencies.get(name), now.dependencies.get(name)];
    if (from === to) continue;
    const aspect =
      from === undefined ? "dependency-added" : to === undefined ? "dependency-removed" : "dependency-changed";
    changes.push({
      aspect,
      told: `what \`${name}\` demands of other properties is different`,
      before: from,
      after: to,
    });
  }
  return changes;
}

function defaultChanges({ default: from }: Shape, { default: to }: Shape): ValueChange[] {
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  const show = (value: unknown) => (value === undefined ? "none" : JSON.stringify(value).slice(0, 60));
  const aspect = from === undefined ? "default-added" : to === undefined ? "default-removed" : "default-changed";
  return [{ aspect, told: `the default went from ${show(from)} to ${show(to)}`, before: from, after: to }];
}

import type { ChangeSeverity, Direction } from "./change.ts";

/**
 * What a change does to the set of accepted values: `narrows` and `widens` it, `replaces` some by others, `unclear` when
 * that cannot be decided, `none` when the set stays.
 */
export type Effect = "narrows" | "widens" | "replaces" | "unclear" | "none";

export interface Aspect {
  effect: Effect;
  /** What happened, as the start of a sentence. */
  what: string;
  /** Where the effect alone judges wrongly, by direction. */
  verdict?: Partial<Record<Direction, { severity: ChangeSeverity; breaking: boolean }>>;
}

const HARMLESS = { severity: "info", breaking: false } as const;
const DOUBTFUL = { severity: "warning", breaking: false } as const;
const LOSS = { severity: "warning", breaking: true } as const;

/** Changes of a schema itself; the id is the place (request-body, response-property, …) and the aspect. */
export const VALUE_ASPECTS = {
  "type-changed": { effect: "replaces", what: "The type is another one" },
  "type-narrowed": { effect: "narrows", what: "Some of the types are no longer allowed" },
  "type-widened": { effect: "widens", what: "More types are allowed" },
  "became-nullable": { effect: "widens", what: "null is allowed" },
  "became-not-nullable": { effect: "narrows", what: "null is no longer allowed" },
  "became-impossible": { effect: "narrows", what: "No value is allowed any more" },
  "became-possible": { effect: "widens", what: "Values are allowed where none was" },
  "format-added": { effect: "narrows", what: "Values must have a format" },
  "format-removed": { effect: "widens", what: "Values need no format any more" },
  "format-changed": { effect: "replaces", what: "The format is another one" },
  "format-narrowed": { effect: "narrows", what: "The format is a special case of the former" },
  "format-widened": { effect: "widens", what: "The format includes the former and more" },
  "became-enum": { effect: "narrows", what: "Only listed values are allowed" },
  "became-not-enum": { effect: "widens", what: "Any value is allowed where a list was" },
  "enum-value-removed": { effect: "narrows", what: "A listed value is gone" },
  "enum-value-added": { effect: "widens", what: "A listed value came in" },
  "const-changed": { effect: "replaces", what: "The only allowed value is another one" },
  "extensible-enum-value-removed": {
    effect: "narrows",
    what: "A value of an extensible list (x-extensible-enum) is gone",
  },
  "extensible-enum-value-added": {
    effect: "widens",
    what: "A value of an extensible list (x-extensible-enum) came in, for which readers are prepared",
    verdict: { response: HARMLESS },
  },
  "pattern-added": { effect: "narrows", what: "Values must match a pattern" },
  "pattern-removed": { effect: "widens", what: "Values need not match a pattern any more" },
  "pattern-changed": { effect: "unclear", what: "The pattern is another one; what it matches cannot be compared" },
  "minimum-raised": { effect: "narrows", what: "The lowest allowed number is higher, or there is one now" },
  "minimum-lowered": { effect: "widens", what: "The lowest allowed number is lower, or there is none any more" },
  "maximum-lowered": { effect: "narrows", what: "The highest allowed number is lower, or there is one now" },
  "maximum-raised": { effect: "widens", what: "The highest allowed number is higher, or there is none any more" },
  "min-length-raised": { effect: "narrows", what: "Texts must be longer" },
  "min-length-lowered": { effect: "widens", what: "Texts may be shorter" },
  "max-length-lowered": { effect: "narrows", what: "Texts must be shorter" },
  "max-length-raised": { effect: "widens", what: "Texts may be longer" },
  "min-items-raised": { effect: "narrows", what: "Lists must have more items" },
  "min-items-lowered": { effect: "widens", what: "Lists may have fewer items" },
  "max-items-lowered": { effect: "narrows", what: "Lists must have fewer items" },
  "max-items-raised": { effect: "widens", what: "Lists may have more items" },
  "min-properties-raised": { effect: "narrows", what: "Objects must have more properties" },
  "min-properties-lowered": { effect: "widens", what: "Objects may have fewer properties" },
  "max-properties-lowered": { effect: "narrows", what: "Objects must have fewer properties" },
  "max-properties-raised": { effect: "widens", what: "Objects may have more properties" },
  "multiple-of-narrowed": { effect: "narrows", what: "Numbers must be multiples of more" },
  "multiple-of-widened": { effect: "widens", what: "Numbers need to be multiples of less" },
  "multiple-of-changed": { effect: "replaces", what: "Numbers must be multiples of something else" },
  "unique-items-added": { effect: "narrows", what: "Items of a list must differ from each other" },
  "unique-items-removed": { effect: "widens", what: "Items of a list may be equal" },
  "alternative-removed": { effect: "narrows", what: "One of the alternatives (oneOf, anyOf) is gone" },
  "alternative-added": { effect: "widens", what: "There is a new alternative (oneOf, anyOf)" },
  "alternatives-changed": { effect: "unclear", what: "Several choices (oneOf, anyOf) are combined in another way" },
  "exclusion-added": { effect: "narrows", what: "Some values are excluded (not)" },
  "exclusion-removed": { effect: "widens", what: "Values are no longer excluded (not)" },
  "condition-added": { effect: "narrows", what: "There is a new condition (if, then, else)" },
  "condition-removed": { effect: "widens", what: "A condition (if, then, else) is gone" },
  "condition-changed": { effect: "unclear", what: "A condition (if, then, else) is another one" },
  "additional-properties-forbidden": { effect: "narrows", what: "Properties that are not declared are refused" },
  "additional-properties-allowed": { effect: "widens", what: "Properties that are not declared are allowed" },
  "additional-properties-restricted": {
    effect: "narrows",
    what: "Properties that are not declared must fit a schema",
  },
  "additional-properties-unrestricted": {
    effect: "widens",
    what: "Properties that are not declared may be anything",
  },
  "pattern-properties-added": {
    effect: "narrows",
    what: "Properties whose names match a pattern must fit a schema",
  },
  "pattern-properties-removed": {
    effect: "widens",
    what: "Properties whose names match a pattern need not fit a schema any more",
  },
  "property-names-restricted": { effect: "narrows", what: "Names of properties must fit a schema" },
  "property-names-unrestricted": { effect: "widens", what: "Names of properties need not fit a schema any more" },
  "items-restricted": { effect: "narrows", what: "Items of a list must fit a schema" },
  "items-unrestricted": { effect: "widens", what: "Items of a list may be anything" },
  "contains-added": { effect: "narrows", what: "Lists must contain a certain item" },
  "contains-removed": { effect: "widens", what: "Lists need not contain a certain item any more" },
  "contains-changed": { effect: "unclear", what: "The item that lists must contain, or how often, is another one" },
  "dependency-added": { effect: "narrows", what: "A property demands something of others" },
  "dependency-removed": { effect: "widens", what: "A property no longer demands something of others" },
  "dependency-changed": { effect: "unclear", what: "What a property demands of others is another thing" },
  "content-changed": { effect: "replaces", what: "The encoding or media type of a text's content is another one" },
  "discriminator-added": { effect: "none", what: "A discriminator tells alternatives apart" },
  "discriminator-removed": {
    effect: "none",
    what: "No discriminator tells alternatives apart any more",
    verdict: { request: DOUBTFUL, response: DOUBTFUL },
  },
  "discriminator-property-changed": {
    effect: "replaces",
    what: "Another property tells alternatives apart",
  },
  "discriminator-value-removed": { effect: "narrows", what: "A value that names an alternative is gone" },
  "discriminator-value-added": {
    effect: "none",
    what: "A value names a new alternative",
  },
  "discriminator-value-renamed": { effect: "replaces", what: "An alternative is named by another value" },
  "default-changed": {
    effect: "none",
    what: "What counts when nothing is given is another value",
    verdict: { request: DOUBTFUL },
  },
  "default-added": { effect: "none", what: "There is a value that counts when nothing is given" },
  "default-removed": {
    effect: "none",
    what: "No value counts any more when nothing is given",
    verdict: { request: DOUBTFUL },
  },
} satisfies Record<string, Aspect>;

/** Changes of what an object is made of; the id is the side (request, response, …) and the aspect. */
export const MEMBER_ASPECTS = {
  "property-removed": { effect: "none", what: "A property is gone", verdict: { request: LOSS, response: LOSS } },
  "required-property-removed": {
    effect: "widens",
    what: "A property that was always there is gone",
    verdict: { request: LOSS },
  },
  "property-forbidden": { effect: "narrows", what: "A property is gone and objects take no undeclared ones" },
  "property-removed-after-deprecation": { effect: "none", what: "A deprecated property is gone, as announced" },
  "property-removed-before-sunset": {
    effect: "replaces",
    what: "A deprecated property is gone before the announced date, or the date cannot be read",
  },
  "property-renamed": { effect: "replaces", what: "A property has another name" },
  "required-property-added": { effect: "narrows", what: "There is a new property that must be given" },
  "optional-property-added": { effect: "none", what: "There is a new property that may be given" },
  "property-became-required": { effect: "narrows", what: "A property must be given now" },
  "property-became-optional": { effect: "widens", what: "A property need not be given any more" },
  "property-became-read-only": { effect: "none", what: "A property is read-only", verdict: { request: LOSS } },
  "property-became-not-read-only": { effect: "none", what: "A property is not read-only any more" },
  "property-became-write-only": { effect: "none", what: "A property is write-only", verdict: { response: LOSS } },
  "required-property-became-write-only": {
    effect: "widens",
    what: "A property that was always there is write-only",
    verdict: { request: HARMLESS },
  },
  "property-became-not-write-only": { effect: "none", what: "A property is not write-only any more" },
  "property-deprecated": { effect: "none", what: "A property is deprecated" },
  "property-reactivated": { effect: "none", what: "A property is not deprecated any more" },
  "property-sunset-moved-forward": {
    effect: "replaces",
    what: "A deprecated property ends earlier than announced, or its end is no longer announced",
  },
} satisfies Record<string, Aspect>;

export type ValueAspect = keyof typeof VALUE_ASPECTS;
export type MemberAspect = keyof typeof MEMBER_ASPECTS;

const CONSEQUENCES: Record<Direction, Partial<Record<Effect, string>>> = {
  request: {
    narrows: "What was accepted before can be refused.",
    widens: "All that was accepted before still is.",
    replaces: "What was accepted before can be refused.",
    unclear: "What was accepted before may be refused.",
  },
  response: {
    narrows: "Readers get nothing they were not prepared for.",
    widens: "Readers can get what they were never told to expect.",
    replaces: "Readers can get what they were never told to expect.",
    unclear: "Readers may get what they were never told to expect.",
  },
};

/** How an aspect is judged in a direction, and why. */
export function judge(
  aspect: Aspect,
  direction: Direction,
): { severity: ChangeSeverity; breaking: boolean; explanation: string } {
  const { effect } = aspect;
  const breaks = effect === "replaces" || effect === (direction === "request" ? "narrows" : "widens");
  const general = breaks ? { severity: "error" as const, breaking: true } : effect === "unclear" ? LOSS : HARMLESS;
  const verdict = aspect.verdict?.[direction] ?? general;
  const consequence =
    CONSEQUENCES[direction][effect] ??
    (verdict.breaking
      ? "Those who rely on it lose it."
      : verdict.severity === "warning"
        ? "Behaviour can differ for those who relied on it."
        : "What worked before still works.");
  return { ...verdict, explanation: `${aspect.what}. ${consequence}` };
}

/** Whether a schema's change breaks something in a direction. */
export function breaks(aspect: ValueAspect | MemberAspect, direction: Direction): boolean {
  const table: Record<string, Aspect> = aspect in VALUE_ASPECTS ? VALUE_ASPECTS : MEMBER_ASPECTS;
  const found = table[aspect];
  return found !== undefined && judge(found, direction).breaking;
}

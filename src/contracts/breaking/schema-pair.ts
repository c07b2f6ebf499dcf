import { choiceChanges } from "./schema-choices.ts";
import { memberChanges } from "./schema-members.ts";
import type { Expansion, Found, Pair, SchemaGraph } from "./schema-types.ts";
import { valueChanges } from "./schema-values.ts";
import type { Shape } from "./shape.ts";
import type { Part } from "./source.ts";

/** Compare two versions of a schema: what changed in it, and which schemas inside are to be compared next. */
export function expand(graph: SchemaGraph, pair: Pair): Expansion {
  const old = graph.oldShape(pair.old);
  const now = graph.newShape(pair.now);
  const choices = choiceChanges(graph, pair, old, now);
  // A schema that turned into alternatives, or back, was compared as one of them.
  if (choices.whole) return { found: choices.found, children: choices.children };
  const at = now.at || old.at;
  const found: Found[] = valueChanges(old, now).map((change) => ({ ...change, at }));
  if (found.some(({ aspect }) => INCOMPARABLE.has(aspect))) return { found, children: [] };
  const parts = [
    memberChanges(graph, pair, old, now),
    discriminatorChanges(old, now),
    listParts(graph, pair, old, now),
    choices,
  ];
  return {
    found: [...found, ...parts.flatMap((part) => part.found)],
    children: parts.flatMap((part) => part.children),
  };
}

/** After these, what is inside says nothing. */
const INCOMPARABLE = new Set<Found["aspect"]>(["type-changed", "became-impossible", "became-possible"]);

/** Items of lists, and names and values of undeclared properties. */
function listParts(graph: SchemaGraph, { direction }: Pair, old: Shape, now: Shape): Expansion {
  const { found, children }: Expansion = { found: [], children: [] };
  const at = now.at || old.at;
  const both = (
    from: Part[],
    to: Part[],
    step: string,
    restricted: Found["aspect"],
    free: Found["aspect"],
    what: string,
  ) => {
    if (from.length > 0 && to.length > 0) children.push({ pair: graph.pair(from, to, direction), step });
    else if (to.length > 0) found.push({ aspect: restricted, told: `${what} must fit a schema now`, at });
    else if (from.length > 0) found.push({ aspect: free, told: `${what} may be anything now`, at });
  };
  const length = Math.max(old.tuple.length, now.tuple.length);
  for (let index = 0; index < length; index += 1)
    both(
      old.tuple[index] ?? old.items,
      now.tuple[index] ?? now.items,
      `[${index}]`,
      "items-restricted",
      "items-unrestricted",
      `item ${index}`,
    );
  both(old.items, now.items, "[]", "items-restricted", "items-unrestricted", "items");
  both(
    old.propertyNames,
    now.propertyNames,
    "(names)",
    "property-names-restricted",
    "property-names-unrestricted",
    "names of properties",
  );
  if (old.closed && now.closed) return { found, children };
  if (old.closed)
    found.push({ aspect: "additional-properties-allowed", told: "undeclared properties are allowed now", at });
  else if (now.closed)
    found.push({ aspect: "additional-properties-forbidden", told: "undeclared properties are refused now", at });
  else
    both(
      old.additional,
      now.additional,
      "{}",
      "additional-properties-restricted",
      "additional-properties-unrestricted",
      "undeclared properties",
    );
  return { found, children };
}

/** Which value of the discriminator names which schema: mapped, or by the schema's own name. */
function discriminatorChanges(old: Shape, now: Shape): Expansion {
  const { discriminator: from } = old;
  const { discriminator: to } = now;
  const at = now.at || old.at;
  const one = (aspect: Found["aspect"], told: string, before?: unknown, after?: unknown): Expansion => ({
    found: [{ aspect, told, at, before, after }],
    children: [],
  });
  if (!from && !to) return { found: [], children: [] };
  if (!from)
    return one("discriminator-added", `\`${to?.propertyName}\` tells alternatives apart`, undefined, to?.propertyName);
  if (!to) return one("discriminator-removed", "nothing tells alternatives apart any more", from.propertyName);
  if (from.propertyName !== to.propertyName)
    return one(
      "discriminator-property-changed",
      `\`${to.propertyName}\` tells alternatives apart, not \`${from.propertyName}\``,
      from.propertyName,
      to.propertyName,
    );
  const [before, after] = [namesOf(old), namesOf(now)];
  const found: Found[] = [];
  const targets = new Set(before.values());
  const lost = [...before].filter(([value]) => !after.has(value));
  for (const [value, target] of lost) {
    const renamed = [...after].find(([other, to]) => to === target && !before.has(other))?.[0];
    if (renamed === undefined)
      found.push({
        aspect: "discriminator-value-removed",
        told: `the value \`${value}\` names nothing any more`,
        at,
        before: value,
      });
    else
      found.push({
        aspect: "discriminator-value-renamed",
        told: `${target} is named \`${renamed}\`, not \`${value}\``,
        at,
        before: value,
        after: renamed,
      });
  }
  for (const [value, target] of after)
    if (!before.has(value) && !(targets.has(target) && lost.some(([, gone]) => gone === target)))
      found.push({
        aspect: "discriminator-value-added",
        told: `the value \`${value}\` names ${target}`,
        at,
        after: value,
      });
  return { found, children: [] };
}

function namesOf({ discriminator, choices }: Shape): Map<string, string> {
  const names = new Map<string, string>();
  const mapping = discriminator?.mapping;
  for (const [value, target] of Object.entries(typeof mapping === "object" && mapping !== null ? mapping : {}))
    names.set(value, String(target).replace(/^.*\//, ""));
  const mapped = new Set(names.values());
  for (const { name } of choices.flatMap(({ alternatives }) => alternatives))
    if (name !== undefined && !mapped.has(name)) names.set(name, name);
  return names;
}

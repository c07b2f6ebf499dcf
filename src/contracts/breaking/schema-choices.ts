import { isJson } from "../document.ts";
import type { Alternative, Choice } from "./alternatives.ts";
import { plainText } from "./schema-text.ts";
import type { Expansion, Pair, SchemaGraph } from "./schema-types.ts";
import type { Shape } from "./shape.ts";
import { similarity } from "./similarity.ts";
import { own, type Part } from "./source.ts";

/** An alternative with all that holds beside it. */
interface Option {
  parts: Part[];
  name: string | undefined;
  /** What tells it apart: its name, the value of its discriminating property, its title. */
  marks: string[];
  text: () => string;
}

const MAX_TRIED = 400;

/**
 * Compare oneOf and anyOf as sets: each alternative with its namesake or its equal, else with one that takes it in whole,
 * else with the one most like it. `whole`: the schemas were compared as alternatives, nothing else is left to compare.
 */
export function choiceChanges(graph: SchemaGraph, pair: Pair, old: Shape, now: Shape): Expansion & { whole: boolean } {
  const [from, ...moreFrom] = old.choices;
  const [to, ...moreTo] = now.choices;
  const nothing = { found: [], children: [], whole: false };
  if (!from && !to) return nothing;
  const at = now.at || old.at;
  if (moreFrom.length > 0 || moreTo.length > 0) {
    if (old.choices.length === now.choices.length) {
      const each = old.choices.map((choice, index) => {
        const other = now.choices[index];
        return other ? compare(graph, pair, optionsOf(choice), optionsOf(other), at) : nothing;
      });
      return {
        found: each.flatMap(({ found }) => found),
        children: each.flatMap(({ children }) => children),
        whole: false,
      };
    }
    return {
      ...nothing,
      found: [{ aspect: "alternatives-changed", told: "alternatives are combined in another way", at }],
    };
  }
  if (from && to) return { ...compare(graph, pair, optionsOf(from), optionsOf(to), at), whole: false };
  if (!from && !to) return nothing;
  const olds = from ? optionsOf(from, true) : byType(pair.old, old);
  const news = to ? optionsOf(to, true) : byType(pair.now, now);
  const compared = compare(graph, pair, olds, news, at);
  // With oneOf a value that fits two alternatives is refused.
  const fitting =
    to?.kind === "oneOf" && pair.direction === "request" && olds.length === 1 ? takers(graph, olds, news) : 0;
  if (fitting > 1)
    compared.found.push({
      aspect: "alternatives-changed",
      told: `what was accepted fits ${fitting} of the alternatives, of which only one may fit`,
      at,
    });
  return { ...compared, whole: true };
}

function compare(graph: SchemaGraph, { direction }: Pair, olds: Option[], news: Option[], at: string): Expansion {
  const { found, children }: Expansion = { found: [], children: [] };
  const freeOld = new Set(olds);
  const freeNew = new Set(news);
  const join = (before: Option, after: Option) => {
    freeOld.delete(before);
    freeNew.delete(after);
    children.push({ pair: graph.pair(before.parts, after.parts, direction), step: stepOf(after, news) });
  };
  matchBy(freeOld, freeNew, (option) => option.marks.slice(0, 1), join);
  matchBy(
    freeOld,
    freeNew,
    (option) => [option.text()],
    join,
    (a, b) => !isSwap(graph, a, b),
  );
  matchBy(freeOld, freeNew, (option) => option.marks, join);
  // What is taken in by another alternative is no change of what is accepted; but who names alternatives means them.
  const fits = (before: Option, after: Option) =>
    !isSwap(graph, before, after) && graph.isCompatible(graph.pair(before.parts, after.parts, direction));
  const request = direction === "request";
  const lost = request ? freeOld : freeNew;
  const others = request ? { free: freeNew, all: news } : { free: freeOld, all: olds };
  for (const option of [...lost].slice(0, MAX_TRIED / Math.max(1, others.all.length))) {
    const takes = (other: Option) => (request ? fits(option, other) : fits(other, option));
    const partner = [...others.free].find(takes);
    if (partner && request) join(option, partner);
    else if (partner) join(partner, option);
    else if (others.all.some((other) => (option.name === undefined || other.name === undefined) && takes(other)))
      lost.delete(option);
  }
  matchAlike(graph, freeOld, freeNew, join, olds.length === 1 && news.length === 1);
  for (const option of freeOld)
    found.push({
      aspect: "alternative-removed",
      told: `the alternative ${labelOf(option, olds)} is gone`,
      at,
      before: labelOf(option, olds),
    });
  for (const option of freeNew)
    found.push({
      aspect: "alternative-added",
      told: `there is a new alternative ${labelOf(option, news)}`,
      at,
      after: labelOf(option, news),
    });
  return { found, children };
}

function takers(graph: SchemaGraph, olds: Option[], news: Option[]): number {
  const [only] = olds;
  return only ? news.filter((option) => graph.isCompatible(graph.pair(only.parts, option.parts, "request"))).length : 0;
}

function matchBy(
  olds: Set<Option>,
  news: Set<Option>,
  marksOf: (option: Option) => string[],
  join: (a: Option, b: Option) => void,
  may: (a: Option, b: Option) => boolean = () => true,
) {
  if (olds.size === 0 || news.size === 0) return;
  const byMark = new Map<string, Option[]>();
  for (const option of news)
    for (const mark of marksOf(option)) byMark.set(mark, [...(byMark.get(mark) ?? []), option]);
  for (const option of [...olds]) {
    const other = marksOf(option)
      .flatMap((mark) => byMark.get(mark) ?? [])
      .find((each) => news.has(each) && may(option, each));
    if (other) join(option, other);
  }
}

function matchAlike(
  graph: SchemaGraph,
  olds: Set<Option>,
  news: Set<Option>,
  join: (a: Option, b: Option) => void,
  only: boolean,
) {
  if (olds.size * news.size > 2500) return;
  for (const option of [...olds]) {
    const scored = [...news]
      .filter((other) => !saysOtherwise(option, other) && !isSwap(graph, option, other))
      .map((other) => ({ other, score: similarity(option.parts, other.parts) }));
    const best = scored.sort((a, b) => b.score - a.score)[0];
    if (best && (best.score >= 0.5 || only)) join(option, best.other);
  }
}

/** Whether a named alternative gave way to another that was there before, or is still there itself: no new name. */
function isSwap(graph: SchemaGraph, before: Option, after: Option): boolean {
  if (before.name === undefined || after.name === undefined || before.name === after.name) return false;
  const reference = (option: Option) => {
    const node = option.parts.at(-1)?.node;
    return isJson(node) ? String(node.$ref) : "";
  };
  return graph.new.follow(reference(before)) !== undefined || graph.old.follow(reference(after)) !== undefined;
}

/** Whether two alternatives tell themselves apart by different values of the same property. */
function saysOtherwise(a: Option, b: Option): boolean {
  const constants = ({ marks }: Option) => marks.filter((mark) => mark.startsWith("constant "));
  return constants(a).length > 0 && constants(b).length > 0;
}

function optionsOf({ alternatives, around }: Choice, inContext = false): Option[] {
  return alternatives.map((alternative) => {
    const parts = inContext ? [around, alternative.part] : [alternative.part];
    return { parts, name: alternative.name, marks: marksOf(alternative), text: () => plainText(alternative.target) };
  });
}

function marksOf({ part: { node }, name }: Alternative): string[] {
  if (name !== undefined) return [`name ${name}`];
  if (!isJson(node)) return [];
  const properties = own(node, "properties");
  const constants = Object.entries(isJson(properties) ? properties : {}).flatMap(([key, value]) => {
    if (!isJson(value)) return [];
    const only = Object.hasOwn(value, "const") ? [value.const] : Array.isArray(value.enum) ? value.enum : [];
    return only.length === 1 ? [`constant ${key} ${JSON.stringify(only[0])}`] : [];
  });
  return [...constants, ...(typeof node.title === "string" ? [`title ${node.title}`] : [])];
}

/** A schema without a choice as alternatives: one for each of its types. */
function byType(parts: readonly Part[], { types, at }: Shape): Option[] {
  const whole = { name: undefined, marks: [], text: () => "" };
  if (types === null || types.size < 2) return [{ ...whole, parts: [...parts] }];
  return [...types].map((type) => ({ ...whole, parts: [...parts, { node: typeNode(type), at }] }));
}

const typeNodes = new Map<string, { type: string }>();

function typeNode(type: string): { type: string } {
  const node = typeNodes.get(type) ?? { type };
  typeNodes.set(type, node);
  return node;
}

function stepOf(option: Option, all: Option[]): string {
  return all.length === 1 ? "" : `(${labelOf(option, all)})`;
}

function labelOf(option: Option, all: Option[]): string {
  const first = option.parts.at(-1)?.node;
  const title = isJson(first) && typeof first.title === "string" ? first.title : undefined;
  const type = isJson(first) && typeof first.type === "string" ? ` (${first.type})` : "";
  return option.name ?? title ?? `${all.indexOf(option) + 1}${type}`;
}

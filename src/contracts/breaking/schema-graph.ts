import type { SchemaPlace } from "./places.ts";
import { breaks, MEMBER_ASPECTS } from "./schema-aspects.ts";
import { expand } from "./schema-pair.ts";
import type { Pair, SchemaGraph, Told } from "./schema-types.ts";
import { isBareReference, type Shape, shapeOf } from "./shape.ts";
import type { Part, Source } from "./source.ts";

/** Unions in unions deeper than this are matched by their look, not by trying. */
const MAX_TRIALS = 40;

/** `isSame` tells schemas that need no comparing. */
export function createSchemaGraph(
  old: Source,
  fresh: Source,
  now: Date,
  isSame: (before: unknown, after: unknown) => boolean,
): SchemaGraph {
  const pairs = new Map<string, Pair>();
  const oldShapes = shapeCache(old);
  const newShapes = shapeCache(fresh);
  const open: Pair[] = [];
  let trials = 0;

  const isSamePair: SchemaGraph["isSame"] = (from, to) =>
    from.length === to.length && from.every(({ node }, index) => isSame(node, to[index]?.node));

  const pair: SchemaGraph["pair"] = (from, to, direction) => {
    const key = `${direction} ${oldShapes.keyOf(from)} ${newShapes.keyOf(to)}`;
    const known = pairs.get(key);
    if (known) return known;
    const same = isSamePair(from, to);
    const made: Pair = { old: from, now: to, direction, found: [], children: [], state: same ? "same" : "new" };
    pairs.set(key, made);
    if (!same) open.push(made);
    return made;
  };

  const look = (next: Pair) => {
    if (next.state !== "new") return;
    next.state = "open";
    const { found, children } = expand(graph, next);
    next.found = found;
    next.children = children.filter(({ pair: inner }) => inner.state !== "same");
    next.state = "done";
  };

  /** Look at everything that is reached from a pair. */
  const settle = (root: Pair) => {
    const pending = [root];
    const seen = new Set(pending);
    for (let next = pending.pop(); next; next = pending.pop()) {
      look(next);
      for (const { pair: inner } of next.children)
        if (!seen.has(inner)) {
          seen.add(inner);
          pending.push(inner);
        }
    }
    return seen;
  };

  let dirty: Set<Pair> | undefined;
  /** Pairs from which a change is reached. Most of a large document has none. */
  const dirtyPairs = () => {
    if (open.length > 0) dirty = undefined;
    for (let next = open.pop(); next; next = open.pop()) look(next);
    if (dirty) return dirty;
    const above = new Map<Pair, Pair[]>();
    for (const each of pairs.values())
      for (const { pair: inner } of each.children) {
        const list = above.get(inner);
        if (list) list.push(each);
        else above.set(inner, [each]);
      }
    const pending = [...pairs.values()].filter(({ found }) => found.length > 0);
    dirty = new Set(pending);
    for (let next = pending.pop(); next; next = pending.pop())
      for (const user of above.get(next) ?? [])
        if (!dirty.has(user)) {
          dirty.add(user);
          pending.push(user);
        }
    return dirty;
  };

  const graph: SchemaGraph = {
    now,
    old,
    new: fresh,
    pair,
    isSame: isSamePair,
    oldShape: oldShapes.of,
    newShape: newShapes.of,
    isCompatible(candidate) {
      if (trials >= MAX_TRIALS) return false;
      trials += 1;
      try {
        for (const each of settle(candidate))
          if (each.found.some(({ aspect }) => breaks(aspect, each.direction))) return false;
        return true;
      } finally {
        trials -= 1;
      }
    },
    collect(root) {
      const all = dirtyPairs();
      if (!all.has(root)) return [];
      const told: Told[] = [];
      const seen = new Set([root]);
      let level = [{ pair: root, path: "" }];
      while (level.length > 0) {
        const next: typeof level = [];
        for (const { pair: each, path } of level) {
          for (const found of each.found) told.push({ ...found, path });
          for (const { pair: inner, step } of each.children) {
            if (seen.has(inner) || !all.has(inner)) continue;
            seen.add(inner);
            next.push({ pair: inner, path: join(path, step) });
          }
        }
        level = next;
      }
      return told;
    },
  };
  return graph;
}

function join(path: string, step: string): string {
  return path === "" || step === "" || step.startsWith("[") ? path + step : `${path}.${step}`;
}

/** The id of a found change where it is used. */
export function idOf({ aspect, path }: Told, place: SchemaPlace): string {
  if (aspect in MEMBER_ASPECTS) return `${place.member}-${aspect}`;
  return `${path === "" ? place.root : place.inner}-${aspect}`;
}

/** Shapes by the identity of their parts. */
function shapeCache(source: Source) {
  const ids = new WeakMap<object, number>();
  const shapes = new Map<string, Shape>();
  let count = 2;
  const idOfNode = (node: Part["node"]): number => {
    if (typeof node === "boolean") return Number(node);
    const known = ids.get(node);
    if (known !== undefined) return known;
    count += 1;
    ids.set(node, count);
    return count;
  };
  // A bare reference is what it refers to.
  const target = ({ node, at }: Part): Part["node"] => {
    if (!isBareReference(node)) return node;
    const { node: found } = source.resolve(node, at);
    return Object.keys(found).length > 0 ? found : node;
  };
  const keyOf = (parts: readonly Part[]) => parts.map((part) => idOfNode(target(part))).join();
  return {
    keyOf,
    of(parts: readonly Part[]): Shape {
      const key = keyOf(parts);
      const known = shapes.get(key);
      if (known) return known;
      const shape = shapeOf(source, parts);
      shapes.set(key, shape);
      return shape;
    },
  };
}

import { atPointer, pointerPart } from "../../lib/json-schema-bundle.ts";
import { isJson, type Json, nodesOf } from "../document.ts";

/** A schema where it stands. Several parts together mean that all of them hold. */
export interface Part {
  node: Json | boolean;
  /** JSON pointer. */
  at: string;
}

/** A document to look things up in. */
export interface Source {
  document: Json;
  /** What a reference leads to, through chains of references; undefined when it leads nowhere. */
  follow(reference: string): { value: unknown; at: string } | undefined;
  /** The object at a place, or what its reference leads to. */
  resolve(value: unknown, at: string): { node: Json; at: string };
}

const MAX_CHAIN = 50;

export function createSource(document: Json): Source {
  let anchors: Map<string, string> | undefined;
  const pointerOf = (reference: string): string | undefined => {
    const fragment = reference.startsWith("#") ? decode(reference.slice(1)) : undefined;
    if (fragment === undefined || fragment === "" || fragment.startsWith("/")) return fragment;
    anchors ??= anchorsOf(document);
    return anchors.get(fragment);
  };
  const followed = new Map<string, ReturnType<Source["follow"]>>();
  const follow: Source["follow"] = (reference) => {
    if (followed.has(reference)) return followed.get(reference);
    const at = pointerOf(reference);
    const value = at === undefined ? undefined : atPointer(document, at);
    const target = at === undefined || value === undefined ? undefined : { value, at };
    followed.set(reference, target);
    return target;
  };
  return {
    document,
    follow,
    resolve(value, at) {
      let current = { value, at };
      for (let steps = 0; steps < MAX_CHAIN; steps += 1) {
        if (!isJson(current.value) || typeof current.value.$ref !== "string") break;
        const next = follow(current.value.$ref);
        if (!next) break;
        current = next;
      }
      return { node: isJson(current.value) ? current.value : {}, at: current.at };
    },
  };
}

/** An object at a key of a node, with its reference followed. */
export function child(source: Source, parent: { node: Json; at: string }, key: string): { node: Json; at: string } {
  return source.resolve(own(parent.node, key), parent.at + pointerPart(key));
}

/** A value at a key, own properties only. */
export function own(node: Json, key: string): unknown {
  return Object.hasOwn(node, key) ? node[key] : undefined;
}

/** The entries of an object at a key; none when there is no object. */
export function entriesAt(node: Json, key: string): [string, unknown][] {
  const value = own(node, key);
  return isJson(value) ? Object.entries(value) : [];
}

/** The last word of a reference: `Pet` of `#/components/schemas/Pet`. */
export function referenceName(node: unknown): string | undefined {
  if (!isJson(node) || typeof node.$ref !== "string") return undefined;
  const name = /[^/#]+$/.exec(node.$ref)?.[0];
  return name === undefined ? undefined : decode(name).replaceAll("~1", "/").replaceAll("~0", "~");
}

function anchorsOf(document: Json): Map<string, string> {
  const found = new Map<string, string>();
  for (const { node, pointer } of nodesOf(document))
    for (const key of ["$anchor", "$dynamicAnchor"]) {
      const name = node[key];
      if (typeof name === "string" && !found.has(name)) found.set(name, pointer);
    }
  return found;
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

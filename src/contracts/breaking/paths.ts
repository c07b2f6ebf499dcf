import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { objectAt } from "../document.ts";
import { type Comparison, NOWHERE, type Placed } from "./comparison.ts";
import { removalOf, sunsetOf } from "./deprecation.ts";
import { compareOperation } from "./operations.ts";
import { compareWebhooks, operationsOf } from "./outgoing.ts";
import { plainText } from "./schema-text.ts";
import { compareSchemes } from "./security.ts";
import { compareServers, prefixesOf, readdressed } from "./servers.ts";
import { namesAlike } from "./similarity.ts";
import { entriesAt, own, type Source } from "./source.ts";

interface PathItem {
  path: string;
  item: Placed;
  operations: Map<string, Placed>;
  /** What its operations say, apart from their names. */
  text(): string;
}

/** Compare two OpenAPI documents: paths by their template, whatever their parameters are called. */
export function compareOpenApi(comparison: Comparison): void {
  const olds = pathsOf(comparison.old);
  const news = pathsOf(comparison.new);
  const byPath = new Map(news.map((each) => [each.path, each]));
  const byTemplate = new Map(news.map((each) => [templateOf(each.path), each]));
  const taken = new Set<PathItem>();
  const partners = new Map<PathItem, PathItem>();
  const prefixes = prefixesOf(comparison);
  const pair = (before: PathItem, after: PathItem | undefined) => {
    if (!after || taken.has(after) || partners.has(before)) return;
    taken.add(after);
    partners.set(before, after);
  };
  // A prefix that went from the server into the paths, or back, leaves every address as it was.
  const isMoved = prefixes !== undefined && olds.some(({ path }) => byPath.has(readdressed(path, prefixes)));
  if (isMoved) for (const before of olds) pair(before, byPath.get(readdressed(before.path, prefixes)));
  for (const before of olds) pair(before, byPath.get(before.path));
  for (const before of olds) pair(before, byTemplate.get(templateOf(before.path)));
  const free = news.filter((each) => !taken.has(each));
  const used = new Set<string>();
  for (const before of olds) {
    const after = partners.get(before);
    const moved = after ? undefined : movedTo(before, free);
    if (moved) free.splice(free.indexOf(moved), 1);
    if (after) compareItem(comparison, before, after, used);
    else if (moved) renamed(comparison, before, moved, used);
    else
      for (const [method, operation] of before.operations)
        removed(comparison, before, method, operation, "path-removed");
  }
  for (const after of free)
    for (const [method, operation] of after.operations) added(comparison, after, method, operation);
  compareWebhooks(comparison);
  compareSchemes(comparison, used);
  compareServers(comparison, isMoved);
  compareNames(comparison);
}

function pathsOf(source: Source): PathItem[] {
  return entriesAt(source.document, "paths")
    .filter(([path]) => path.startsWith("/"))
    .map(([path, value]) => {
      const item = source.resolve(value, `/paths${pointerPart(path)}`);
      const operations = operationsOf(item);
      let text: string | undefined;
      return {
        path,
        item,
        operations,
        text: () => {
          text ??= textOf(operations, item, path);
          return text;
        },
      };
    });
}

function templateOf(path: string): string {
  return path.replace(/\{[^{}]*\}/g, "{}").replace(/(.)\/$/, "$1");
}

function compareItem(comparison: Comparison, old: PathItem, now: PathItem, used: Set<string>): void {
  for (const [method, before] of old.operations) {
    const after = now.operations.get(method);
    if (!after) {
      removed(comparison, old, method, before, now.operations.size === 0 ? "path-removed" : "operation-removed");
      continue;
    }
    const where = { method: method.toUpperCase(), path: now.path };
    const names = compareOperation(comparison, where, { ...old, operation: before }, { ...now, operation: after });
    for (const name of names) used.add(name);
  }
  for (const [method, after] of now.operations) if (!old.operations.has(method)) added(comparison, now, method, after);
}

function removed(
  { tell, now }: Comparison,
  { path }: PathItem,
  method: string,
  { node, at }: Placed,
  id: string,
): void {
  const where = { method: method.toUpperCase(), path };
  const what = `${where.method} ${path}`;
  const sunset = sunsetOf(node["x-sunset"]);
  const told = removalOf(node.deprecated === true, sunset, now);
  if (["draft", "alpha"].includes(String(node["x-stability-level"])))
    tell("operation-removed-unstable", where, at, `${what} is gone; it was not promised to stay.`);
  else if (told === "announced")
    tell("operation-removed-after-deprecation", where, at, `${what} is gone after its deprecation.`);
  else if (told === "early")
    tell(
      "operation-removed-before-sunset",
      where,
      at,
      `${what} is gone before its sunset (${sunset.kind === "none" ? "" : sunset.text}).`,
    );
  else tell(id, where, at, `${what} is gone${id === "path-removed" ? " with its path" : ""}.`);
}

function added({ tell }: Comparison, { path }: PathItem, method: string, { at }: Placed): void {
  tell("operation-added", { method: method.toUpperCase(), path }, at, `${method.toUpperCase()} ${path} is new.`);
}

function renamed(comparison: Comparison, old: PathItem, now: PathItem, used: Set<string>): void {
  for (const [method, operation] of old.operations) {
    const where = { method: method.toUpperCase(), path: old.path };
    comparison.tell(
      "path-renamed",
      where,
      now.operations.get(method)?.at ?? operation.at,
      `${where.method} ${old.path} is now at ${now.path}.`,
      old.path,
      now.path,
    );
  }
  compareItem(comparison, old, now, used);
}

/** The new path with the same operations: the same operationIds, or the same text under a name that is alike. */
function movedTo({ path, operations, text }: PathItem, free: readonly PathItem[]): PathItem | undefined {
  if (operations.size === 0) return undefined;
  const methods = [...operations.keys()].join();
  const candidates = free.filter((other) => [...other.operations.keys()].join() === methods);
  const ids = (of: PathItem["operations"]) =>
    [...of.values()]
      .map(({ node }) => String(own(node, "operationId") ?? ""))
      .sort()
      .join();
  const own_ids = ids(operations);
  if (!own_ids.split(",").includes("")) {
    const same = candidates.find((other) => ids(other.operations) === own_ids);
    if (same) return same;
  }
  const looks = text();
  const twins = candidates.filter((other) => other.text() === looks);
  const bare = (of: string) => of.replace(/\{[^{}]*\}/g, "");
  const alike = (other: PathItem) => {
    const [a, b] = [templateOf(path), templateOf(other.path)];
    return a.endsWith(b) || b.endsWith(a) || namesAlike(bare(path), bare(other.path));
  };
  return twins.find(alike) ?? (twins.length === 1 && looks.length > 300 ? twins[0] : undefined);
}

function textOf(operations: PathItem["operations"], item: Placed, path: string): string {
  const names = [...path.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? "");
  const text = plainText([
    own(item.node, "parameters") ?? null,
    ...[...operations].map(([method, { node }]) => {
      const { operationId: _id, tags: _tags, summary: _summary, ...rest } = node;
      return { method, ...rest };
    }),
  ]);
  return names.reduce((result, name, index) => result.replaceAll(`"name":"${name}"`, `"name":"#${index}"`), text);
}

/** Named schemas: their names count for generated code only. */
function compareNames({ old, new: fresh, tell }: Comparison): void {
  const schemas = (source: Source) => objectAt(objectAt(source.document, "components"), "schemas");
  const [from, to] = [schemas(old), schemas(fresh)];
  const at = (name: string) => `/components/schemas${pointerPart(name)}`;
  const free = new Map(
    Object.entries(to)
      .filter(([name]) => !Object.hasOwn(from, name))
      .map(([name, node]) => [name, selfless(name, node)]),
  );
  for (const [name, node] of Object.entries(from)) {
    if (Object.hasOwn(to, name)) continue;
    const text = selfless(name, node);
    const twins = [...free].filter(([, other]) => other === text).map(([other]) => other);
    const twin = twins.find((other) => namesAlike(name, other)) ?? (text.length > 60 ? twins[0] : undefined);
    if (twin === undefined) tell("schema-removed", NOWHERE, at(name), `The schema ${name} is gone.`, name);
    else {
      free.delete(twin);
      tell("schema-renamed", NOWHERE, at(twin), `The schema ${name} is now called ${twin}.`, name, twin);
    }
  }
  for (const name of free.keys())
    tell("schema-added", NOWHERE, at(name), `The schema ${name} is new.`, undefined, name);
}

function selfless(name: string, node: unknown): string {
  return plainText(node).replaceAll(`"#/components/schemas${pointerPart(name)}"`, '"#self"');
}

import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { isJson } from "../document.ts";
import type { Comparison, Placed, Where } from "./comparison.ts";
import { compareSending, type Kind } from "./sending.ts";
import { looksEqual } from "./similarity.ts";
import { entriesAt, own } from "./source.ts";

export const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/** The operations of a path item by method. */
export function operationsOf(item: Placed): Map<string, Placed> {
  return new Map(
    METHODS.flatMap((method) => {
      const node = own(item.node, method);
      return isJson(node) ? [[method, { node, at: `${item.at}/${method}` }] as const] : [];
    }),
  );
}

export function compareWebhooks(comparison: Comparison): void {
  const items = (source: Comparison["old"], key: string) =>
    new Map(
      entriesAt(source.document, key).map(([name, value]) => [
        name,
        source.resolve(value, `/${key}${pointerPart(name)}`),
      ]),
    );
  const both = (source: Comparison["old"]) => new Map([...items(source, "x-webhooks"), ...items(source, "webhooks")]);
  compareItems(comparison, "webhook", both(comparison.old), both(comparison.new));
}

export function compareCallbacks(comparison: Comparison, where: Where, old: Placed, now: Placed): void {
  const items = (source: Comparison["old"], operation: Placed) => {
    const found = new Map<string, Placed>();
    for (const [name, value] of entriesAt(operation.node, "callbacks")) {
      const callback = source.resolve(value, `${operation.at}/callbacks${pointerPart(name)}`);
      for (const [expression, item] of Object.entries(callback.node))
        if (!expression.startsWith("x-"))
          found.set(`${name} ${expression}`, source.resolve(item, callback.at + pointerPart(expression)));
    }
    return found;
  };
  compareItems(comparison, "callback", items(comparison.old, old), items(comparison.new, now), where);
}

/** What the API sends: webhooks by name, callbacks by name and address. `owner` is the operation that asks for a callback. */
function compareItems(
  comparison: Comparison,
  kind: Kind,
  olds: Map<string, Placed>,
  news: Map<string, Placed>,
  owner?: Where,
): void {
  const { tell } = comparison;
  const whereOf = (name: string, item: Placed): Where =>
    owner ?? { method: [...operationsOf(item).keys()].join(" ").toUpperCase(), path: name };
  const come = new Map([...news].filter(([name]) => !olds.has(name)));
  for (const [name, before] of olds) {
    const after = news.get(name);
    if (after) {
      compareItem(comparison, kind, name, before, after, owner);
      continue;
    }
    const where = whereOf(name, before);
    const [other, twin] = [...come].find(([, each]) => looksEqual([before], [each])) ?? [];
    if (other === undefined || twin === undefined) {
      tell(`${kind}-removed`, where, before.at, `The ${kind} ${name} is gone.`, name);
      continue;
    }
    come.delete(other);
    tell(`${kind}-renamed`, where, twin.at, `The ${kind} ${name} is now called ${other}.`, name, other);
  }
  for (const [name, after] of come)
    tell(`${kind}-added`, whereOf(name, after), after.at, `The ${kind} ${name} is new.`, undefined, name);
}

function compareItem(
  comparison: Comparison,
  kind: Kind,
  name: string,
  old: Placed,
  now: Placed,
  owner: Where | undefined,
): void {
  if (comparison.isSame(old.node, now.node)) return;
  const olds = operationsOf(old);
  const news = operationsOf(now);
  const whereOf = (method: string): Where => owner ?? { method: method.toUpperCase(), path: name };
  const told = (method: string) => `The ${kind} ${name} by ${method.toUpperCase()}`;
  for (const [method, before] of olds) {
    const after = news.get(method);
    if (!after) comparison.tell(`${kind}-removed`, whereOf(method), before.at, `${told(method)} is gone.`);
    else
      compareSending(
        comparison,
        kind,
        whereOf(method),
        { item: old, operation: before },
        { item: now, operation: after },
      );
  }
  for (const [method, after] of news)
    if (!olds.has(method)) comparison.tell(`${kind}-added`, whereOf(method), after.at, `${told(method)} is new.`);
}

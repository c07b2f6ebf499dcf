import type { FieldChange } from "../../model/trace-report.ts";
import type { Caused } from "./evidence.ts";
import { CLIENT, eventOf, nameOf, type RecordedExchange } from "./exchange.ts";
import { documentsIn, isSameMeaning, isTelling, type Leaf, leavesOf, plainName } from "./leaves.ts";

/** What a contract says of a body: the names of its properties at every depth; null when no contract is known. */
export type Declared = (exchange: RecordedExchange, part: "request" | "response") => ReadonlySet<string> | null;

/** A document that a service received, or wrote. */
interface Document {
  /** Where it was, in words. */
  where: string;
  leaves: Leaf[];
  at_ms: number;
  exchange: RecordedExchange;
}

interface Written extends Document {
  by: string;
  declared: ReadonlySet<string> | null;
  /** Whether it is something read, which may have been changed by others since. */
  read: boolean;
}

const SECRET = /pass|secret|token|credential|card|cvv|cvc|pin$|otp/i;
/** What a service sets by itself. */
const OWN =
  /^(?:_?id|uuid|status|state|phase|stage|version|revision|etag|type|kind|source|specversion|links?|href|url|self|page|limit|offset|count|total_?(?:count|pages)?|[a-z_]*(?:_at|At|_?[tT]ime|_?[dD]ate|_on))$/;

/**
 * Fields that were lost, renamed, retyped or changed on the way. Every document that a service wrote (calls, events,
 * answers) is compared with the one among those it had received that it shares most values with; where they share none
 * they are not about the same thing. A change is certain where the contract of the written document has the field, or
 * where the caller asked to follow it; without a contract it is told when half of the document came through.
 */
export function fieldChanges(
  caused: readonly Caused[],
  declared: Declared,
  follow: ReadonlySet<string> = new Set(),
): FieldChange[] {
  const received = new Map<string, Document[]>();
  const receive = (service: string, documents: Document[]) =>
    received.set(service, [...(received.get(service) ?? []), ...documents]);
  const writings: { written: Written; before: () => readonly Document[] }[] = [];
  for (const { exchange } of caused) {
    const { from, to, start_ms, duration_ms } = exchange;
    const name = nameOf(exchange);
    const sent = eventOf(exchange)?.data ?? exchange.request;
    const answered = (exchange.status ?? 500) < 300 ? exchange.response : undefined;
    const end_ms = start_ms + duration_ms;
    receive(to, documentsOf(sent, `${name} from ${from}`, start_ms, exchange));
    receive(from, documentsOf(answered, `the answer of ${to} to ${name}`, end_ms, exchange));
    const read = exchange.method === "GET" || exchange.method === "HEAD";
    for (const document of documentsOf(sent, `${name} to ${to}`, start_ms, exchange))
      writings.push(written(document, from, declared(exchange, "request"), false));
    for (const document of documentsOf(answered, `its answer to ${name}`, end_ms, exchange))
      writings.push(written(document, to, declared(exchange, "response"), read));
  }
  function written(document: Document, by: string, names: ReadonlySet<string> | null, read: boolean) {
    return {
      written: { ...document, by, declared: names, read },
      before: () => (received.get(by) ?? []).filter((one) => one.at_ms <= document.at_ms && isOther(one, document)),
    };
  }
  const changes = writings
    .filter(({ written: { by } }) => by !== CLIENT)
    .sort((a, b) => a.written.at_ms - b.written.at_ms)
    .flatMap(({ written: document, before }) => changesIn(document, before(), caused, follow));
  return unique(changes);
}

function documentsOf(body: unknown, where: string, at_ms: number, exchange: RecordedExchange): Document[] {
  return documentsIn(body).map((document) => ({ where, leaves: leavesOf(document), at_ms, exchange }));
}

/** What a service sends is not what it received; only its answer may be compared with the request. */
function isOther(input: Document, output: Document): boolean {
  return input.exchange !== output.exchange || input.at_ms < output.at_ms;
}

function changesIn(
  output: Written,
  inputs: readonly Document[],
  caused: readonly Caused[],
  follow: ReadonlySet<string>,
): FieldChange[] {
  const input = bestMatch(output, inputs);
  if (input === undefined) return [];
  const likely = sharedWith(input, output) * 2 >= input.leaves.filter(({ value }) => value !== null).length;
  const keys = new Set(input.leaves.map(({ key }) => key));
  const told = ({ key, pointer }: Leaf) => follow.has(key) || follow.has(pointer);
  return input.leaves.flatMap((leaf): FieldChange[] => {
    if (leaf.value === null || leaf.value === "" || SECRET.test(leaf.key)) return [];
    const certain = told(leaf) || output.declared?.has(leaf.key) === true;
    const seen = { input, output, inputs, leaf, certain };
    const same = output.leaves.filter(({ key }) => key === leaf.key);
    if (same.length > 0) {
      if (!certain && (!likely || output.declared !== null)) return [];
      if (output.read && changedSince(input, output, caused)) return [];
      return altered(seen, same, told(leaf));
    }
    const renamed = output.leaves.find(
      ({ key, value }) =>
        value === leaf.value && !keys.has(key) && (plainName(key) === plainName(leaf.key) || isMapped(leaf, certain)),
    );
    if (renamed !== undefined) {
      const meant = output.declared?.has(renamed.key) === true && !told(leaf);
      return meant || (!certain && output.declared !== null) ? [] : [change("renamed", seen, renamed)];
    }
    return certain || (likely && output.declared === null) ? [change("lost", seen, undefined)] : [];
  });
}

/** A value that is telling, under a name that says something else: renamed only where its own name was due. */
function isMapped({ value }: Leaf, certain: boolean): boolean {
  return certain && isTelling(value);
}

interface Seen {
  input: Document;
  output: Written;
  inputs: readonly Document[];
  leaf: Leaf;
  certain: boolean;
}

function altered(seen: Seen, same: readonly Leaf[], told: boolean): FieldChange[] {
  const { leaf, input, inputs } = seen;
  if (same.some(({ value }) => isSameMeaning(leaf.value, value))) return [];
  const siblings = input.leaves.filter(({ key }) => key === leaf.key);
  const other =
    same.find(({ pointer }) => pointer === leaf.pointer) ??
    (same.length === 1 && siblings.length === 1 ? same[0] : undefined);
  if (other === undefined) return [];
  // What somebody else told it stands.
  if (inputs.some(({ leaves }) => leaves.some(({ key, value }) => key === other.key && value === other.value)))
    return [];
  if (typeof other.value !== typeof leaf.value && String(other.value) === String(leaf.value))
    return [change("retyped", seen, other)];
  return OWN.test(leaf.key) && !told ? [] : [change("changed", seen, other)];
}

function change(
  kind: FieldChange["kind"],
  { leaf, input, output, certain }: Seen,
  other: Leaf | undefined,
): FieldChange {
  return {
    kind,
    field: leaf.pointer,
    becomes: other?.pointer ?? "",
    service: output.by,
    from: input.where,
    to: output.where,
    before: shown(leaf.value),
    after: other === undefined ? "absent" : shown(other.value),
    certain,
  };
}

/** What a document came from: most values in common, the latest of equals; undefined when none has any. */
function bestMatch(output: Document, inputs: readonly Document[]): Document | undefined {
  let best: Document | undefined;
  let most = 1;
  for (const input of inputs) {
    const shared = sharedWith(input, output);
    if (shared < most) continue;
    best = input;
    most = shared;
  }
  return best;
}

/** Values that both have under one name, whether as number or as text; only telling ones count. */
function sharedWith(input: Document, output: Document): number {
  const there = new Set(output.leaves.map(({ key, value }) => `${key} ${value}`));
  return input.leaves.filter(({ key, value }) => isTelling(value) && there.has(`${key} ${value}`)).length;
}

/** Whether its service was told something else between the two. */
function changedSince(input: Document, output: Document, caused: readonly Caused[]): boolean {
  return caused.some(
    ({ exchange: { to, method, start_ms }, exchange }) =>
      to === output.exchange.to &&
      exchange !== input.exchange &&
      method !== "GET" &&
      start_ms >= input.at_ms &&
      start_ms < output.at_ms,
  );
}

/** A field that a service drops in every document it writes is one fault. */
function unique(changes: readonly FieldChange[]): FieldChange[] {
  const seen = new Set<string>();
  return changes.filter(({ kind, service, field }) => {
    const key = `${kind} ${service} ${field.replace(/\/\d+(?=\/|$)/g, "")}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function shown(value: Leaf["value"]): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

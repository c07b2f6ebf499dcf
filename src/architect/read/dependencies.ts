import type { OutlineEndpoint } from "../outline.ts";
import { type Document, serviceOf } from "./document.ts";
import { leadingRoutes, pathShape } from "./paths.ts";
import { cell, columnsOf } from "./tables.ts";
import { codeSpans, labelled, plain, sentences } from "./text.ts";
import { passages, type Section, textLines } from "./tree.ts";

type Dependency = { from: string; to: string };

const CALLS =
  /\b(?:calls?|calling|called|invoked|queries|quer(?:y|ying)|invokes?|invoking|requests? (?:data )?from|fetch(?:es|ing)? (?:[\w ]{1,40} )?from|reads? (?:[\w ]{1,30} )?from|checks? with|validates? (?:[\w ]{1,40} )?(?:with|against|via)|depends on|(?:uses|via) the (?:[\w ]{1,40} )?api of)\b/gi;

/** Synchronous calls that the PRD states: labels, tables, and sentences such as "orders-service calls the User Service". */
export function readDependencies(document: Document, endpoints: readonly OutlineEndpoint[]): Dependency[] {
  const found = new Map<string, Dependency>();
  const put = (from: string | null, to: string | null) => {
    if (from !== null && to !== null && from !== to) found.set(`${from}\n${to}`, { from, to });
  };
  for (const section of document.sections) {
    fromLabels(section, document, put);
    fromTables(section, document, put);
    fromSentences(section, document, endpoints, put);
  }
  const alone = independent(document);
  return [...found.values()].filter((each) => !alone.has(each.from));
}

type Put = (from: string | null, to: string | null) => void;

function fromLabels(section: Section, document: Document, put: Put): void {
  const service = serviceOf(section, document);
  let consumer: string | null = null;
  let provider: string | null = null;
  for (const { text } of textLines(section.blocks)) {
    const label = labelled(text);
    if (label === null) continue;
    if (label.label === "consumer") consumer = document.names.resolve(label.value);
    else if (label.label === "provider") provider = document.names.resolve(label.value);
    else if (
      /^(?:depends on|dependencies|service dependencies|calls|upstream(?: services)?|synchronous dependencies)$/.test(
        label.label,
      ) &&
      service !== null
    )
      for (const to of document.names.resolveAll(label.value)) put(service, to);
    if (consumer !== null && provider !== null) {
      put(consumer, provider);
      consumer = provider = null;
    }
  }
}

function fromTables(section: Section, document: Document, put: Put): void {
  for (const block of section.blocks) {
    if (block.kind !== "table") continue;
    const columns = columnsOf(block);
    const from = columns.find(/^(?:(?:micro)?service(?: name)?|from|caller|consumer|client|source)$/);
    const to = columns.find(/^(?:depends on|dependencies|calls|to|callee|provider|upstream|target)$/, [from]);
    const certain =
      to >= 0 &&
      (/depend|call|provider|upstream/.test(columns.header[to] ?? "") ||
        /\b(?:depend|synchronous|rest|http|call)/i.test(plain(section.title)));
    if (from < 0 || !certain || columns.find(/^events?$|state/) >= 0) continue;
    for (const row of block.rows)
      for (const target of document.names.resolveAll(cell(row, to)))
        put(document.names.resolve(cell(row, from)), target);
  }
}

function fromSentences(section: Section, document: Document, endpoints: readonly OutlineEndpoint[], put: Put): void {
  const owner = serviceOf(section, document);
  const heading = [{ text: section.title, line: section.line }];
  for (const { text } of [...heading, ...passages(section.blocks)]) {
    let subject = owner;
    for (const sentence of sentences(text)) {
      const services = document.names.mentions(sentence);
      const called = new Set<number>();
      for (const verb of sentence.matchAll(CALLS)) {
        const before = sentence.slice(0, verb.index);
        const behind = sentence.slice(verb.index);
        if (/\b(?:not|never|no longer|without)\b[^,;]{0,30}$/i.test(before)) continue;
        const everyone = /\b(?:every|all|each)(?: other)? services?\b/i.test(before);
        const passive = /^\w+\s+by\b/i.test(behind);
        const caller = services.filter((each) => each.end <= verb.index && !called.has(each.start)).at(-1);
        const from = caller?.name ?? (everyone ? null : subject);
        const callee = services.find((each) => each.start > verb.index);
        if (callee !== undefined) called.add(callee.start);
        const named = callee?.name ?? null;
        const to = named ?? ownerOfRoute(behind, endpoints);
        if (passive) put(named, from);
        else if (everyone)
          for (const each of document.names.names) if (!/^(?:web-?)?frontend/.test(each)) put(each, to);
        if (!passive && !everyone && !/^(?:called|invoked)/i.test(verb[0])) put(from, to);
      }
      subject = services[0]?.name ?? subject;
    }
  }
}

/** Services of which the PRD says that they call nobody: "has no synchronous dependencies on other services". */
function independent(document: Document): Set<string> {
  const found = new Set<string>();
  for (const section of document.sections)
    for (const { text } of passages(section.blocks))
      for (const sentence of sentences(text)) {
        if (!/\bno (?:direct |synchronous |outbound |API )*(?:dependenc(?:y|ies)|calls)\b/i.test(sentence)) continue;
        const service = document.names.mentions(sentence)[0]?.name ?? serviceOf(section, document);
        if (service !== null) found.add(service);
      }
  return found;
}

/** The one service that owns a route named in a code span. */
function ownerOfRoute(text: string, endpoints: readonly OutlineEndpoint[]): string | null {
  for (const span of codeSpans(text)) {
    const route = leadingRoutes(span)?.routes[0];
    if (route === undefined) continue;
    const owners = new Set(
      endpoints
        .filter((each) => each.method === route.method && pathShape(each.path) === pathShape(route.path))
        .map((each) => each.owner),
    );
    const [only] = owners;
    if (owners.size === 1 && only !== undefined) return only;
  }
  return null;
}

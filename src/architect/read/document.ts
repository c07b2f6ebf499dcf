import type { Question } from "../../model/plan.ts";
import { type ServiceNames, serviceName } from "./names.ts";
import { plain } from "./text.ts";
import { allSections, ancestry, type Section } from "./tree.ts";

/** What every reader works on: the section tree, the services found so far, and where doubts go. */
export interface Document {
  root: Section;
  sections: Section[];
  names: ServiceNames;
  /** The service of a single-application PRD; null when there are several. */
  only: string | null;
  doubt(about: string, question: string, line: number | null): void;
}

/** A list of doubts that keeps each only once. */
export function doubtList(): { questions: Question[]; doubt: Document["doubt"] } {
  const questions: Question[] = [];
  const seen = new Set<string>();
  return {
    questions,
    doubt: (about, question, line) => {
      const id = `${about}\n${question}`;
      if (seen.has(id)) return;
      seen.add(id);
      questions.push({ about, question, line });
    },
  };
}

export function documentOf(
  root: Section,
  names: ServiceNames,
  only: string | null,
  doubt: Document["doubt"],
): Document {
  return { root, sections: allSections(root), names, only, doubt };
}

/** The service whose section this is: the nearest heading that names exactly one service. */
export function serviceOf(section: Section, document: Document): string | null {
  for (const each of ancestry(section)) {
    const named = headingService(each, document);
    if (named !== null) return named;
  }
  return document.only;
}

/** The service a heading names ("Billing Service Endpoints", "4.1 billing-service", "Order (order-service)"). */
export function headingService(section: Section, document: Document): string | null {
  const cached = cache.get(section);
  if (cached !== undefined && cached.names === document.names) return cached.service;
  const service = findHeadingService(section.title, document.names);
  cache.set(section, { names: document.names, service });
  return service;
}

const cache = new WeakMap<Section, { names: ServiceNames; service: string | null }>();

function findHeadingService(title: string, names: ServiceNames): string | null {
  const text = documentTitle(plain(title));
  if (text === "") return null;
  const stated = serviceHeading(text);
  if (stated !== null) return names.resolve(stated);
  if (names.has(serviceName(text))) return serviceName(text);
  const inner = /\(([^)]*)\)/.exec(text)?.[1];
  const owner = inner === undefined ? null : names.resolve(inner);
  if (owner !== null) return owner;
  if (/service|svc|\bapi\b/i.test(text)) {
    const whole = names.resolve(leadingName(text));
    if (whole !== null) return whole;
  }
  const mentioned = new Set(names.mentions(text).map((each) => each.name));
  const [first] = mentioned;
  return mentioned.size === 1 && first !== undefined ? first : null;
}

/** A title without emoji in front and without "PRD" and the like behind. */
export function documentTitle(title: string): string {
  return title
    .replace(/^(?:\p{Extended_Pictographic}|\uFE0F|\s)+(?=\S)/u, "")
    .replace(/\s+(?:prd|product requirements? document|specification|spec)$/i, "")
    .trim();
}

/** The name in "Service 2: catalog", "Service: Catalog", "Bounded Context: Catalog"; null for other headings. */
export function serviceHeading(title: string): string | null {
  const match =
    /^(?:micro-?)?service\s*(?:\d+|[A-Z])?\s*(?::|–|—|-(?=\s))\s*(.+)$/i.exec(title) ??
    /^bounded\s+context\s*(?:\d+)?\s*(?::|–|—|-(?=\s))\s*(.+)$/i.exec(title) ??
    /^module\s*\d*\s*:\s*(.+?\bservice)$/i.exec(title);
  return match?.[1] === undefined ? null : leadingName(match[1]);
}

/** What stands before a dash, colon or parenthesis: "Billing Service — money (Go)" gives "Billing Service". */
export function leadingName(text: string): string {
  return (text.split(/\s+(?:–|—|--?|\|)\s+|:\s+|\s+\(/)[0] ?? text).trim();
}

import { slug } from "../../lib/ids.ts";
import { plain, singular } from "./text.ts";

/** A mention of a service in running text: where it stands and which service it is. */
export interface Mention {
  name: string;
  start: number;
  end: number;
}

/** "Billing Service", "billing_service" and "BillingService" as "billing-service": the form used everywhere. */
export function serviceName(text: string): string {
  const spaced = plain(text)
    .replace(/\([^)]*\)/g, " ")
    .replace(/^(?:the|our)\s+/i, "")
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1 $2")
    .replace(/([\p{Lu}])([\p{Lu}][\p{Ll}])/gu, "$1 $2")
    .replace(/[&]/g, " and ");
  const name = slug(spaced, 60).replace(/-(?:microservice|micro-service|svc)$/, "-service");
  return /^[a-z]/.test(name) ? name : `service-${name}`;
}

/** What distinguishes a service: its name without "service", "api" and plural endings. */
export function stem(name: string): string {
  const bare = name.replace(/-(?:service|services|api|backend|app|microservice)$/, "") || name;
  return bare.split("-").map(singular).join("-");
}

/** The services of a document, matched in whatever spelling the document uses. */
export class ServiceNames {
  readonly names: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #byStem = new Map<string, string>();
  readonly #pattern: RegExp | null;

  constructor(names: readonly string[]) {
    this.names = names;
    this.#known = new Set(names);
    for (const name of names) if (!this.#byStem.has(stem(name))) this.#byStem.set(stem(name), name);
    for (const [part, name] of partNames(names)) if (!this.#byStem.has(part)) this.#byStem.set(part, name);
    this.#pattern = mentionPattern(names);
  }

  /** The service a whole text names ("Billing", "billing-service (Python)"); null when it names none. */
  resolve(text: string): string | null {
    const bare = plain(text).replace(/^[\s:–—-]+|[\s.,;:]+$/g, "");
    if (bare === "" || bare.length > 80) return null;
    const alias = /\(([a-z][a-z0-9]*(?:-[a-z0-9]+)+)\)/.exec(bare)?.[1];
    for (const candidate of [alias, bare]) {
      if (candidate === undefined) continue;
      const name = serviceName(candidate);
      if (this.#known.has(name)) return name;
      const found = this.#byStem.get(stem(name));
      if (found !== undefined) return found;
    }
    return null;
  }

  has(name: string): boolean {
    return this.#known.has(name);
  }

  /** The service whose stem (see `stem`) this is. */
  byStem(text: string): string | null {
    return this.#byStem.get(text) ?? null;
  }

  /** The services a list names: "billing, auth-service and Reporting Service"; what is no service is left out. */
  resolveAll(text: string): string[] {
    const rest = plain(text);
    if (/^(?:all|every|each)\b(?:\s+(?:other\s+)?(?:micro)?services?)?\s*$/i.test(rest)) return [...this.names];
    const found = rest
      .split(/[,;/&+]|\s+(?:and|or)\s+|<br\s*\/?>/i)
      .map((part) => this.resolve(part))
      .filter((name) => name !== null);
    return [...new Set(found.length > 0 ? found : this.mentions(rest).map((each) => each.name))];
  }

  /** Where running text mentions services, in order. */
  mentions(text: string): Mention[] {
    if (this.#pattern === null) return [];
    const found: Mention[] = [];
    for (const match of text.matchAll(this.#pattern)) {
      const name = this.#byStem.get(stem(serviceName(match[0])));
      if (name !== undefined) found.push({ name, start: match.index, end: match.index + match[0].length });
    }
    return found;
  }
}

/** "restaurant" and "menu" for restaurant-and-menu-service, where they are parts of one service only. */
function partNames(names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const shared = new Set<string>();
  for (const name of names) {
    const parts = stem(name).split("-and-");
    for (const part of parts.length < 2 ? [] : parts) {
      if (found.has(part)) shared.add(part);
      found.set(part, name);
    }
  }
  for (const part of shared) found.delete(part);
  return found;
}

/** More services than this are looked for in headings and cells only: real systems have fewer, and the pattern stays quick. */
const MAX_MENTIONED = 150;

/**
 * One pattern for all services: the full name in any spelling. A name without a suffix ("billing") is looked for with
 * "service" behind it, because alone it is mostly an ordinary word; names of two and more words are looked for as they are.
 */
function mentionPattern(names: readonly string[]): RegExp | null {
  const suffix = "(?:[ _-]?(?:micro)?service|[ _-]svc|[ _-]api)";
  const alternatives = names
    .slice(0, MAX_MENTIONED)
    .sort((a, b) => b.length - a.length)
    .map((name) => {
      const words = stem(name)
        .split("-")
        .map((word) => word.replace(/[^a-z0-9]/g, ""))
        .map((word) => `${/y$/.test(word) ? `${word.slice(0, -1)}(?:y|ies)` : `${word}(?:e?s)?`}`)
        .join("[ _-]?");
      const named = /-(?:service|api)$/.test(name);
      return `${words}${suffix}${named || !name.includes("-") ? "" : "?"}${/^(?:frontend|web-?app|gateway|backend|worker)$/.test(name) ? "?" : ""}`;
    });
  return alternatives.length === 0
    ? null
    : new RegExp(`(?<![\\p{L}\\p{N}_/])(?:${alternatives.join("|")})(?![\\p{L}\\p{N}])`, "giu");
}

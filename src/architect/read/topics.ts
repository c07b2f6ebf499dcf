import { leadingName } from "./document.ts";
import { plain } from "./text.ts";
import { ancestry, type Section } from "./tree.ts";

/** What a heading announces, judged by its words alone. */
export type Topic = "endpoint" | "endpoints" | "events" | "machine" | "entities" | "relationships" | "other";

export const METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS";

const ENDPOINT = new RegExp(`^(?:\\d+[.)]\\s*)?(?:${METHODS})(?:\\s*[/|,]\\s*(?:${METHODS}))*\\s+(?:https?:/)?/`);

/** The topic of a section's own heading; null when the heading announces none of them. */
export function topicOf(section: Section): Topic | null {
  const cached = cache.get(section);
  if (cached !== undefined) return cached;
  const topic = findTopic(leadingName(plain(section.title)));
  cache.set(section, topic);
  return topic;
}

const cache = new WeakMap<Section, Topic | null>();

function findTopic(title: string): Topic | null {
  if (ENDPOINT.test(title)) return "endpoint";
  if (SERVICE_TITLE.test(title)) return null;
  if (MACHINE.test(title)) return "machine";
  if (
    /\bevent(?:s|ing)?\b(?!\s+(?:entity|service|model)\b)|event-driven|\basynchronous\b|\basync(?:api)?\b|\bmessag(?:es|ing)\b|\bpub\/?sub\b|\bsubscriptions?\b/i.test(
      title,
    )
  )
    return /^event(?:\s*\(.*\))?$/i.test(title) || /\bentit/i.test(title) ? null : "events";
  if (/\brelation(?:ship)?s\b/i.test(title)) return "relationships";
  if (/\b(?:endpoints?|apis?|routes?|rest|http)\b/i.test(title) && !/\b(?:api key|gateway)\b/i.test(title))
    return "endpoints";
  if (ENTITIES.test(title)) return "entities";
  return OTHER.test(title) ? "other" : null;
}

/** "event-service", "Subscription Service": names of services, whatever words they hold. */
const SERVICE_TITLE =
  /^(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:service|svc)|(?!(?:each|every|all|per|inter|cross|by)\b)[\p{L}\p{N}&]+(?: [\p{L}\p{N}&]+){0,2} (?:micro)?service)$/iu;

const MACHINE =
  /\bstate[ -](?:machines?|diagrams?|transitions?|models?|flows?)\b|\b(?:status|state|life-?cycle)\s+(?:transitions?|flows?|life-?cycles?|machines?|workflow|rules|diagram)\b|\b(?:allowed|valid)\s+(?:state\s+|status\s+)?transitions?\b|^(?:transitions?|states|states? (?:and|&) transitions?)$|\btransition\s+(?:rules|table|matrix)\b|\blife-?cycles?$/i;

const ENTITIES =
  /\b(?:entit(?:y|ies)|data ?models?|domain ?models?|(?:data ?base|data|table|db) ?schemas?|schemas?|models|tables|aggregates|data (?:structures?|dictionary|ownership)|core objects|domain objects|collections)\b/i;

/** Headings that are about the document, the project or a concern, whatever stands below them. */
const OTHER = new RegExp(
  [
    "^(?:",
    [
      "overview|introduction|summary|background|purpose|scope|goals?|objectives?|vision|description|glossary|terminology|context|notes?|appendix.*|references?|changelog|revision history|table of contents",
      "(?:non-?)?functional requirements?|requirements?|user stories|use cases?|features?|acceptance criteria|success (?:criteria|metrics)|kpis?|milestones?|timeline|roadmap|phases?|risks?|assumptions?|constraints?|open questions?|out of scope|dependencies",
      "business rules?|rules?|validation(?: rules?)?|invariants?|policies|permissions?|roles?(?: and permissions?)?|user roles.*|auth|authentication.*|authorization.*|security.*|rbac|access control.*",
      "seed data|sample data|test data|fixtures|initial data|migrations?|indexes|indices",
      "pages?|screens?|views?|frontend.*|front-end.*|ui.*|ux.*|user interface|navigation|components?|routing|wireframes?|design.*|i18n.*|rtl.*|locali[sz]ation",
      "observability|monitoring|logging.*|metrics|tracing|alerts?|alerting|health(?: checks?)?|performance|availability|scalability|reliability|data retention|compliance|privacy|backup.*",
      "tech(?:nology)?(?: stack)?|stack|architecture.*|infrastructure|deployment|docker.*|environment.*|configuration|config|testing.*|tests?|ci/?cd|tooling|project structure|directory structure",
      "errors?|error (?:codes?|handling|responses?|format)|pagination|filtering|sorting|rate limit(?:s|ing)|headers?|query parameters?|parameters?|request(?: body)?|response(?: body)?|payloads?|response format|api conventions|conventions",
      "integrations?|external (?:systems|services|integrations)|communication|inter-?service.*|cross-?service.*|service contracts?|contracts?|notifications? rules|workflows?|flows?|user flows?|processes|jobs|background jobs|scheduled jobs|caching|cache",
    ].join("|"),
    ")$",
  ].join(""),
  "i",
);

/** Whether the section or one around it has the topic. */
export function within(section: Section, ...topics: Topic[]): boolean {
  return ancestry(section).some((each) => {
    const topic = topicOf(each);
    return topic !== null && topics.includes(topic);
  });
}

/** The nearest topic at or above a section. */
export function nearestTopic(section: Section): Topic | null {
  for (const each of ancestry(section)) {
    const topic = topicOf(each);
    if (topic !== null) return topic;
  }
  return null;
}

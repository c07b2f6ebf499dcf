import type { OutlineEndpoint } from "../outline.ts";
import type { Document } from "./document.ts";
import type { Route } from "./paths.ts";
import { nearestTopic } from "./topics.ts";
import type { Section } from "./tree.ts";

/** An endpoint with the section it was read in; `declared` is false for a mere mention. */
export interface EndpointDraft {
  endpoint: OutlineEndpoint;
  section: Section;
  declared: boolean;
}

/** An endpoint of which only the route is known. */
export function draft(route: Route, owner: string | null, section: Section, line: number): EndpointDraft {
  return {
    section,
    declared: true,
    endpoint: { ...route, query: [...route.query], owner, summary: "", request: null, responses: [], auth: null, line },
  };
}

/** Where an endpoint is read. */
export interface Place {
  section: Section;
  owner: string | null;
  document: Document;
}

/** Whether a route in this section declares an endpoint: lists below tests, performance or plans only mention some. */
export function declaring(section: Section): boolean {
  const topic = nearestTopic(section);
  return (
    topic === null ||
    topic === "endpoints" ||
    topic === "entities" ||
    topic === "endpoint" ||
    (topic === "other" && !MENTIONING.test(section.title))
  );
}

const MENTIONING =
  /\b(?:tests?|testing|performance|scalab|availab|metrics?|success|acceptance|criteria|stories|examples?|flows?|scenarios?|milestones?|phases?|roadmap|risks?|rate limit|cach|security|seed)/i;

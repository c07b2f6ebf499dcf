import type { Outline, OutlineService } from "../outline.ts";
import { readAuth } from "./auth.ts";
import { readDependencies } from "./dependencies.ts";
import { documentOf, doubtList } from "./document.ts";
import { askDoubts } from "./doubts.ts";
import { readEndpoints } from "./endpoints.ts";
import { readEntities } from "./entities.ts";
import { readEvents } from "./events.ts";
import { assertReadable, tamed, unreadable } from "./guard.ts";
import { ServiceNames } from "./names.ts";
import { inferEndpointOwners, inferEntityOwners } from "./owners.ts";
import { parseTree } from "./parse-tree.ts";
import { readRelationships } from "./relationships.ts";
import { readServices } from "./services.ts";
import { readStack, type StackFacts, singleApplication } from "./stack.ts";
import { readStateMachines } from "./state-machines.ts";
import { readTitle } from "./title.ts";

/**
 * Reads a Markdown PRD, in any of the dialects of the neighbours' interfaces (section 4), into an outline. Nothing is invented:
 * what is missing or contradictory becomes a question with its line. Takes time linear in the length of the text.
 * Errors: PRD_UNREADABLE when the text is empty, too short, binary, or describes no service and no application.
 */
export function readOutline(markdown: string): Outline {
  assertReadable(markdown);
  const root = parseTree(tamed(markdown));
  const { title, description } = readTitle(root);
  const { questions, doubt } = doubtList();

  const found = readServices(root);
  const services =
    found.length > 0
      ? withStack(found, readStack(root, new ServiceNames(found.map((service) => service.name))))
      : singleApplication(root, title, description, doubt);
  const only = services.length === 1 ? (services[0]?.name ?? null) : null;
  const document = documentOf(root, new ServiceNames(services.map((service) => service.name)), only, doubt);

  const entities = readEntities(document);
  inferEntityOwners(entities, document);
  const drafts = readEndpoints(document);
  readStateMachines(document, entities);
  const events = readEvents(
    document,
    entities.map((entity) => entity.name),
  );
  const auth = readAuth(document, drafts);
  const endpoints = drafts.map((draft) => draft.endpoint);
  for (const endpoint of endpoints) endpoint.responses.sort((a, b) => a.status - b.status);
  if (found.length === 0 && entities.length === 0 && endpoints.length === 0)
    throw unreadable(
      "The PRD names no services, and no entities or endpoints of a single application either: it is prose only.",
    );
  inferEndpointOwners(endpoints, entities, document);

  const outline: Outline = {
    title,
    description,
    services,
    entities,
    relationships: readRelationships(document, entities),
    endpoints,
    events,
    dependencies: readDependencies(document, endpoints),
    auth,
    questions,
  };
  askDoubts(outline, document);
  return outline;
}

/** What the PRD says of the whole system holds for every back-end service that says nothing of its own. */
function withStack(services: readonly OutlineService[], stack: StackFacts): OutlineService[] {
  return services.map((service) => {
    if (service.is_frontend || service.technology !== "") return service;
    const { technology, database, message_broker } = stack;
    return {
      ...service,
      technology,
      database: service.database ?? database,
      message_broker: service.message_broker ?? message_broker,
    };
  });
}

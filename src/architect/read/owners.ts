import type { OutlineEndpoint, OutlineEntity } from "../outline.ts";
import { type Document, headingService } from "./document.ts";
import { basePaths, gatewayRoutes, router } from "./gateway-routes.ts";
import { entityKey, labelled, plain, singular } from "./text.ts";
import { textLines } from "./tree.ts";

/**
 * Owners that the PRD implies: the service whose database lists the entity's table; else the service that is called after the
 * entity, and for a part of an owned entity (OrderItem) the owner of the whole. The latter two are asked as questions.
 */
export function inferEntityOwners(entities: readonly OutlineEntity[], document: Document): void {
  const open = entities.filter((entity) => entity.owner === null);
  if (open.length === 0) return;
  const tables = tableOwners(document);
  for (const entity of open) entity.owner = tables.get(entityKey(entity.name)) ?? null;
  const guess = (entity: OutlineEntity, owner: string) => {
    entity.owner = owner;
    document.doubt(
      `entity ${entity.name}`,
      `Does ${owner} own ${entity.name}? The PRD does not say; the names suggest it.`,
      entity.line,
    );
  };
  for (const entity of open) {
    const named = entity.owner === null ? byService(entity.name.toLowerCase(), document) : null;
    if (named !== null) guess(entity, named);
  }
  const owned = new Map(entities.filter((each) => each.owner !== null).map((each) => [each.name, each]));
  for (const entity of open) {
    if (entity.owner !== null) continue;
    const whole = wholes(entity.name)
      .map((name) => owned.get(name))
      .find((each) => each !== undefined && each !== entity && each.owner !== null);
    if (whole?.owner !== null && whole !== undefined) guess(entity, whole.owner);
  }
}

/** What a compound name may be a part of, shortest first: "Order" and "OrderItem" for OrderItemNote. */
function wholes(name: string): string[] {
  return [...name.matchAll(/(?<=.)(?=\p{Lu})/gu)].map((match) => name.slice(0, match.index));
}

/** "**Database:** PostgreSQL (tables: `orders`, `order_items`)" below a service's heading. */
function tableOwners(document: Document): Map<string, string> {
  const owners = new Map<string, string>();
  for (const section of document.sections) {
    const service = headingService(section, document);
    if (service === null) continue;
    for (const { text } of textLines(section.blocks)) {
      const label = labelled(text);
      if (
        label === null ||
        !/^(?:database|db|tables?|data ?store|storage|owns|owned tables|collections?)$/.test(label.label)
      )
        continue;
      const listed =
        /\btables?:?\s*(.*)$/i.exec(label.value)?.[1] ??
        /\(([^)]*)\)/.exec(label.value)?.[1] ??
        (/^(?:tables?|owns|owned|collections?)/.test(label.label) ? label.value : "");
      for (const name of plain(listed).split(/[,;)]/))
        if (/^\s*[\w-]+\s*$/.test(name)) owners.set(entityKey(name.trim()), service);
    }
  }
  return owners;
}

/**
 * An endpoint that stands below no service belongs to the service that the gateway routes its path to, or that lists the path. Without such a route it
 * belongs to the owner of the entity in its path, or to the service its path is
 * named after; a question says so. When neither is clear the owner stays open.
 */
export function inferEndpointOwners(
  endpoints: readonly OutlineEndpoint[],
  entities: readonly OutlineEntity[],
  document: Document,
): void {
  const owners = new Map(
    entities.filter((entity) => entity.owner !== null).map((entity) => [entityKey(entity.name), entity.owner]),
  );
  const routedTo = router([...gatewayRoutes(document.sections), ...basePaths(document)]);
  for (const endpoint of endpoints) {
    if (endpoint.owner !== null) continue;
    const routed = routedTo(endpoint.path);
    endpoint.owner = routed === null ? null : document.names.resolve(routed);
    if (endpoint.owner !== null) continue;
    const words = endpoint.path.split("/").filter((word) => word !== "" && !/^(?:\{.*\}|api|v\d+)$/.test(word));
    const owner = words
      .map((word) => owners.get(entityKey(word)) ?? byService(word, document))
      .find((each) => each !== null);
    if (owner === undefined || owner === null) continue;
    endpoint.owner = owner;
    document.doubt(
      `endpoint ${endpoint.method} ${endpoint.path}`,
      `Does ${owner} offer ${endpoint.method} ${endpoint.path}? The PRD does not say; the path suggests it.`,
      endpoint.line,
    );
  }
}

function byService(word: string, document: Document): string | null {
  return document.names.byStem(word.split("-").map(singular).join("-"));
}

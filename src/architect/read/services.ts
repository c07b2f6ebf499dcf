import type { OutlineService } from "../outline.ts";
import { stem } from "./names.ts";
import { completeFromSections, headedServices, listedServices } from "./service-headings.ts";
import type { ServiceMention } from "./service-mention.ts";
import { owningServices, proseServices, publishingServices, routedServices } from "./service-prose.ts";
import { tabledServices } from "./service-tables.ts";
import { allSections, type Section } from "./tree.ts";

/**
 * The services a document describes, most explicit source first: component and service tables, service sections, owners of
 * entities, targets of gateway routes, publishers of events, names in prose. Names that differ only in spelling are one service, and later sources fill what earlier ones lack.
 */
export function readServices(root: Section): OutlineService[] {
  const sections = allSections(root);
  const explicit = merge([...tabledServices(sections), ...headedServices(sections), ...listedServices(sections)]);
  const owners = merge([...explicit, ...owningServices(sections, explicit)]);
  const routed = merge([...owners, ...routedServices(sections, owners)]);
  const told = routed.length > 0 ? routed : merge(publishingServices(sections));
  const services = told.length > 0 ? told : merge(proseServices(sections));
  return completeFromSections(
    services.map((each) => each.service),
    sections,
  );
}

function merge(found: readonly ServiceMention[]): ServiceMention[] {
  const byStem = new Map<string, ServiceMention>();
  for (const next of found) {
    const id = stem(next.service.name);
    const known = byStem.get(id);
    if (known === undefined) byStem.set(id, { service: { ...next.service } });
    else fill(known.service, next.service);
  }
  return [...byStem.values()];
}

function fill(into: OutlineService, from: OutlineService): void {
  if (!/-service$/.test(into.name) && /-service$/.test(from.name) && stem(into.name) !== "frontend")
    into.name = from.name;
  into.description ||= from.description;
  into.technology ||= from.technology;
  into.domain ||= from.domain;
  into.database ??= from.database;
  into.message_broker ??= from.message_broker;
  into.port ??= from.port;
  into.is_frontend ||= from.is_frontend;
}

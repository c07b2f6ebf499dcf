import type { OutlineService } from "../outline.ts";
import { documentTitle, leadingName, serviceHeading } from "./document.ts";
import { serviceName, stem } from "./names.ts";
import { blankService, FRONTEND, INFRASTRUCTURE, portOf, type ServiceMention } from "./service-mention.ts";
import { labelled, plain, sentences } from "./text.ts";
import { deepBlocks, type Item, passages, type Section, textLines } from "./tree.ts";

/** Services that have a heading of their own. */
export function headedServices(sections: readonly Section[]): ServiceMention[] {
  return sections.flatMap((section) => {
    const name = namedByHeading(section);
    return name === null
      ? []
      : [
          {
            service: {
              ...blankService(name, section.line),
              is_frontend: /^(?:web )?front-?end$/i.test(name),
              port: portOf(/\bport:?\s*(\d+)/i.exec(section.title)?.[1] ?? ""),
            },
          },
        ];
  });
}

/** Headings that hold services, each in a heading of its own. */
const HOLDER =
  /^(?:(?:micro|core|backend|domain|the|system|business|additional|other|supporting|application)[ -]?)*services(?:\s+(?:boundaries|overview|breakdown|decomposition|definitions?|catalog(?:ue)?|descriptions?|specifications?|details?|list|map))?$|^service (?:boundaries|breakdown|decomposition|definitions?|catalog(?:ue)?|descriptions?|specifications?|details)$|^bounded contexts$/i;

/** Headings and names that hold the word service without naming one. */
export const NOT_A_SERVICE =
  /^(?:overview|summary|introduction|architecture|communication|dependencies|service (?:to service|map|mesh|discovery|communication|dependencies|overview|contracts|boundaries|interactions?)|(?:inter|cross|multi|per|non|single|micro|self)[- ]?service.*|(?:one|two|three|four|five|six|seven|eight|nine|ten|\d+|new|same|shared)[- ]services?|shared.*|common.*|general.*|notes?|external services?|third.party services?|infrastructure.*|deployment.*|(?:micro|web|core|backend|domain|application|customer-facing|self|(?:software|platform|infrastructure) as a|transaction|intelligence|communication)[ -]?services?|service|each service|every service|all services|new service|per service|terms of service|levels? of service|quality of service|responsibilit(?:y|ies).*|data ownership.*|ownership.*|events?|endpoints|api.*|database.*|rules?|technology.*|tech.*|.*\bper service|.*\bdiagram)$/i;

function namedByHeading(section: Section): string | null {
  const title = documentTitle(plain(section.title));
  const named = serviceHeading(title);
  if (named !== null) return NOT_A_SERVICE.test(named) ? null : named;
  const alias = /\(`?([a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:service|svc))`?\)$/.exec(title)?.[1];
  const lead = leadingName(title);
  if (NOT_A_SERVICE.test(lead)) return null;
  if (/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:service|svc)$/.test(lead)) return lead;
  if (/^(?:\p{Lu}[\p{L}\p{N}]*(?:\s+(?:&|and|\p{Lu}[\p{L}\p{N}]*))*)\s+(?:Micro)?[Ss]ervice$/u.test(lead))
    return alias ?? lead;
  if (section.parent === null || !HOLDER.test(leadingName(plain(section.parent.title)))) return null;
  if (/^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/.test(lead)) return lead;
  if (lead.split(" ").length > 4 || /→|->/.test(title)) return null;
  if (describesService(section)) return lead;
  const siblings = section.parent.children;
  return siblings.filter(describesService).length >= 2 && !siblings.some(suffixed) ? lead : null;
}

/** Whether a heading says itself that it names a service; the others beside it are then about something else. */
function suffixed(section: Section): boolean {
  return /[ -](?:service|svc)$/i.test(leadingName(documentTitle(plain(section.title))));
}

/** Whether a section below "Services" says what a service says: purpose, stack, port, endpoints, entities. */
function describesService(section: Section): boolean {
  const about =
    /^(?:purpose|responsibilit(?:y|ies)|tech(?:nology)?(?: stack)?|stack|port|database|data store|storage|db|cache|publishes|consumes|status|description|owns|owned entities|entities|endpoints|events?.*|api|framework|language|runtime)$/;
  const inText = textLines(section.blocks).some((line) => about.test(labelled(line.text)?.label ?? ""));
  return inText || section.children.some((child) => about.test(plain(child.title).toLowerCase()));
}

/** "Order Service", "order-svc", "User-MS", "User-MS-W". */
const SUFFIXED = /\bservice$|-(?:service|svc)$|[ -]MS(?:-[A-Z]{1,2})?$/i;

/** A list of services: "- **Order Service:** life cycle of orders" (at least two such items), below a heading about services. */
export function listedServices(sections: readonly Section[]): ServiceMention[] {
  return sections.flatMap((section) => {
    if (
      /depend|external|third.party|integrat|upstream|downstream|consumers|clients|swagger|port|url/i.test(
        plain(section.title),
      )
    )
      return [];
    const holder = /\b(?:micro)?services?\b/i.test(plain(section.title));
    return section.blocks.flatMap((block) => {
      if (block.kind !== "list") return [];
      const named = block.items.map((item) => ({ item, name: itemName(item) }));
      const certain = named.filter(({ name }) => name !== null && SUFFIXED.test(name));
      const started = certain.every(({ item }) => /\bport:?\s*\d+/i.test(item.text));
      if (certain.length < 2 || certain.length < block.items.length * (holder || started ? 0.3 : 0.6)) return [];
      return certain.map(({ item, name }) => ({
        service: {
          ...blankService(name ?? "", item.line),
          description: itemRemark(item.text),
          port: portOf(/\bport:?\s*(\d+)/i.exec(item.text)?.[1] ?? ""),
        },
      }));
    });
  });
}

/** The name an item opens with: "**Order Service** (port 8083) — orders", "order-service: orders". */
function itemName(item: Item): string | null {
  const match =
    /^(?:\*\*([^*]{2,60})\*\*|`([^`]{2,60})`|((?:\p{Lu}[\p{L}\p{N}]* ){1,3}Service|[a-z][a-z0-9-]*-(?:service|svc)))(.*)$/su.exec(
      item.text,
    );
  const name = (match?.[1] ?? match?.[2] ?? match?.[3] ?? "").trim();
  if (match === null || !(name.endsWith(":") || /^\s*(?:[:(—–-]|$)/.test(match[4] ?? ""))) return null;
  const bare = name.replace(/:$/, "");
  if (NOT_A_SERVICE.test(bare) || INFRASTRUCTURE.test(bare) || /[:→/]/.test(bare)) return null;
  return leadingName(bare);
}

function itemRemark(text: string): string {
  return plain(/(?::\*\*|\*\*:?|`:?|:)\s*(?:\([^)]*\)\s*)?(?:[—–-]\s*)?(.*)$/s.exec(text)?.[1] ?? "");
}

/** Services filled from their own sections: purpose, stack, port, database, broker. */
export function completeFromSections(
  services: readonly OutlineService[],
  sections: readonly Section[],
): OutlineService[] {
  const byStem = new Map<string, Section[]>();
  for (const section of sections) {
    const name = namedByHeading(section);
    if (name === null) continue;
    const id = stem(serviceName(name));
    byStem.set(id, [...(byStem.get(id) ?? []), section]);
  }
  return services.map((service) => withSections(service, byStem.get(stem(service.name)) ?? []));
}

function withSections(service: OutlineService, own: readonly Section[]): OutlineService {
  const filled = { ...service };
  for (const section of own) {
    const described = section.children.find((child) => /^(?:description|overview|purpose)$/i.test(plain(child.title)));
    filled.description ||= opening(section) || (described === undefined ? "" : opening(described));
    const stack = section.children.find((child) => /^tech(?:nology)?(?: stack)?$|^stack$/i.test(plain(child.title)));
    for (const line of [...topLines(section), ...textLines(stack?.blocks ?? [])]) applyLabel(filled, line.text);
  }
  if (FRONTEND.test(filled.technology) && !/nest/i.test(filled.technology)) filled.is_frontend = true;
  return filled;
}

function topLines(section: Section): { text: string }[] {
  return deepBlocks(section.blocks).flatMap((block) => {
    if (block.kind === "list") return block.items;
    return block.kind === "paragraph" ? block.lines : [];
  });
}

function applyLabel(service: OutlineService, text: string): void {
  const found = labelled(text);
  if (found === null) return;
  const value = plain(found.value);
  if (value === "") return;
  const { label } = found;
  if (/^(?:purpose|description|responsibilit(?:y|ies)|role|(?:business )?capabilit(?:y|ies))$/.test(label))
    service.description = service.description.startsWith(value) ? service.description : value;
  else if (/^port$/.test(label)) service.port ??= portOf(value);
  else if (/^(?:database|data ?store|db|storage)$/.test(label)) service.database ??= value;
  else if (/broker|^messaging$|^message bus$|^event bus$/.test(label)) service.message_broker ??= value;
  else if (/^domain$/.test(label)) service.domain ||= value;
  else if (/^(?:tech(?:nology)?(?: stack)?|stack)$/.test(label)) service.technology ||= value;
  else if (/^(?:runtime|language|framework)$/.test(label) && !service.technology.includes(value))
    service.technology = service.technology === "" ? value : `${service.technology} / ${value}`;
}

function opening(section: Section): string {
  const first = section.blocks[0];
  if (first?.kind !== "paragraph") return "";
  const text = passages([first])[0]?.text ?? "";
  return labelled(text) === null ? plain(sentences(text)[0] ?? "") : "";
}

import type { Service } from "../../model/service-map.ts";

/**
 * The part of a PRD that concerns one service: all of it when it is short enough, else its opening and the sections that
 * name the service, its entities or its events. At most `most` characters; says when something was left out.
 */
export function prdPart(prd: string, service: Service, most: number): string {
  if (prd.length <= most) return prd.trim();
  const sections = prd.split(/^(?=#{1,6} )/m);
  const words = [service.name, service.domain, ...service.owns_entities, ...service.events_published]
    .concat(service.events_subscribed)
    .filter((word) => word.length > 2)
    .map((word) => word.toLowerCase().replaceAll("-", " "));
  const concerns = (text: string) => {
    const plain = text.toLowerCase().replaceAll(/[-_]/g, " ");
    return words.some((word) => plain.includes(word));
  };
  const kept = sections.filter((text, index) => index === 0 || concerns(text));
  const note = "(Sections that do not name this service were left out.)";
  const part = kept.join("").trim();
  return part.length + note.length + 2 <= most
    ? `${part}\n\n${note}`
    : `${part.slice(0, most - note.length - 20)}\n\n(cut)\n\n${note}`;
}

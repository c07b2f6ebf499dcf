import type { Service, ServiceMap } from "./service-map.ts";

/** Most services and arrows that are drawn: beyond that a diagram is read by nobody, and some renderers refuse it. */
const MAX_SERVICES = 60;
const MAX_ARROWS = 150;
/** Events named on one arrow. */
const MAX_EVENTS = 4;
const MAX_LABEL = 60;

/**
 * The service map as a Mermaid flowchart: a box for each service with what it owns, a solid arrow for each synchronous
 * call, a dashed one with the names of the events that flow. At most 60 services and 150 arrows; what is left out is said.
 */
export function serviceMapDiagram({ services }: Pick<ServiceMap, "services">): string {
  const drawn = services.slice(0, MAX_SERVICES);
  const ids = new Map(drawn.map(({ name }, index) => [name, `s${index}`]));
  const arrows = [...callsOf(drawn, ids), ...eventsOf(drawn, ids)];
  const left = [
    services.length > drawn.length && `${services.length - drawn.length} more services`,
    arrows.length > MAX_ARROWS && `${arrows.length - MAX_ARROWS} more arrows`,
  ].filter((part) => part !== false);
  return [
    "flowchart LR",
    ...drawn.map((service, index) => `  s${index}${boxOf(service)}`),
    ...arrows.slice(0, MAX_ARROWS).map((arrow) => `  ${arrow}`),
    ...(left.length > 0 ? [`  more["not shown: ${left.join(", ")}"]`] : []),
    "",
  ].join("\n");
}

function boxOf({ name, owns_entities, is_frontend }: Service): string {
  const owned = owns_entities.length > 0 ? `<br/>${label(owns_entities.join(", "))}` : "";
  const text = `"${label(name)}${owned}"`;
  return is_frontend ? `([${text}])` : `[${text}]`;
}

function callsOf(services: readonly Service[], ids: ReadonlyMap<string, string>): string[] {
  return services.flatMap(({ name, depends_on }) =>
    depends_on.filter((other) => ids.has(other)).map((other) => `${ids.get(name)} --> ${ids.get(other)}`),
  );
}

function eventsOf(services: readonly Service[], ids: ReadonlyMap<string, string>): string[] {
  return services.flatMap(({ name, events_published }) =>
    services.flatMap((other) => {
      const shared = events_published.filter((event) => other.events_subscribed.includes(event));
      if (shared.length === 0) return [];
      const more = shared.length > MAX_EVENTS ? ` +${shared.length - MAX_EVENTS}` : "";
      const text = shared.slice(0, MAX_EVENTS).map(label).join(", ");
      return [`${ids.get(name)} -. "${text}${more}" .-> ${ids.get(other.name)}`];
    }),
  );
}

/** Any text as Mermaid takes it inside quotes: entity codes for what would end the quotes or be read as markup. */
function label(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const short = line.length > MAX_LABEL ? `${line.slice(0, MAX_LABEL - 1)}…` : line;
  return short.replace(/[^\p{L}\p{N} .,:_+/…-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}

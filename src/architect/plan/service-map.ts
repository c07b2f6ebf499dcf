import type { Service, Stack } from "../../model/service-map.ts";
import type { OutlineService } from "../outline.ts";
import type { Ask, Draft } from "./draft.ts";

/** The services with what they own, offer and use. */
export function planServices(draft: Draft, ask: Ask): Service[] {
  const services = draft.services.map((service) => planService(service, draft));
  for (const cycle of cycles(services)) {
    const path = [...cycle, cycle[0] ?? ""].join(" → ");
    ask("dependencies", `The services call each other in a circle: ${path}. Is that meant?`, null);
  }
  return services;
}

function planService(service: OutlineService, draft: Draft): Service {
  const { name } = service;
  const owned = draft.entities.filter((entity) => entity.owner === name).map((entity) => entity.name);
  const published = draft.events.filter((event) => event.publishers.includes(name));
  const subscribed = draft.events.filter((event) => event.consumers.includes(name));
  const depends = draft.dependencies.filter(({ from }) => from === name).map(({ to }) => to);
  const isBackend = (other: string) => draft.health.has(other);
  const sources = subscribed.flatMap((event) => event.publishers).filter((publisher) => publisher !== name);
  const hasEvents = published.length + subscribed.length > 0;
  return {
    name,
    domain: service.domain,
    description: service.description,
    stack: stackOf(service),
    estimated_loc: Math.max(100, 500 * owned.length),
    owns_entities: owned,
    provides_contracts: [...(service.is_frontend ? [] : [`${name}-api`]), ...(hasEvents ? [`${name}-events`] : [])],
    consumes_contracts: [
      ...depends.filter(isBackend).map((other) => `${other}-api`),
      ...[...new Set(sources)].map((other) => `${other}-events`),
    ],
    is_frontend: service.is_frontend,
    port: service.port ?? 8080,
    health_endpoint: draft.health.get(name) ?? "/health",
    depends_on: depends,
    events_published: published.map((event) => event.name),
    events_subscribed: subscribed.map((event) => event.name),
  };
}

/** Framework or language in a PRD's words → language, and framework when it is one. The first that is found counts. */
const TECHNOLOGIES: [pattern: RegExp, language: string, framework: string | null][] = [
  [/\bnest(?:\.?js)?\b/i, "typescript", "NestJS"],
  [/\bnext(?:\.?js)\b/i, "typescript", "Next.js"],
  [/\bnuxt(?:\.?js)?\b/i, "typescript", "Nuxt"],
  [/\bangular\b/i, "typescript", "Angular"],
  [/\breact\b/i, "typescript", "React"],
  [/\bvue(?:\.?js)?\b/i, "typescript", "Vue"],
  [/\bsvelte(?:kit)?\b/i, "typescript", "Svelte"],
  [/\bfastapi\b/i, "python", "FastAPI"],
  [/\bdjango\b/i, "python", "Django"],
  [/\bflask\b/i, "python", "Flask"],
  [/\bspring(?:\s?boot)?\b/i, "java", "Spring Boot"],
  [/\bquarkus\b/i, "java", "Quarkus"],
  [/\bktor\b/i, "kotlin", "Ktor"],
  [/\basp\.?net\b/i, "csharp", "ASP.NET Core"],
  [/\brails\b/i, "ruby", "Rails"],
  [/\blaravel\b/i, "php", "Laravel"],
  [/\bphoenix\b/i, "elixir", "Phoenix"],
  [/\bactix\b/i, "rust", "Actix"],
  [/\baxum\b/i, "rust", "Axum"],
  [/\bgin\b/i, "go", "Gin"],
  [/\bfastify\b/i, "javascript", "Fastify"],
  [/\bexpress(?:\.?js)?\b/i, "javascript", "Express"],
  [/\bkoa\b/i, "javascript", "Koa"],
  [/\btypescript\b/i, "typescript", null],
  [/\bpython\b/i, "python", null],
  [/\bkotlin\b/i, "kotlin", null],
  [/\bjava\b/i, "java", null],
  [/\bgo(?:lang)?\b/i, "go", null],
  [/\brust\b/i, "rust", null],
  [/\b(?:c#|csharp|\.net|dotnet)/i, "csharp", null],
  [/\bruby\b/i, "ruby", null],
  [/\bphp\b/i, "php", null],
  [/\belixir\b/i, "elixir", null],
  [/\b(?:node(?:\.?js)?|javascript)\b/i, "javascript", null],
];

/** The stack in the PRD's words; `unspecified` when it says nothing. */
export function stackOf(service: Pick<OutlineService, "technology" | "database" | "message_broker">): Stack {
  const text = service.technology.slice(0, 200);
  const found = TECHNOLOGIES.find(([pattern]) => pattern.test(text));
  const typescript = found?.[1] === "javascript" && /\btypescript\b/i.test(text);
  return {
    language: typescript ? "typescript" : (found?.[1] ?? (text.trim().toLowerCase() || "unspecified")),
    framework: found?.[2] ?? null,
    database: service.database,
    message_broker: service.message_broker,
  };
}

/** Groups of services that reach each other through `depends_on`, each once, in the order of the map. */
export function cycles(services: readonly Pick<Service, "name" | "depends_on">[]): string[][] {
  const edges = new Map(services.map((service) => [service.name, service.depends_on]));
  const found: string[][] = [];
  const done = new Set<string>();
  for (const { name } of services) {
    if (done.has(name)) continue;
    const path = pathBack(name, edges);
    if (path) found.push(path);
    for (const member of path ?? [name]) done.add(member);
  }
  return found;
}

/** The shortest way from a service back to itself, breadth first. */
function pathBack(start: string, edges: ReadonlyMap<string, string[]>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const current of queue) {
    for (const next of edges.get(current) ?? []) {
      if (next === start) {
        const path = [current];
        for (let at = cameFrom.get(current); at !== undefined; at = cameFrom.get(at)) path.unshift(at);
        return path;
      }
      if (!cameFrom.has(next)) {
        cameFrom.set(next, current);
        queue.push(next);
      }
    }
  }
  return undefined;
}

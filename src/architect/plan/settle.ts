import { AppError } from "../../lib/errors.ts";
import type { Question } from "../../model/plan.ts";
import type { Outline, OutlineEndpoint, OutlineEntity, OutlineService } from "../outline.ts";
import { type Ask, type Draft, type DraftEndpoint, type DraftEntity, type FindService, nameOf } from "./draft.ts";
import { settleEvents } from "./events.ts";
import { typedByNames } from "./named-types.ts";
import { cleanPath } from "./path.ts";
import { settleStateMachine } from "./state-machine.ts";
import { matchKey } from "./words.ts";

/**
 * Settle who owns what. Nothing is guessed: an endpoint or entity without an owner is left out with a question,
 * unless there is only one service that could own it.
 * Errors: PRD_UNREADABLE when the outline names no service.
 */
export function settle(outline: Outline): Draft {
  const questions: Question[] = [...outline.questions];
  const ask: Ask = (about, question, line) => questions.push({ about, question, line });
  const services = settleServices(outline.services, ask);
  const find = serviceFinder(services);
  const backends = services.filter((service) => !service.is_frontend).map((service) => service.name);
  const entities = settleEntities(outline.entities, find, backends, ask);
  const health = new Map(backends.map((name) => [name, "/health"]));
  const endpoints = settleEndpoints(outline.endpoints, { find, services, backends, entities, health, ask });
  const events = settleEvents(outline.events, find, ask);
  const dependencies = settleDependencies(outline.dependencies, find, ask);
  const jwt = outline.auth.scheme === "jwt" || endpoints.some((endpoint) => endpoint.auth === true);
  const issuer = find(outline.auth.issuer) ?? null;
  return { services, entities, endpoints, events, dependencies, jwt, issuer, health, questions };
}

function settleServices(services: OutlineService[], ask: Ask): OutlineService[] {
  const byName = new Map<string, OutlineService>();
  for (const service of services) {
    if (byName.has(service.name))
      ask(
        `service ${service.name}`,
        `Service ${service.name} is described twice; the first description is used.`,
        service.line,
      );
    else byName.set(service.name, service);
  }
  if (byName.size === 0)
    throw new AppError("PRD_UNREADABLE", "The PRD names no services.", {
      remedy: "Give each service a heading (`## Service 1: orders-service`) or a row in a table of components.",
    });
  return [...byName.values()];
}

function serviceFinder(services: OutlineService[]): FindService {
  const names = services.map((service) => service.name);
  const core = (name: string) => matchKey(name.replace(/[-_ ](?:micro)?service$/i, ""));
  return (name) => {
    if (name === null) return undefined;
    if (names.includes(name)) return name;
    const alike = names.filter((candidate) => core(candidate) === core(name));
    return alike.length === 1 ? alike[0] : undefined;
  };
}

function settleEntities(entities: OutlineEntity[], find: FindService, backends: string[], ask: Ask): DraftEntity[] {
  const settled = new Map<string, DraftEntity>();
  for (const entity of entities) {
    const about = `entity ${entity.name}`;
    const owner = find(entity.owner) ?? (entity.owner === null && backends.length === 1 ? backends[0] : undefined);
    if (owner === undefined) {
      const why = entity.owner === null ? "" : ` (the PRD says ${entity.owner}, which is no service)`;
      ask(
        about,
        `Which service owns ${entity.name}?${why} It is left out. Answer: move entity ${entity.name} to service <name>.`,
        entity.line,
      );
    } else if (settled.has(entity.name))
      ask(about, `${entity.name} is described twice; the first description is used.`, entity.line);
    else settled.set(entity.name, { ...settleStateMachine(typedByNames(entity, ask), ask), owner });
  }
  return [...settled.values()];
}

interface EndpointContext {
  find: FindService;
  services: OutlineService[];
  backends: string[];
  entities: DraftEntity[];
  health: Map<string, string>;
  ask: Ask;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

function settleEndpoints(endpoints: OutlineEndpoint[], context: EndpointContext): DraftEndpoint[] {
  const { find, services, backends, health, ask } = context;
  const settled = new Map<string, DraftEndpoint>();
  for (const given of endpoints) {
    const endpoint = { ...given, method: given.method.toUpperCase(), path: cleanPath(given.path) };
    const about = `endpoint ${nameOf(endpoint)}`;
    if (!METHODS.includes(endpoint.method)) {
      ask(about, `${endpoint.method.slice(0, 40)} is no HTTP method; the endpoint is left out.`, endpoint.line);
      continue;
    }
    const isHealth =
      endpoint.method === "GET" && /(?:^|\/)(?:health|healthz|health-check|healthcheck)$/.test(endpoint.path);
    if (isHealth && endpoint.owner === null) {
      for (const name of backends) health.set(name, endpoint.path);
      continue;
    }
    const owner = find(endpoint.owner) ?? (endpoint.owner === null && backends.length === 1 ? backends[0] : undefined);
    if (owner === undefined) {
      ask(
        about,
        `Which service answers ${nameOf(endpoint)}? It is left out. ${hint(endpoint, context)}`,
        endpoint.line,
      );
      continue;
    }
    if (services.some((service) => service.name === owner && service.is_frontend)) {
      ask(
        about,
        `${owner} is a frontend, so ${nameOf(endpoint)} is left out. ${hint(endpoint, context)}`,
        endpoint.line,
      );
      continue;
    }
    if (isHealth) {
      health.set(owner, endpoint.path);
      if (endpoint.responses.every((response) => response.shape === null)) continue;
    }
    const key = `${owner} ${endpoint.method} ${endpoint.path.replace(/\{[^}]*\}/g, "{}")}`;
    if (settled.has(key))
      ask(about, `${nameOf(endpoint)} is described twice; the first description is used.`, endpoint.line);
    else settled.set(key, { ...endpoint, owner });
  }
  return [...settled.values()];
}

/** How to answer the question who owns an endpoint, with the likely owner when one path segment names its entity. */
function hint(endpoint: OutlineEndpoint, { entities }: EndpointContext): string {
  const segments = endpoint.path.split("/").map(matchKey);
  const likely = entities.find((entity) => segments.includes(matchKey(entity.name)))?.owner ?? "<name>";
  return `Answer: endpoint ${nameOf(endpoint)} belongs to ${likely}.`;
}

function settleDependencies(
  dependencies: Outline["dependencies"],
  find: FindService,
  ask: Ask,
): Outline["dependencies"] {
  const settled = new Map<string, { from: string; to: string }>();
  for (const { from, to } of dependencies) {
    const caller = find(from);
    const provider = find(to);
    if (caller === undefined || provider === undefined)
      ask(
        `dependency ${from} → ${to}`,
        `${caller === undefined ? from : to} is no service; the dependency is left out.`,
        null,
      );
    else if (caller !== provider) settled.set(`${caller} ${provider}`, { from: caller, to: provider });
  }
  return [...settled.values()];
}

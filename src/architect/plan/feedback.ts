import { AppError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Outline, OutlineEvent } from "../outline.ts";
import { matchKey, wordsOf } from "./words.ts";

/** A correction that a deterministic architect can carry out. Names are as the person wrote them. */
export type Correction =
  | { kind: "rename-service"; from: string; to: string }
  | { kind: "remove-service"; service: string }
  | { kind: "move-entity"; entity: string; service: string }
  | { kind: "own-endpoint"; method: string; path: string; service: string }
  | { kind: "publish-event"; event: string; service: string }
  | { kind: "consume-event"; event: string; service: string };

/** What is understood, for messages and documentation. */
export const FEEDBACK_FORMS = [
  "rename service A to B",
  "remove service A",
  "move entity E to service S",
  "endpoint METHOD /path belongs to S",
  "event E is published by S",
  "event E is consumed by S",
] as const;

const NAME = "([\\w.-]+)";
const FORMS: [pattern: RegExp, read: (a: string, b: string, c: string) => Correction][] = [
  [form(`rename service ${NAME} to ${NAME}`), (from, to) => ({ kind: "rename-service", from, to })],
  [form(`remove service ${NAME}`), (service) => ({ kind: "remove-service", service })],
  [
    form(`move entity ${NAME} to (?:service )?${NAME}`),
    (entity, service) => ({ kind: "move-entity", entity, service }),
  ],
  [
    form(`(?:endpoint )?(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/\\S*) belongs to (?:service )?${NAME}`),
    (method, path, service) => ({ kind: "own-endpoint", method: method.toUpperCase(), path, service }),
  ],
  [
    form(`(?:event )?${NAME} (?:is )?published by (?:service )?${NAME}`),
    (event, service) => ({ kind: "publish-event", event, service }),
  ],
  [
    form(`(?:event )?${NAME} (?:is )?consumed by (?:service )?${NAME}`),
    (event, service) => ({ kind: "consume-event", event, service }),
  ],
];

function form(source: string): RegExp {
  return new RegExp(`^(?:please )?${source}$`, "i");
}

/**
 * Read feedback on a plan, one correction a line or sentence.
 * Errors: INVALID_INPUT when a line is none of `FEEDBACK_FORMS`; nothing is carried out in part.
 */
export function readFeedback(text: string): Correction[] {
  const lines = text
    .slice(0, 20_000)
    .split(/[\n;]|\.(?=\s|$)/)
    .map((line) =>
      line
        .replace(/["'`*]/g, "")
        .replace(/^\s*(?:[-+•]|\d+[.)])\s+/, "")
        .trim()
        .replace(/\s+/g, " "),
    )
    .filter((line) => line !== "" && !/^\d+$/.test(line));
  const corrections: Correction[] = [];
  const unknown: string[] = [];
  for (const line of lines) {
    const correction = readLine(line);
    if (correction) corrections.push(correction);
    else unknown.push(line);
  }
  if (unknown.length > 0 || corrections.length === 0) throw notUnderstood(unknown);
  return corrections;
}

function readLine(line: string): Correction | undefined {
  if (line.length > 400) return undefined;
  for (const [pattern, read] of FORMS) {
    const [match, a, b, c] = pattern.exec(line) ?? [];
    if (match !== undefined) return read(a ?? "", b ?? "", c ?? "");
  }
  return undefined;
}

function notUnderstood(lines: string[]): AppError {
  const quoted = lines.slice(0, 3).map((line) => `"${line.slice(0, 120)}"`);
  const what = quoted.length > 0 ? `Not understood: ${quoted.join(", ")}.` : "The feedback is empty.";
  return new AppError("INVALID_INPUT", `${what} The builtin architect understands: ${FEEDBACK_FORMS.join("; ")}.`, {
    remedy: "Say it in one of these forms, one a line, or edit the PRD and start again. Nothing was changed.",
    details: { not_understood: lines.slice(0, 20), forms: FEEDBACK_FORMS },
  });
}

/**
 * The outline with corrections carried out, in order; the given one stays as it is.
 * Errors: INVALID_INPUT when a correction names something that the PRD does not have.
 */
export function applyFeedback(outline: Outline, corrections: readonly Correction[]): Outline {
  return corrections.reduce(applyOne, outline);
}

function applyOne(outline: Outline, correction: Correction): Outline {
  switch (correction.kind) {
    case "rename-service":
      return renameService(outline, findService(outline, correction.from), correction.to);
    case "remove-service":
      return removeService(outline, findService(outline, correction.service));
    case "move-entity": {
      const name = find(
        "entity",
        correction.entity,
        outline.entities.map((entity) => entity.name),
        matchKey,
      );
      const owner = findService(outline, correction.service);
      return { ...outline, entities: outline.entities.map((each) => (each.name === name ? { ...each, owner } : each)) };
    }
    case "own-endpoint":
      return ownEndpoint(outline, correction.method, correction.path, findService(outline, correction.service));
    case "publish-event": {
      const publisher = findService(outline, correction.service);
      return changeEvent(outline, correction.event, (event) => ({ ...event, publisher }));
    }
    case "consume-event": {
      const consumer = findService(outline, correction.service);
      return changeEvent(outline, correction.event, (event) => ({
        ...event,
        consumers: [...new Set([...event.consumers, consumer])],
      }));
    }
  }
}

function renameService(outline: Outline, from: string, wanted: string): Outline {
  const to = wordsOf(wanted).join("-");
  if (!/^[a-z]/.test(to))
    throw new AppError("INVALID_INPUT", `${wanted} cannot be the name of a service.`, {
      remedy: "Begin it with a letter; use lower-case letters, digits and hyphens.",
    });
  if (to !== from && outline.services.some((service) => service.name === to))
    throw new AppError("INVALID_INPUT", `There is a service ${to} already.`, { remedy: "Choose another name." });
  return mapServices(outline, (name) => (name === from ? to : name));
}

function removeService(outline: Outline, gone: string): Outline {
  const services = outline.services.filter((service) => service.name !== gone);
  if (services.length === 0)
    throw new AppError("INVALID_INPUT", `${gone} is the only service.`, {
      remedy: "A system needs at least one service.",
    });
  const events = outline.events
    .map((event) => ({
      ...event,
      publisher: event.publisher === gone ? null : event.publisher,
      consumers: event.consumers.filter((consumer) => consumer !== gone),
    }))
    .filter((event) => event.publisher !== null || event.consumers.length > 0);
  return {
    ...outline,
    services,
    events,
    entities: outline.entities.filter((entity) => entity.owner !== gone),
    endpoints: outline.endpoints.filter((endpoint) => endpoint.owner !== gone),
    dependencies: outline.dependencies.filter(({ from, to }) => from !== gone && to !== gone),
    auth: { ...outline.auth, issuer: outline.auth.issuer === gone ? null : outline.auth.issuer },
  };
}

function ownEndpoint(outline: Outline, method: string, path: string, owner: string): Outline {
  const name = (endpoint: { method: string; path: string }) =>
    `${endpoint.method} ${endpoint.path.replace(/:\w+|\{[^}]*\}/g, "{}").replace(/\/$/, "")}`;
  const wanted = name({ method, path });
  const names = outline.endpoints.map((endpoint) => `${endpoint.method} ${endpoint.path}`);
  if (!outline.endpoints.some((endpoint) => name(endpoint) === wanted))
    throw unknown("endpoint", `${method} ${path}`, names);
  return {
    ...outline,
    endpoints: outline.endpoints.map((endpoint) => (name(endpoint) === wanted ? { ...endpoint, owner } : endpoint)),
  };
}

function changeEvent(outline: Outline, wanted: string, change: (event: OutlineEvent) => OutlineEvent): Outline {
  const key = (name: string) => wordsOf(name).join(".");
  const name = find(
    "event",
    wanted,
    outline.events.map((event) => event.name),
    key,
  );
  return { ...outline, events: outline.events.map((event) => (key(event.name) === key(name) ? change(event) : event)) };
}

function mapServices(outline: Outline, rename: (name: string) => string): Outline {
  const maybe = (name: string | null) => (name === null ? null : rename(name));
  return {
    ...outline,
    services: outline.services.map((service) => ({ ...service, name: rename(service.name) })),
    entities: outline.entities.map((entity) => ({ ...entity, owner: maybe(entity.owner) })),
    endpoints: outline.endpoints.map((endpoint) => ({ ...endpoint, owner: maybe(endpoint.owner) })),
    events: outline.events.map((event) => ({
      ...event,
      publisher: maybe(event.publisher),
      consumers: event.consumers.map(rename),
    })),
    dependencies: outline.dependencies.map(({ from, to }) => ({ from: rename(from), to: rename(to) })),
    auth: { ...outline.auth, issuer: maybe(outline.auth.issuer) },
  };
}

function findService(outline: Outline, wanted: string): string {
  const core = (name: string) =>
    wordsOf(name)
      .filter((word) => word !== "service")
      .join("-");
  return find(
    "service",
    wanted,
    outline.services.map((service) => service.name),
    core,
  );
}

/** The exact name for a name in any spelling. */
function find(what: string, wanted: string, names: string[], key: (name: string) => string): string {
  const found = names.find((name) => name === wanted) ?? names.find((name) => key(name) === key(wanted));
  if (found === undefined) throw unknown(what, wanted, names);
  return found;
}

function unknown(what: string, wanted: string, names: string[]): AppError {
  const meant = nearest(wanted, names);
  const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return new AppError("INVALID_INPUT", `The PRD has no ${what} ${wanted}.${hint}`, {
    remedy: "Correct the name, or add it to the PRD and start again. Nothing was changed.",
    details: { known: names.slice(0, 50) },
  });
}

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../lib/fs.ts";
import { type ComposeDocument, composeText } from "../compose/document.ts";
import { type Generated, type GenerateRequest, generateCompose } from "../compose/generate.ts";
import { testOverlay } from "../compose/overlay.ts";
import { isOwnFile, missingFrom, readOwnFile } from "../compose/own-file.ts";

/** Compose files of a system, written and in the order in which they are laid over each other. */
export interface SystemFiles {
  files: string[];
  /** Where relative paths of the files begin. */
  folder: string;
  /** Whether the first is the user's own. */
  own: boolean;
  generated: Generated;
}

export const ADDITIONS_FILE = "docker-compose.super-orchestrator.yml";

const ABOUT = {
  base: "Change the PRD or integration.* in the configuration and generate it again, or remove this line to keep your changes.",
  additions: "What your own Compose file lacks for the gateway; it is laid over it.",
  test: "Laid over the Compose file for tests: free ports, a project of its own.",
};

export interface WriteRequest extends GenerateRequest {
  /** A user's Compose file, used as it is when it is there and somebody else wrote it. */
  compose_file: string;
  /** A user's own file for tests, laid over all others when it is there. */
  test_compose_file: string;
  test: boolean;
  /** What a service gets in its environment for tests besides. */
  environment?: (service: string) => Record<string, string>;
}

/**
 * Write the Compose files of a system: the base, and for tests what is laid over it. A user's own file stays untouched;
 * what it lacks is laid over it. Errors: INVALID_INPUT for a user's file that is no Compose file.
 */
export function writeComposeFiles(request: WriteRequest): SystemFiles {
  const { root, compose_file, test_compose_file, services, traefik_image } = request;
  const into = request.into ?? root;
  const generated = generateCompose(request);
  mkdirSync(into, { recursive: true });
  for (const [path, text] of Object.entries(generated.dockerfiles)) writeFileAtomic(join(into, path), text);
  const write = (name: string, document: ComposeDocument, about: string) => {
    const path = join(into, name);
    writeFileAtomic(path, composeText(document, about));
    return path;
  };
  const own = isOwnFile(compose_file);
  const files: string[] = [];
  let base = generated.compose;
  if (own) {
    const theirs = readOwnFile(compose_file);
    const missing = missingFrom(theirs, generated.compose);
    files.push(compose_file, ...(missing ? [write(ADDITIONS_FILE, missing, ABOUT.additions)] : []));
    base = asOverlaid(theirs, generated.compose);
  } else files.push(write("docker-compose.yml", generated.compose, ABOUT.base));
  const overlay = testOverlay(
    base,
    services.map(({ service }) => service),
    { traefik: traefik_image !== null, ...(request.environment ? { environment: request.environment } : {}) },
  );
  if (isOwnFile(test_compose_file)) {
    if (request.test) files.push(write("docker-compose.labels.yml", overlay, ABOUT.test), test_compose_file);
  } else {
    const path = write("docker-compose.test.yml", overlay, ABOUT.test);
    if (request.test) files.push(path);
  }
  return { files, folder: own ? dirname(compose_file) : into, own, generated };
}

/** Of a user's file what the overlay for tests needs to know: which services it has, and what they publish already. */
function asOverlaid(theirs: Record<string, Record<string, unknown>>, generated: ComposeDocument): ComposeDocument {
  const services = Object.entries(generated.services).flatMap(([name, entry]) => {
    const own = theirs[name];
    if (own === undefined)
      return name === "postgres" || name === "redis" || name === "migrations" ? [] : [[name, entry] as const];
    const { healthcheck: _checked, build: _built, ports: _published, ...rest } = entry;
    return [[name, Array.isArray(own.ports) ? { ...rest, ports: own.ports.map(String) } : rest] as const];
  });
  return { services: Object.fromEntries(services) };
}

/** Whether the folder has migrations that run before its services. */
export function hasMigrations({ generated, own }: SystemFiles): boolean {
  return !own && "migrations" in generated.compose.services;
}

/** Databases and caches that are started first. */
export function databasesOf({ generated, own }: SystemFiles): string[] {
  return own ? [] : ["postgres", "redis"].filter((name) => name in generated.compose.services);
}

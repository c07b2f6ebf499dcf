import { existsSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { AppError } from "../../lib/errors.ts";
import type { Contract } from "../../model/contract.ts";
import type { Service, ServiceMap } from "../../model/service-map.ts";
import { serviceEnvironment } from "../runtimes/environment.ts";
import { traefikLabels } from "../traefik/labels.ts";
import { baseImages, hasHealthcheck, IGNORED, imageSource } from "./dockerfile.ts";
import type { ComposeDocument, ComposeService } from "./document.ts";
import {
  migrations,
  type Needs,
  needsEnvironment,
  needsOf,
  postgres,
  redis,
  SERVICE_LIMITS,
  serviceHealthcheck,
  traefik,
} from "./parts.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: Compose fills these in

export interface GenerateRequest {
  service_map: ServiceMap;
  contracts: Contract[];
  /** What is deployed, with the folder of its code. */
  services: { service: Service; directory: string }[];
  /** The folder that holds the services. */
  root: string;
  /** The folder that the file is written to, when it is another one: build contexts are absolute then. */
  into?: string;
  /** Traefik's image; null leaves the gateway out and publishes every service on a free loopback port. */
  traefik_image: string | null;
  replicas?: number;
}

export interface Generated {
  compose: ComposeDocument;
  /** Dockerfiles for services that have none, by path relative to the file. */
  dockerfiles: Record<string, string>;
  /** Variables the file refers to without a default. */
  variables: { postgres: boolean };
  /** Services no image can be made for, each with the reason; they are not in the file. */
  left_out: Record<string, string>;
}

/** Names in a Compose file that are not services of the system. */
export const INFRASTRUCTURE = ["traefik", "postgres", "redis", "migrations"];

export const PROJECT_LABEL = "super-orchestrator.project";

/**
 * The Compose file of a system (specification 7): its services with routes by label, and of gateway, database, cache and
 * migrations what they need. Secrets are variables. Errors: INVALID_INPUT when a service has the name of one of those.
 */
export function generateCompose(request: GenerateRequest): Generated {
  const { services, root } = request;
  const deployed = new Set(services.map(({ service }) => service.name));
  const taken = INFRASTRUCTURE.find((name) => deployed.has(name));
  if (taken !== undefined)
    throw new AppError("INVALID_INPUT", `A service is called ${taken}, as a part of every Compose file here is.`, {
      remedy:
        "Give the service another name in the PRD, or bring a Compose file of your own (integration.compose_file).",
    });
  const needs = services.map(({ service }) => needsOf(service.stack));
  const any = { postgres: needs.some((one) => one.postgres), redis: needs.some((one) => one.redis) };
  const migrates = existsSync(join(root, "migrations", "Dockerfile"));
  const result: Generated = {
    compose: { services: {} },
    dockerfiles: {},
    variables: { postgres: any.postgres },
    left_out: {},
  };
  const { compose } = result;
  if (request.traefik_image !== null) compose.services.traefik = traefik(request.traefik_image);
  if (any.postgres) compose.services.postgres = postgres();
  if (any.redis) compose.services.redis = redis();
  if (migrates) compose.services.migrations = migrations(contextOf(request, join(root, "migrations")), any.postgres);
  services.forEach(({ service, directory }, index) => {
    const own = needs[index] ?? { postgres: false, redis: false };
    addService(request, result, { service, directory, needs: own, migrates: migrates && own.postgres, deployed });
  });
  if (any.postgres) compose.volumes = { pgdata: {} };
  compose.networks = { frontend: { driver: "bridge" }, backend: { driver: "bridge", internal: true } };
  return result;
}

function addService(
  request: GenerateRequest,
  result: Generated,
  one: { service: Service; directory: string; needs: Needs; migrates: boolean; deployed: ReadonlySet<string> },
): void {
  const { service, directory, needs, migrates } = one;
  const { name, port } = service;
  const source = imageSource(service, directory);
  if (source.kind === "none") {
    result.left_out[name] = source.reason;
    return;
  }
  let dockerfile = "Dockerfile";
  if (source.kind === "written") {
    const path = join(".docker", `${name}.Dockerfile`);
    result.dockerfiles[path] = source.text;
    result.dockerfiles[`${path}.dockerignore`] = IGNORED;
    dockerfile = join(request.into ?? request.root, path);
    // Compose takes it relative to the context.
    if (request.into === undefined) dockerfile = relative(directory, dockerfile);
  }
  const bare = /^(scratch$|gcr\.io\/distroless|cgr\.dev\/)/.test(baseImages(source.text).at(-1) ?? "scratch");
  const healthcheck = serviceHealthcheck(
    { language: service.stack.language, own: hasHealthcheck(source.text), bare },
    port,
    service.health_endpoint,
  );
  const published = request.traefik_image === null;
  const entry: ComposeService = {
    build: {
      context: contextOf(request, directory),
      dockerfile,
      labels: { [PROJECT_LABEL]: "${COMPOSE_PROJECT_NAME}" },
    },
    image: `\${COMPOSE_PROJECT_NAME}-${name}:local`,
    environment: { ...environmentOf(request, service, one.deployed), ...needsEnvironment(needs) },
    ...(published ? { ports: [publishedPort(port)] } : {}),
    ...(needs.postgres || needs.redis ? { depends_on: dependencies(needs, migrates) } : {}),
    ...(healthcheck ? { healthcheck } : {}),
    restart: "unless-stopped",
    init: true,
    security_opt: ["no-new-privileges:true"],
    labels: traefikLabels(name, port),
    networks: service.is_frontend ? ["frontend"] : ["frontend", "backend"],
    deploy: {
      replicas: request.replicas ?? 1,
      update_config: { parallelism: 1, order: "start-first", failure_action: "rollback" },
      ...SERVICE_LIMITS,
    },
  };
  result.compose.services[name] = entry;
}

/** A free port of the host, chosen by the engine: two systems never meet. */
export function publishedPort(port: number): string {
  return `\${PUBLISH_HOST:-127.0.0.1}::${port}`;
}

function dependencies({ postgres, redis }: Needs, migrates: boolean): NonNullable<ComposeService["depends_on"]> {
  return {
    ...(postgres ? { postgres: { condition: "service_healthy" } } : {}),
    ...(redis ? { redis: { condition: "service_healthy" } } : {}),
    ...(migrates ? { migrations: { condition: "service_completed_successfully" } } : {}),
  };
}

function environmentOf(
  { service_map, contracts }: GenerateRequest,
  service: Service,
  deployed: ReadonlySet<string>,
): Record<string, string> {
  const urls = Object.fromEntries(service_map.services.map(({ name, port }) => [name, `http://${name}:${port}`]));
  const values = serviceEnvironment({
    service: service.name,
    host: "0.0.0.0",
    port: service.port,
    secrets: { jwt: "", events: "" },
    urls,
    deployed,
    service_map,
    contracts,
  });
  const escaped = Object.entries(values).map(([name, value]) => [name, value.replaceAll("$", "$$$$")]);
  return {
    ...Object.fromEntries(escaped),
    JWT_SECRET: "${JWT_SECRET:?run super-orchestrator compose to have one made}",
    EVENT_SECRET: "${EVENT_SECRET:?run super-orchestrator compose to have one made}",
    LOG_LEVEL: "${LOG_LEVEL:-info}",
  };
}

function contextOf({ root, into }: GenerateRequest, directory: string): string {
  const path = relative(root, directory);
  return into !== undefined || path.startsWith("..") || isAbsolute(path) ? directory : `./${path}`;
}
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: Compose fills these in

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../lib/errors.ts";
import type { Spawn } from "../lib/exec.ts";
import type { Contract } from "../model/contract.ts";
import { routePrefix, type Service, type ServiceMap } from "../model/service-map.ts";
import { completeEnvFile, newVariables, readEnvFile } from "./compose/env-file.ts";
import { type DockerSettings, type GatewayChoice, pickGateway } from "./runtimes/docker.ts";
import { findCompose } from "./runtimes/docker-compose.ts";
import { connectEngine, type Engine } from "./runtimes/docker-engine.ts";
import { watchProject } from "./runtimes/docker-events.ts";
import { databasesOf, hasMigrations, type SystemFiles, writeComposeFiles } from "./runtimes/docker-files.ts";
import {
  containersOf,
  logsOf,
  type Removed,
  removeOrphans,
  removeProject,
  stateOf,
} from "./runtimes/docker-project.ts";
import { deployStack, isStack, removeStack, restartStackService, stackLogs } from "./runtimes/docker-swarm.ts";
import { becomeHealthy, bringUp, type Member } from "./runtimes/docker-up.ts";

/** A system that is deployed to stay, in contrast to the runtimes' deployments for tests. */
export interface SystemRequest {
  service_map: ServiceMap;
  contracts: Contract[];
  services: { service: Service; directory: string }[];
  /** The folder that holds the services; Compose file and .env are written there. */
  root: string;
  /** Name of the Compose project or Swarm stack, unless the .env of the folder names another. */
  project: string;
  settings: DockerSettings;
  replicas?: number;
}

export interface GeneratedFiles {
  project: string;
  files: SystemFiles;
  env_file: string;
  variables: Record<string, string>;
}

/**
 * Write the Compose files of a system and its .env (mode 600, what it says already is kept). `traefik` false leaves the
 * gateway out and publishes every service on a free loopback port. Errors: INVALID_INPUT for a user's unreadable file.
 */
export function generateSystem(request: SystemRequest, traefik = true): GeneratedFiles {
  const { settings, root } = request;
  mkdirSync(root, { recursive: true });
  const files = writeComposeFiles({
    ...request,
    traefik_image: traefik ? settings.traefik_image : null,
    compose_file: settings.compose_file,
    test_compose_file: settings.test_compose_file,
    test: false,
  });
  const env_file = join(root, ".env");
  const variables = completeEnvFile(env_file, newVariables(request.project, files.generated.variables));
  return { project: projectAt(root, request.project), files, env_file, variables };
}

/** The project that a folder's .env names, else the one given. */
export function projectAt(root: string, otherwise: string): string {
  return readEnvFile(join(root, ".env")).COMPOSE_PROJECT_NAME ?? otherwise;
}

export interface DeployedSystem {
  project: string;
  target: "compose" | "swarm";
  gateway: "traefik" | "none";
  /** Why this gateway, and which engine. */
  why: string;
  /** Base URL of the gateway; "" when there is none. */
  gateway_url: string;
  services: { service: string; healthy: boolean; url: string; error: string }[];
  files: string[];
}

export interface DeployOptions {
  target: "compose" | "swarm";
  spawn: Spawn;
  log_dir: string;
  health_timeout_ms: number;
  signal: AbortSignal;
  progress?: (message: string) => void;
}

/**
 * Build and start a system that stays up, and wait until each service is healthy and reached through the gateway. Doing it
 * again brings it to the present code. Errors: ENVIRONMENT for the machine; INVALID_INPUT for a user's Compose file.
 */
export async function deploySystem(request: SystemRequest, options: DeployOptions): Promise<DeployedSystem> {
  const { signal, health_timeout_ms, target } = options;
  const engine = await connectEngine();
  const compose = await findCompose(engine);
  await removeOrphans(engine);
  const choice = await pickGateway(engine, request.settings, signal);
  const { project: name, files, variables } = generateSystem(request, choice.kind === "traefik");
  const project = {
    name,
    files: files.files,
    variables,
    folder: files.folder,
    compose,
    engine,
    watch: await watchProject(engine, name),
    spawn: options.spawn,
    log_dir: options.log_dir,
    signal,
  };
  const members: Member[] = request.services.map(({ service }) => ({
    service,
    url: "",
    error: files.own ? "" : (files.generated.left_out[service.name] ?? ""),
  }));
  const traefik = choice.kind === "traefik";
  const up = {
    project,
    members,
    parts: { databases: databasesOf(files), migrations: hasMigrations(files), traefik },
    own: files.own,
    health_timeout_ms,
    probe: (service: Service, published: ReadonlyMap<number, number>) =>
      probe(engine, name, service, published, traefik),
    ...(options.progress ? { progress: options.progress } : {}),
  };
  try {
    if (target === "swarm") await deployStack(up, files.generated.compose);
    else await bringUp(up);
  } finally {
    project.watch.close();
  }
  return {
    project: name,
    target,
    gateway: traefik ? "traefik" : "none",
    why: `${whyGateway(choice)}; engine ${engine.version}, Compose ${compose.version}`,
    gateway_url: traefik ? await gatewayUrl(engine, name) : "",
    services: members.map(({ service, url, error }) => ({ service: service.name, healthy: error === "", url, error })),
    files: files.files,
  };
}

/** The built-in gateway lives in a process of ours; what stays up has none, and its services are published instead. */
function whyGateway({ kind, why }: GatewayChoice): string {
  return kind === "traefik" ? `Traefik: ${why}` : `no gateway, each service has its own address: ${why}`;
}

async function probe(
  engine: Engine,
  project: string,
  service: Service,
  published: ReadonlyMap<number, number>,
  traefik: boolean,
): Promise<string | undefined> {
  const port = published.get(service.port);
  if (port !== undefined) return `http://${engine.publish.host}:${port}`;
  const url = traefik ? await gatewayUrl(engine, project) : "";
  return url === "" ? undefined : `${url}${routePrefix(service.name)}`;
}

async function gatewayUrl(engine: Engine, project: string): Promise<string> {
  const port = (await stateOf(engine, project, "traefik"))?.ports.get(80);
  return port === undefined ? "" : `http://${engine.publish.host}:${port}`;
}

/** Take a system down. Its volumes, and with them its data, stay unless they are asked for. Errors: NOT_FOUND, ENVIRONMENT. */
export async function stopSystem(project: string, options: { volumes: boolean }): Promise<Removed> {
  const engine = await connectEngine();
  await assertDeployed(engine, project);
  if (await isStack(engine, project)) await removeStack(engine, project);
  return removeProject(engine, project, options);
}

/** What a service wrote, the last `tail` lines of it. `since` is a Unix time in seconds. Errors: NOT_FOUND, ENVIRONMENT. */
export async function systemLogs(
  project: string,
  service: string,
  options: { tail: number; since?: number },
): Promise<string> {
  const engine = await connectEngine();
  await assertDeployed(engine, project, service);
  if (await isStack(engine, project)) return stackLogs(engine, project, service, options);
  return logsOf(engine, project, service, options);
}

/** Restart a service and wait until it is healthy again. Gives "" or why it is not. Errors: NOT_FOUND, ENVIRONMENT. */
export async function restartSystemService(
  project: string,
  service: Service,
  options: { health_timeout_ms: number; signal: AbortSignal },
): Promise<string> {
  const engine = await connectEngine();
  await assertDeployed(engine, project, service.name);
  if (await isStack(engine, project)) return restartStackService(engine, project, service.name, options);
  for (const { Id } of await containersOf(engine, project, service.name))
    await engine.docker.getContainer(Id).restart({ t: 5 });
  const member: Member = { service, url: "", error: "" };
  const watch = await watchProject(engine, project);
  try {
    await becomeHealthy(
      {
        project: { engine, name: project, signal: options.signal, watch },
        health_timeout_ms: options.health_timeout_ms,
        probe: (one, published) => probe(engine, project, one, published, true),
      },
      member,
    );
  } finally {
    watch.close();
  }
  return member.error;
}

async function assertDeployed(engine: Engine, project: string, service?: string): Promise<void> {
  const found = await containersOf(engine, project);
  if (
    service === undefined
      ? found.length > 0
      : found.some(({ Labels }) => Labels["com.docker.compose.service"] === service)
  )
    return;
  if (await isStack(engine, project)) return;
  const running = found.map(({ Labels }) => Labels["com.docker.compose.service"]).filter(Boolean);
  throw new AppError(
    "NOT_FOUND",
    `${service ?? "Nothing"} of ${project} is ${service === undefined ? "" : "not "}deployed.`,
    {
      remedy:
        running.length > 0
          ? `Deployed are: ${running.join(", ")}.`
          : "Deploy it first with deploy_services (super-orchestrator deploy).",
    },
  );
}

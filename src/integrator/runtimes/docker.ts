import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../../lib/errors.ts";
import { randomHex, slug } from "../../lib/ids.ts";
import { baseImages, imageSource } from "../compose/dockerfile.ts";
import { newVariables } from "../compose/env-file.ts";
import { needsOf } from "../compose/parts.ts";
import { type Gateway, startGateway } from "../gateway.ts";
import type { Deployment, DeployRequest, Runtime } from "../port.ts";
import { type Route, routeTable } from "../routes.ts";
import { type ComposeProject, findCompose } from "./docker-compose.ts";
import { connectEngine, type Engine, fetchImage } from "./docker-engine.ts";
import { endsIn, type ProjectWatch, watchProject } from "./docker-events.ts";
import { databasesOf, hasMigrations, type SystemFiles, writeComposeFiles } from "./docker-files.ts";
import { logsOf, ownerMark, removeOrphans, removeProject, stateOf } from "./docker-project.ts";
import { waitForRoutes } from "./docker-routes.ts";
import { relaySpans, type SpanRelay } from "./docker-spans.ts";
import { bringUp, type Member } from "./docker-up.ts";

/** What the configuration says of the docker runtime; paths are absolute. */
export interface DockerSettings {
  gateway: "auto" | "traefik" | "builtin";
  traefik_image: string;
  compose_file: string;
  test_compose_file: string;
}

/** Which gateway stands before the services, and why. */
export interface GatewayChoice {
  kind: "traefik" | "builtin";
  why: string;
}

export interface DockerRuntime extends Runtime {
  /** Why these services cannot be built on the engine that answers; "" when they can, as far as can be told before. */
  obstacle(request: Pick<DeployRequest, "services" | "signal">): Promise<string>;
}

const PULL_MS = 180_000;

/** Services as containers of a Compose project of their own, behind Traefik or the built-in gateway. */
export function createDockerRuntime(settings: DockerSettings): DockerRuntime {
  return {
    name: "docker",
    deploy: (request) => deploy(settings, request),
    obstacle: ({ services, signal }) => obstacle(services, signal),
  };
}

async function obstacle(services: DeployRequest["services"], signal: AbortSignal): Promise<string> {
  const engine = await connectEngine();
  const images = new Set<string>();
  for (const { service, directory } of services) {
    const source = imageSource(service, directory);
    if (source.kind === "none") return `${service.name}: ${source.reason}`;
    for (const image of baseImages(source.text)) images.add(image);
    const { postgres, redis } = needsOf(service.stack);
    if (postgres) images.add("postgres:16-alpine");
    if (redis) images.add("redis:7-alpine");
  }
  for (const image of images) {
    const why = await fetchImage(engine, image, PULL_MS, signal);
    if (why !== "") return `the image ${image} cannot be had: ${why}`;
  }
  return "";
}

/** The gateway that the settings ask for and the engine can have. Errors: ENVIRONMENT when Traefik is asked for and cannot be had. */
export async function pickGateway(
  engine: Engine,
  { gateway, traefik_image }: Pick<DockerSettings, "gateway" | "traefik_image">,
  signal: AbortSignal,
): Promise<GatewayChoice> {
  if (gateway === "builtin") return { kind: "builtin", why: "the configuration asks for it" };
  const why = await fetchImage(engine, traefik_image, PULL_MS, signal);
  if (why === "")
    return {
      kind: "traefik",
      why: gateway === "traefik" ? "the configuration asks for it" : `${traefik_image} is there`,
    };
  if (gateway === "auto") return { kind: "builtin", why: `${traefik_image} cannot be had: ${why}` };
  throw new AppError("ENVIRONMENT", `The gateway's image ${traefik_image} cannot be had: ${why}.`, {
    remedy: "Load it with docker load, name another with integration.traefik_image, or set integration.gateway: auto.",
  });
}

async function deploy(settings: DockerSettings, request: DeployRequest): Promise<Deployment> {
  const { signal, log_dir, services, service_map } = request;
  signal.throwIfAborted();
  const engine = await connectEngine();
  const compose = await findCompose(engine);
  await removeOrphans(engine);
  const choice = await pickGateway(engine, settings, signal);
  const name = `so-${slug(service_map.project_name, 20)}-${randomHex(4)}`;
  const into = join(log_dir, name);
  const spans = await relaySpans(engine, request.watched);
  let watch: ProjectWatch | undefined;
  try {
    const [first] = services;
    const system = writeComposeFiles({
      service_map,
      contracts: request.contracts,
      services,
      root: first === undefined ? into : dirname(first.directory),
      traefik_image: choice.kind === "traefik" ? settings.traefik_image : null,
      compose_file: settings.compose_file,
      test_compose_file: settings.test_compose_file,
      into,
      test: true,
      environment: spans.environment,
    });
    const secrets = newVariables(name, system.generated.variables);
    const variables = {
      ...secrets,
      SUPER_ORCHESTRATOR_OWNER: ownerMark(),
      GATEWAY_HOST: engine.publish.bind,
      GATEWAY_PORT: "0",
    };
    watch = await watchProject(engine, name);
    const project: ComposeProject = {
      name,
      files: system.files,
      variables,
      folder: system.folder,
      compose,
      engine,
      watch,
      spawn: request.spawn,
      log_dir,
      signal,
    };
    return await run({ request, system, project, choice, secrets, into, spans });
  } catch (cause) {
    watch?.close();
    await spans.close();
    throw cause;
  }
}

interface Running {
  request: DeployRequest;
  system: SystemFiles;
  project: ComposeProject;
  choice: GatewayChoice;
  secrets: ReturnType<typeof newVariables>;
  into: string;
  spans: SpanRelay;
}

async function run({ request, system, project, choice, secrets, into, spans }: Running): Promise<Deployment> {
  const { service_map, health_timeout_ms, signal } = request;
  const { engine, watch } = project;
  const members: Member[] = request.services.map(({ service }) => ({
    service,
    url: "",
    error: system.own ? "" : (system.generated.left_out[service.name] ?? ""),
  }));
  let routes: Route[] = [];
  const gateway: Gateway | undefined = choice.kind === "builtin" ? await startGateway(() => routes) : undefined;
  let stopping: Promise<void> | undefined;
  const stop = () => {
    watch.close();
    stopping ??= Promise.all([spans.close(), takeDown(request, project, gateway, into)]).then(() => {});
    return stopping;
  };
  const onAbort = () => void stop().catch(() => {});
  try {
    await bringUp({
      project,
      members,
      parts: { databases: databasesOf(system), migrations: hasMigrations(system), traefik: gateway === undefined },
      own: system.own,
      health_timeout_ms,
      probe: ({ port }, published) => address(engine, published.get(port)),
    });
    const names = service_map.services.map((service) => service.name);
    const targets = new Map(members.map(({ service, url }) => [service.name, url === "" ? null : url]));
    routes = routeTable(names.map((service) => ({ service, target: targets.get(service) ?? null })));
    const gateway_url = gateway?.url ?? (await traefikUrl(project, members, { timeout_ms: health_timeout_ms, signal }));
    signal.throwIfAborted();
    signal.addEventListener("abort", onAbort, { once: true });
    const started = watch.events.length;
    const healthy = new Set(members.filter(({ error }) => error === "").map(({ service }) => service.name));
    return {
      gateway_url,
      runtime: `docker (${choice.kind} gateway: ${choice.why}; engine ${engine.version}, Compose ${project.compose.version})`,
      services: members.map(({ service, url, error }) => ({
        service: service.name,
        healthy: error === "",
        url,
        log_file: logFile(request, service.name),
        error,
      })),
      jwt_secret: secrets.JWT_SECRET,
      event_secret: secrets.EVENT_SECRET,
      ended: () => endsIn(watch.events.slice(started).filter(({ service }) => healthy.has(service))),
      logs: (service) => logsOf(engine, project.name, service),
      stop: async () => {
        signal.removeEventListener("abort", onAbort);
        await stop();
      },
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

function address({ publish }: Engine, port: number | undefined): string | undefined {
  return port === undefined ? undefined : `http://${publish.host}:${port}`;
}

/** Where Traefik listens, once it has the route of every service that runs. */
async function traefikUrl(
  { engine, name }: ComposeProject,
  members: readonly Member[],
  options: { timeout_ms: number; signal: AbortSignal },
): Promise<string> {
  const state = await stateOf(engine, name, "traefik");
  const url = address(engine, state?.ports.get(80));
  const api = address(engine, state?.ports.get(8080));
  if (url === undefined || api === undefined)
    throw new AppError("ENVIRONMENT", "Traefik's container does not run, or publishes no port.", {
      remedy: "See its log with docker logs, or set integration.gateway: builtin.",
    });
  const healthy = members.filter(({ error }) => error === "").map(({ service }) => service.name);
  await waitForRoutes(api, healthy, options);
  return url;
}

/** Keep the logs, then leave nothing behind. */
async function takeDown(
  request: DeployRequest,
  { engine, name }: ComposeProject,
  gateway: Gateway | undefined,
  into: string,
): Promise<void> {
  await gateway?.close();
  for (const { service } of request.services) {
    const text = await logsOf(engine, name, service.name).catch(() => "");
    writeFileSync(logFile(request, service.name), text);
  }
  await removeProject(engine, name, { volumes: true });
  rmSync(into, { recursive: true, force: true });
}

function logFile({ log_dir }: DeployRequest, service: string): string {
  return join(log_dir, `service-${service}.log`);
}

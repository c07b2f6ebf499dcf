import { hostname } from "node:os";
import type Docker from "dockerode";
import { isAlive, ownIdentity } from "../../lib/process.ts";
import { PROJECT_LABEL } from "../compose/generate.ts";
import { OWNER_LABEL } from "../compose/overlay.ts";
import { type Engine, isGone, statusOf } from "./docker-engine.ts";

const COMPOSE_PROJECT = "com.docker.compose.project";
const COMPOSE_SERVICE = "com.docker.compose.service";
/** Services end within five seconds of SIGTERM (src/model/runtime.ts). */
const STOP_SECONDS = 5;

/** What a container is doing, as far as it matters here. */
export interface ContainerState {
  id: string;
  service: string;
  status: "created" | "running" | "restarting" | "exited" | "dead" | "paused" | "removing";
  exit_code: number;
  /** Ended because it went beyond its memory limit. */
  out_of_memory: boolean;
  /** How often the engine started it again. */
  restarts: number;
  /** "none" when it has no health check. */
  health: "none" | "starting" | "healthy" | "unhealthy";
  /** What its last health check wrote. */
  health_output: string;
  /** Port inside the container to port of the host. */
  ports: Map<number, number>;
  /** What the engine says why it could not be started. */
  error: string;
}

/** The containers of a project, of one service or of all, the newest first. */
export async function containersOf(engine: Engine, project: string, service?: string): Promise<Docker.ContainerInfo[]> {
  const label = [`${COMPOSE_PROJECT}=${project}`, ...(service === undefined ? [] : [`${COMPOSE_SERVICE}=${service}`])];
  return engine.docker.listContainers({ all: true, filters: { label } });
}

/** The state of a service's container; undefined when it has none. */
export async function stateOf(engine: Engine, project: string, service: string): Promise<ContainerState | undefined> {
  const [found] = await containersOf(engine, project, service);
  if (found === undefined) return undefined;
  try {
    return readState(service, await engine.docker.getContainer(found.Id).inspect());
  } catch (cause) {
    if (statusOf(cause) === 404) return undefined;
    throw cause;
  }
}

const STATUSES = ["created", "running", "restarting", "exited", "dead", "paused", "removing"] as const;
const HEALTHS = ["starting", "healthy", "unhealthy"] as const;

function readState(
  service: string,
  { Id, State, RestartCount, NetworkSettings }: Docker.ContainerInspectInfo,
): ContainerState {
  const ports = new Map<number, number>();
  for (const [inside, bindings] of Object.entries(NetworkSettings.Ports ?? {})) {
    const host = bindings?.[0]?.HostPort;
    if (host) ports.set(Number.parseInt(inside, 10), Number(host));
  }
  return {
    id: Id,
    service,
    status: STATUSES.find((one) => one === State.Status) ?? "dead",
    exit_code: State.ExitCode,
    out_of_memory: State.OOMKilled,
    restarts: RestartCount,
    health: HEALTHS.find((one) => one === State.Health?.Status) ?? "none",
    health_output: State.Health?.Log?.at(-1)?.Output?.trim() ?? "",
    ports,
    error: State.Error,
  };
}

/** What the containers of a service wrote, standard output and error in order. `since` is a Unix time in seconds. */
export async function logsOf(
  engine: Engine,
  project: string,
  service: string,
  options: { tail?: number; since?: number } = {},
): Promise<string> {
  const texts: string[] = [];
  for (const { Id } of (await containersOf(engine, project, service)).reverse()) {
    const container = engine.docker.getContainer(Id);
    try {
      const { Config } = await container.inspect();
      const raw = await container.logs({ stdout: true, stderr: true, follow: false, ...options });
      texts.push(Config.Tty ? raw.toString("utf8") : withoutHeaders(raw));
    } catch (cause) {
      if (!isGone(cause)) throw cause;
    }
  }
  return texts.join("");
}

/** The engine puts eight bytes before each piece: the stream, and its length (Engine API, ContainerAttach). */
export function withoutHeaders(raw: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length; ) {
    const length = raw.readUInt32BE(at + 4);
    pieces.push(raw.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** What a project had on its engine. */
export interface Removed {
  containers: number;
  networks: number;
  volumes: number;
  images: number;
}

/** End a project's containers (SIGTERM first) and remove them with its networks and images; with `volumes` its data too. */
export async function removeProject(engine: Engine, project: string, options: { volumes: boolean }): Promise<Removed> {
  const { docker } = engine;
  const filters = { label: [`${COMPOSE_PROJECT}=${project}`] };
  // What is being created while we look is found in the second round.
  const removed: Removed = { containers: 0, networks: 0, volumes: 0, images: 0 };
  const built = new Set<string>();
  for (let round = 0; round < 2; round += 1) {
    const containers = await docker.listContainers({ all: true, filters });
    // Compose names what it builds after the project.
    for (const { Image } of containers)
      if (/^[-_]/.test(Image.slice(project.length)) && Image.startsWith(project)) built.add(Image);
    await Promise.all(containers.map(({ Id }) => unlessGone(docker.getContainer(Id).stop({ t: STOP_SECONDS }))));
    for (const { Id } of containers)
      if (await unlessGone(docker.getContainer(Id).remove({ force: true, v: true }))) removed.containers += 1;
  }
  for (const { Id } of await docker.listNetworks({ filters }))
    if (await unlessGone(docker.getNetwork(Id).remove())) removed.networks += 1;
  if (options.volumes)
    for (const { Name } of (await docker.listVolumes({ filters })).Volumes ?? [])
      if (await unlessGone(docker.getVolume(Name).remove({ force: true }))) removed.volumes += 1;
  const labelled = await docker.listImages({ filters: { label: [`${PROJECT_LABEL}=${project}`] } });
  for (const image of new Set([...labelled.map(({ Id }) => Id), ...built]))
    if (await unlessGone(docker.getImage(image).remove({ force: true }))) removed.images += 1;
  return removed;
}

async function unlessGone(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (cause) {
    if (isGone(cause)) return false;
    throw cause;
  }
}

/** The value of the owner's label for what this process starts. */
export function ownerMark(): string {
  const { pid, started } = ownIdentity();
  return `${hostname()}:${pid}:${started}`;
}

/** Remove test systems whose owner on this machine no longer runs. Gives their projects. */
export async function removeOrphans(engine: Engine): Promise<string[]> {
  const { docker } = engine;
  const filters = { label: [OWNER_LABEL] };
  const [containers, networks, { Volumes: volumes }, images] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
    docker.listImages({ filters }),
  ]);
  const orphans = new Set<string>();
  for (const { Labels: labels } of [...containers, ...networks, ...(volumes ?? []), ...images]) {
    const project = labels?.[COMPOSE_PROJECT] ?? labels?.[PROJECT_LABEL];
    if (project && isAbandoned(labels?.[OWNER_LABEL] ?? "")) orphans.add(project);
  }
  for (const project of orphans) await removeProject(engine, project, { volumes: true });
  return [...orphans];
}

function isAbandoned(mark: string): boolean {
  const [host, pid, started = ""] = mark.split(":");
  return host === hostname() && Number(pid) > 0 && !isAlive({ pid: Number(pid), started });
}

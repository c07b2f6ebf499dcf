import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { AppError } from "../../lib/errors.ts";
import { baseEnvironment, runToEnd, tailOf } from "../../lib/exec.ts";
import { writeFileAtomic } from "../../lib/fs.ts";
import { type ComposeDocument, composeText } from "../compose/document.ts";
import { toStack } from "../compose/stack.ts";
import type { Engine } from "./docker-engine.ts";
import { machineFault } from "./docker-errors.ts";
import { withoutHeaders } from "./docker-project.ts";
import { buildMembers, type Member, type UpRequest } from "./docker-up.ts";
import { endOf, waitUntilHealthy } from "./health.ts";

const NAMESPACE = "com.docker.stack.namespace";
const DEPLOY_MS = 10 * 60_000;

/**
 * Deploy the generated file to a Swarm (`docker stack deploy`): images are built here first, because a Swarm does not
 * build. Wait until every service has its replicas. Errors: ENVIRONMENT when the engine is no Swarm manager.
 */
export async function deployStack(request: UpRequest, compose: ComposeDocument): Promise<void> {
  const { project, members } = request;
  const { engine, name, signal } = project;
  await assertManager(engine);
  await buildMembers(request);
  const ready = new Set(members.filter(({ error }) => error === "").map(({ service }) => service.name));
  const file = join(project.folder, "docker-stack.yml");
  writeFileAtomic(
    file,
    composeText(toStack(compose, ready), "The same system as docker-compose.yml for docker stack deploy."),
  );
  const logFile = join(project.log_dir, "stack-deploy.log");
  const exit = await runToEnd(
    project.spawn,
    {
      purpose: "docker stack deploy",
      command: "docker",
      args: ["stack", "deploy", "--prune", "--resolve-image", "never", "-c", file, name],
      cwd: project.folder,
      env: baseEnvironment({ ...engine.environment, ...project.variables, COMPOSE_PROJECT_NAME: name }),
      logFile,
    },
    { timeoutMs: DEPLOY_MS, signal },
  );
  signal.throwIfAborted();
  const output = tailOf(logFile);
  if (exit.code !== 0)
    throw (
      machineFault(output) ??
      new AppError("ENVIRONMENT", `docker stack deploy failed. ${endOf(output)}`, {
        remedy: "Correct what its last lines say.",
      })
    );
  await Promise.all(members.map((member) => converge(request, member)));
}

async function assertManager({ docker, address }: Engine): Promise<void> {
  const { Swarm } = (await docker.info()) as SwarmInfo;
  if (Swarm?.ControlAvailable) return;
  throw new AppError("ENVIRONMENT", `The engine at ${address.host} is not a manager of a Swarm.`, {
    remedy: "Make it one with docker swarm init, point DOCKER_HOST at a manager, or deploy with target compose.",
  });
}

/** Wait until a service runs as many tasks as it should, its rolling update included, and answers where it is published. */
async function converge({ project, health_timeout_ms }: UpRequest, member: Member): Promise<void> {
  if (member.error !== "") return;
  const { engine, name, signal } = project;
  const { service } = member;
  const deadline = Date.now() + health_timeout_ms;
  const watched = {
    fault: async () => (await updateFault(engine, name, service.name)) ?? "",
    lastLines: async () => endOf(await stackLogs(engine, name, service.name, { tail: 10 })),
  };
  for (;;) {
    signal.throwIfAborted();
    const running = await runningTasks(engine, name, service.name);
    if (running.wanted > 0 && running.up >= running.wanted) break;
    const fault = await watched.fault();
    if (fault !== "" || Date.now() > deadline) {
      const why = fault || `${running.up} of ${running.wanted} replicas run after ${health_timeout_ms} ms.`;
      member.error = `${why}${running.error === "" ? "" : ` ${running.error}.`} ${await watched.lastLines()}`;
      return;
    }
    await sleep(300, undefined, { signal }).catch(() => {});
  }
  // A task only runs once its health check has passed.
  const address = await addressOf(engine, name, service.name);
  if (address === undefined) return;
  member.url = address;
  const url = () => `${member.url}${service.health_endpoint}`;
  member.error = await waitUntilHealthy({ watched, url, timeout_ms: Math.max(1000, deadline - Date.now()), signal });
}

async function serviceIn({ docker }: Engine, project: string, service: string): Promise<Docker.Service | undefined> {
  const found = await docker.listServices({ filters: { name: [`${project}_${service}`] } });
  return found.find(({ Spec }) => Spec?.Name === `${project}_${service}`);
}

/** Where a running task of a service is reached; undefined when it publishes nothing. */
async function addressOf(engine: Engine, project: string, service: string): Promise<string | undefined> {
  const { docker, publish } = engine;
  const tasks: Task[] = await docker.listTasks({
    filters: { service: [`${project}_${service}`], "desired-state": ["running"] },
  });
  const task = tasks.find(({ Status }) => Status?.State === "running" && Status.PortStatus?.Ports?.length);
  const port = task?.Status?.PortStatus?.Ports?.[0]?.PublishedPort;
  if (task?.NodeID === undefined || port === undefined) return undefined;
  const { Swarm } = (await docker.info()) as SwarmInfo;
  if (Swarm?.NodeID === task.NodeID) return `http://${publish.host}:${port}`;
  const node: { Status?: { Addr?: string } } = await docker.getNode(task.NodeID).inspect();
  return node.Status?.Addr === undefined ? undefined : `http://${node.Status.Addr}:${port}`;
}

async function updateFault(engine: Engine, project: string, service: string): Promise<string | undefined> {
  const state = (await serviceIn(engine, project, service))?.UpdateStatus;
  return state?.State?.startsWith("rollback") || state?.State === "paused"
    ? `Its update was taken back (${state.State}): ${state.Message ?? ""}.`
    : undefined;
}

interface Task {
  NodeID?: string;
  DesiredState?: string;
  Status?: { State?: string; Err?: string; PortStatus?: { Ports?: { PublishedPort?: number }[] } };
}

/** What the types leave out of the engine's answer. */
interface SwarmInfo {
  Swarm?: { ControlAvailable?: boolean; NodeID?: string };
}

async function runningTasks(engine: Engine, project: string, service: string) {
  const found = await serviceIn(engine, project, service);
  const wanted = found?.Spec?.Mode?.Replicated?.Replicas ?? 0;
  const tasks: Task[] = await engine.docker.listTasks({ filters: { service: [`${project}_${service}`] } });
  const updating = found?.UpdateStatus?.State === "updating";
  const up = tasks.filter(
    ({ DesiredState, Status }) => DesiredState === "running" && Status?.State === "running",
  ).length;
  const error = tasks.map(({ Status }) => Status?.Err ?? "").find((text) => text !== "") ?? "";
  return { wanted, up: updating ? 0 : up, error };
}

/** Whether a project was deployed as a Swarm stack. */
export async function isStack(engine: Engine, project: string): Promise<boolean> {
  const { Swarm } = (await engine.docker.info()) as SwarmInfo;
  if (!Swarm?.ControlAvailable) return false;
  return (await engine.docker.listServices({ filters: { label: [`${NAMESPACE}=${project}`] } })).length > 0;
}

/** Remove a stack's services and networks and wait until its containers are gone. */
export async function removeStack({ docker }: Engine, project: string): Promise<void> {
  const filters = { label: [`${NAMESPACE}=${project}`] };
  for (const { ID } of await docker.listServices({ filters })) await docker.getService(ID).remove();
  const deadline = Date.now() + 60_000;
  while ((await docker.listContainers({ all: true, filters })).length > 0 && Date.now() < deadline) await sleep(200);
  for (const { Id } of await docker.listNetworks({ filters })) {
    // The last task may still be leaving it.
    for (let tries = 0; tries < 20; tries += 1) {
      const gone = await docker
        .getNetwork(Id)
        .remove()
        .then(() => true)
        .catch(() => false);
      if (gone) break;
      await sleep(500);
    }
  }
}

export async function stackLogs(
  engine: Engine,
  project: string,
  service: string,
  options: { tail?: number; since?: number },
): Promise<string> {
  const found = await serviceIn(engine, project, service);
  if (found === undefined) return "";
  const raw: unknown = await engine.docker
    .getService(found.ID)
    .logs({ stdout: true, stderr: true, follow: false, ...options });
  return Buffer.isBuffer(raw) ? withoutHeaders(raw) : "";
}

/** Restart a stack's service one replica at a time. Gives "" or why it did not come back. */
export async function restartStackService(
  engine: Engine,
  project: string,
  service: string,
  options: { health_timeout_ms: number; signal: AbortSignal },
): Promise<string> {
  const found = await serviceIn(engine, project, service);
  const template = found?.Spec?.TaskTemplate;
  if (found === undefined || template === undefined) return `${service} is not deployed.`;
  const version = found.Version?.Index ?? 0;
  const next = { ...found.Spec, version, TaskTemplate: { ...template, ForceUpdate: (template.ForceUpdate ?? 0) + 1 } };
  await engine.docker.getService(found.ID).update(next);
  const deadline = Date.now() + options.health_timeout_ms;
  while (Date.now() < deadline) {
    options.signal.throwIfAborted();
    await sleep(300, undefined, { signal: options.signal }).catch(() => {});
    const { wanted, up } = await runningTasks(engine, project, service);
    const state = (await serviceIn(engine, project, service))?.UpdateStatus?.State;
    if (state === "completed" && up >= wanted) return "";
  }
  return `It was not running again within ${options.health_timeout_ms} ms.`;
}

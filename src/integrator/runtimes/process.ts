import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { baseEnvironment, type Child, type Exit, tailOf } from "../../lib/exec.ts";
import { randomHex } from "../../lib/ids.ts";
import type { DeployedService } from "../../model/integration-report.ts";
import { routePrefix } from "../../model/service-map.ts";
import { type Gateway, startGateway } from "../gateway.ts";
import type { Deployment, DeployRequest, Runtime, ServiceEnd } from "../port.ts";
import { type Route, routeTable } from "../routes.ts";
import { type DeploymentSecrets, serviceEnvironment } from "./environment.ts";
import { freePorts, isFree } from "./free-port.ts";
import { exitWords, lastLines, waitUntilHealthy } from "./health.ts";
import { requireProgram, type StartCommand, startCommand } from "./start-command.ts";

const HOST = "127.0.0.1";
/** How often the whole system is started anew because another program took one of its ports. */
const PORT_ATTEMPTS = 4;

/** Services as local processes on free loopback ports, behind the built-in gateway. */
export function createProcessRuntime(): Runtime {
  return {
    name: "process",
    deploy: async (request) => {
      for (let attempt = 1; ; attempt += 1) {
        const deployment = await deployOnce(request);
        if (attempt === PORT_ATTEMPTS || !(await deployment.portTaken())) return deployment;
        await deployment.stop();
      }
    },
  };
}

/** One service of a deployment while it runs. */
interface Member {
  name: string;
  directory: string;
  health_endpoint: string;
  port: number;
  url: string;
  log_file: string;
  /** Where this deployment's part of the log begins. */
  log_start: number;
  start: StartCommand | undefined;
  child?: Child;
  /** How it ended, when it did so by itself. */
  ended?: Exit;
  stopped?: Promise<void> | undefined;
  error: string;
}

async function deployOnce(request: DeployRequest): Promise<Deployment & { portTaken(): Promise<boolean> }> {
  request.signal.throwIfAborted();
  const members = await plan(request);
  const secrets = { jwt: randomHex(32), events: randomHex(32) };
  let routes: Route[] = [];
  const gateway = await startGateway(() => routes);
  const stop = () => stopAll(members, gateway);
  const onAbort = () => void stop();
  request.signal.addEventListener("abort", onAbort, { once: true });
  const close = () => {
    request.signal.removeEventListener("abort", onAbort);
    return stop();
  };
  try {
    const targets = new Map(members.map(({ name, url }) => [name, url]));
    const names = request.service_map.services.map(({ name }) => name);
    routes = routeTable(names.map((service) => ({ service, target: targets.get(service) ?? null })));
    await startMembers(request, members, gateway.url, secrets);
  } catch (cause) {
    await close();
    throw cause;
  }
  return {
    gateway_url: gateway.url,
    services: members.map(deployed),
    jwt_secret: secrets.jwt,
    event_secret: secrets.events,
    ended: () => members.flatMap(endedByItself),
    logs: async (service) => ownLog(members.find(({ name }) => name === service)),
    stop: close,
    portTaken: () => portTaken(members),
  };
}

async function plan(request: DeployRequest): Promise<Member[]> {
  const ports = await freePorts(request.services.length);
  return request.services.map(({ service, directory }, index) => {
    const port = ports[index] ?? 0;
    const log_file = join(request.log_dir, `service-${service.name}.log`);
    const start = startCommand(directory);
    if (start !== undefined) requireProgram(start.command, service.name);
    return {
      name: service.name,
      directory,
      health_endpoint: service.health_endpoint,
      port,
      url: `http://${HOST}:${port}`,
      log_file,
      log_start: statSync(log_file, { throwIfNoEntry: false })?.size ?? 0,
      start,
      error: start === undefined ? noStartCommand(directory) : "",
    };
  });
}

function noStartCommand(directory: string): string {
  const looked = "package.json with a start script, Procfile with web, main.py or app.py, go.mod with main.go";
  return `Nothing in ${directory} says how it is started (looked for: ${looked}).`;
}

/** Start all, then wait for all; what does not become healthy keeps its reason and does not hold up the others. */
async function startMembers(
  request: DeployRequest,
  members: Member[],
  gatewayUrl: string,
  secrets: DeploymentSecrets,
): Promise<void> {
  const own = new Map(members.map(({ name, url }) => [name, url]));
  const others = request.service_map.services.map(({ name }) => name);
  // Who is not deployed is reached through the gateway, which says so (503).
  const urls = Object.fromEntries(others.map((name) => [name, own.get(name) ?? gatewayUrl + routePrefix(name)]));
  const shared = { host: HOST, secrets, urls, deployed: new Set(own.keys()) };
  const { service_map, contracts, signal } = request;
  for (const member of members) {
    if (member.start === undefined) continue;
    signal.throwIfAborted();
    const env = serviceEnvironment({
      ...shared,
      urls: await urlsFrom(member.name, urls, request),
      service: member.name,
      port: member.port,
      service_map,
      contracts,
      tracing: request.watched?.environment(member.name) ?? {},
    });
    member.child = await request.spawn({
      purpose: `service ${member.name}`,
      command: member.start.command,
      args: member.start.args,
      cwd: member.directory,
      env: baseEnvironment(env),
      logFile: member.log_file,
    });
    void member.child.exited.then((exit) => {
      if (member.stopped === undefined) member.ended = exit;
    });
  }
  signal.throwIfAborted();
  await Promise.all(members.map((member) => becomeHealthy(member, request)));
  await noteEarlyExits(members);
}

/** The addresses of the others as one service is told them: where somebody watches, it sees what passes. */
async function urlsFrom(
  from: string,
  urls: Record<string, string>,
  { watched }: DeployRequest,
): Promise<Record<string, string>> {
  if (watched === undefined) return urls;
  const told = Object.entries(urls).map(async ([to, url]) => [
    to,
    to === from ? url : await watched.between(from, to, url),
  ]);
  return Object.fromEntries(await Promise.all(told));
}

async function becomeHealthy(member: Member, { health_timeout_ms: timeout_ms, signal }: DeployRequest): Promise<void> {
  if (member.child === undefined) return;
  let ended = "";
  const over = member.child.exited.then((exit) => {
    ended = `It ended ${exitWords(exit)} before it was healthy.`;
  });
  const watched = { fault: () => ended, stirs: () => over, lastLines: () => lastLines(member.log_file) };
  const url = () => `${member.url}${member.health_endpoint}`;
  member.error = await waitUntilHealthy({ watched, url, timeout_ms, signal });
}

/** A service that answered and then ended while the others were starting is not healthy. */
async function noteEarlyExits(members: Member[]): Promise<void> {
  for (const member of members) {
    if (member.child === undefined || member.error !== "") continue;
    const exit = await Promise.race([member.child.exited, Promise.resolve(undefined)]);
    if (exit !== undefined)
      member.error = `It ended ${exitWords(exit)} soon after it started. ${lastLines(member.log_file)}`;
  }
}

function endedByItself({ name, error, ended }: Member): ServiceEnd[] {
  return ended === undefined || error !== "" ? [] : [{ service: name, how: exitWords(ended), times: 1 }];
}

/** Whether a service failed because another program listens on the port it was given. */
async function portTaken(members: Member[]): Promise<boolean> {
  for (const { error, log_file, port, child } of members) {
    if (error === "" || child === undefined) continue;
    if (!/EADDRINUSE|address already in use/i.test(tailOf(log_file, 16_384))) continue;
    await child.stop();
    if (!(await isFree(port))) return true;
  }
  return false;
}

/** May be called again: it ends what was started in the meantime. */
async function stopAll(members: Member[], gateway: Gateway): Promise<void> {
  for (const member of members) member.stopped ??= member.child?.stop();
  await Promise.all([gateway.close(), ...members.map(({ stopped }) => stopped)]);
}

function deployed({ name, url, log_file, error }: Member): DeployedService {
  return { service: name, healthy: error === "", url, log_file, error };
}

function ownLog(member: Member | undefined): string {
  if (member === undefined) return "";
  try {
    return readFileSync(member.log_file).subarray(member.log_start).toString("utf8");
  } catch {
    return "";
  }
}

import { AppError } from "../../lib/errors.ts";
import { mapPool } from "../../lib/pool.ts";
import type { Service } from "../../model/service-map.ts";
import { type ComposeProject, runCompose } from "./docker-compose.ts";
import { buildFailure, machineFault } from "./docker-errors.ts";
import { type ContainerState, logsOf, stateOf } from "./docker-project.ts";
import { endOf, exitWords, waitUntilHealthy } from "./health.ts";

/** One service of a system while it comes up. */
export interface Member {
  service: Service;
  /** Base URL at which it is probed; "" while it has none. */
  url: string;
  /** Why it does not run; "" when it does. */
  error: string;
}

export interface UpRequest {
  project: ComposeProject;
  members: Member[];
  /** What else is in the files, of ours. */
  parts: { databases: string[]; migrations: boolean; traefik: boolean };
  /** Whether the files are somebody's own, whose dependencies Compose has to follow. */
  own: boolean;
  health_timeout_ms: number;
  /** Where a running service is probed. Undefined until it is known. */
  probe(service: Service, published: ReadonlyMap<number, number>): string | undefined | Promise<string | undefined>;
  progress?: (message: string) => void;
}

const BUILDS_AT_ONCE = 2;
const BUILD_MS = 30 * 60_000;
const UP_MS = 10 * 60_000;
/** Its events wake whoever waits; what brings no event is seen by looking this often. */
const LOOK_MS = 1000;
/** An engine tries again by itself; what ended this often will end again. */
const MOST_RESTARTS = 2;

/**
 * Build every service's image, start databases, run migrations, start the services and wait until each is healthy. What
 * is wrong with a service is kept with it and does not hold up the others. Errors: ENVIRONMENT for what is wrong with the
 * machine; the signal's reason when aborted.
 */
export async function bringUp(request: UpRequest): Promise<void> {
  const { project, members, parts } = request;
  await buildMembers(request);
  if (parts.databases.length > 0) {
    request.progress?.(`Starting ${parts.databases.join(" and ")}`);
    await start(project, parts.databases, ["--no-deps"]);
    for (const name of parts.databases) await waitForDatabase(request, name);
  }
  if (parts.migrations) await migrate(request);
  await startServices(request);
  await Promise.all(members.map((member) => becomeHealthy(request, member)));
  for (const member of members)
    if (member.error === "") member.error = await faultOf(request, member.service.name, "soon after it started");
}

/** Build every service's image; a build that fails is kept with its service. Errors: as bringUp. */
export async function buildMembers(request: UpRequest): Promise<void> {
  await checkFiles(request);
  await mapPool(request.members, BUILDS_AT_ONCE, async (member) => {
    if (member.error !== "") return;
    request.progress?.(`Building ${member.service.name}`);
    member.error = await build(request.project, member.service.name);
  });
}

/** A file that Compose refuses is nobody's service: the user's own file is theirs to correct, what was generated is ours. */
async function checkFiles({ project, own }: UpRequest): Promise<void> {
  const { code, output } = await runCompose(project, "config", ["config", "-q"], UP_MS);
  if (code === 0) return;
  throw new AppError(
    own ? "INVALID_INPUT" : "INTERNAL",
    `Compose refuses ${project.files.join(", ")}. ${endOf(output)}`,
    {
      remedy: own ? "Correct the file as its message says." : "Report it with the file and this message.",
    },
  );
}

async function build(project: ComposeProject, name: string): Promise<string> {
  const { code, output } = await runCompose(project, `build ${name}`, ["build", name], BUILD_MS);
  if (code === 0) return "";
  const fault = machineFault(output);
  if (fault) throw fault;
  return buildFailure(name, output);
}

/** Errors: ENVIRONMENT, whatever the reason. */
async function start(project: ComposeProject, names: string[], options: string[]): Promise<void> {
  const { code, output } = await runCompose(project, "up", ["up", "-d", ...options, ...names], UP_MS);
  if (code === 0) return;
  throw (
    machineFault(output) ??
    new AppError("ENVIRONMENT", `${names.join(", ")} could not be started. ${endOf(output)}`, {
      remedy: "Correct what the last lines say; docker compose config shows the files as Compose reads them.",
    })
  );
}

async function waitForDatabase({ project, health_timeout_ms }: UpRequest, name: string): Promise<void> {
  const { engine, signal, watch } = project;
  const deadline = Date.now() + health_timeout_ms;
  for (;;) {
    signal.throwIfAborted();
    const state = await stateOf(engine, project.name, name);
    const fault = state === undefined ? "Its container is gone." : faultIn(state, "before it was healthy");
    if (fault === "" && (state?.health === "healthy" || state?.health === "none")) return;
    if (fault !== "" || Date.now() > deadline) {
      const why = fault || `It was not healthy within ${health_timeout_ms} ms.`;
      throw new AppError(
        "ENVIRONMENT",
        `${name}: ${why} ${endOf(await logsOf(engine, project.name, name, { tail: 10 }))}`,
        {
          remedy: "See what its log says; a volume of an earlier version or another password is the usual reason.",
        },
      );
    }
    await watch.next(LOOK_MS, signal);
  }
}

/** Migrations run to their end before the services that have a database; when they fail, those do not start. */
async function migrate(request: UpRequest): Promise<void> {
  const { project, members } = request;
  const { engine, signal, watch } = project;
  request.progress?.("Running migrations");
  let error = await build(project, "migrations");
  if (error === "") {
    await start(project, ["migrations"], ["--no-deps"]);
    let state = await stateOf(engine, project.name, "migrations");
    const deadline = Date.now() + UP_MS;
    while (state?.status === "running" && Date.now() < deadline) {
      await watch.next(LOOK_MS, signal);
      signal.throwIfAborted();
      state = await stateOf(engine, project.name, "migrations");
    }
    if (state?.status !== "exited" || state.exit_code !== 0)
      error = `The migrations ended with exit code ${state?.exit_code ?? "unknown"}. ${endOf(await logsOf(engine, project.name, "migrations", { tail: 10 }))}`;
  }
  for (const member of members)
    if (member.error === "" && /postgres/i.test(member.service.stack.database ?? "")) member.error = error;
}

async function startServices(request: UpRequest): Promise<void> {
  const { project, members, parts, own } = request;
  const ready = members.filter(({ error }) => error === "");
  const options = own ? ["--no-build"] : ["--no-build", "--no-deps"];
  const names = [...(parts.traefik ? ["traefik"] : []), ...ready.map(({ service }) => service.name)];
  if (names.length === 0) return;
  request.progress?.(`Starting ${names.join(", ")}`);
  const { code, output } = await runCompose(project, "up", ["up", "-d", ...options, ...names], UP_MS);
  if (code === 0) return;
  const fault = machineFault(output);
  if (fault) throw fault;
  // One of them keeps the others from starting: which one is found by starting each alone.
  if (parts.traefik) await start(project, ["traefik"], options);
  for (const member of ready) {
    const name = member.service.name;
    const alone = await runCompose(project, `up ${name}`, ["up", "-d", ...options, name], UP_MS);
    if (alone.code !== 0) member.error = `Its container could not be started. ${endOf(alone.output)}`;
  }
}

/** What waiting for a service needs of a project. */
type Waiting = Pick<UpRequest, "health_timeout_ms" | "probe"> & {
  project: Pick<ComposeProject, "engine" | "name" | "signal" | "watch">;
};

/** Wait until a started service is healthy; why it is not is kept with it. */
export async function becomeHealthy(request: Waiting, member: Member): Promise<void> {
  if (member.error !== "") return;
  const { project, health_timeout_ms } = request;
  const { engine, signal, watch } = project;
  const { name, health_endpoint } = member.service;
  const deadline = Date.now() + health_timeout_ms;
  let state = await stateOf(engine, project.name, name);
  let base = state && (await request.probe(member.service, state.ports));
  while (base === undefined && (state === undefined || faultIn(state, "") === "") && Date.now() < deadline) {
    // A gateway's route brings no event of this project.
    await watch.next(LOOK_MS / 5, signal);
    signal.throwIfAborted();
    state = await stateOf(engine, project.name, name);
    base = state && (await request.probe(member.service, state.ports));
    // Where nothing is published its own health check has the word.
    if (base === undefined && state?.health === "healthy") return;
  }
  if (base === undefined) {
    member.error = await faultOf(request, name, "before it was healthy");
    if (member.error === "")
      member.error = `Its port ${member.service.port} was not published within ${health_timeout_ms} ms.`;
    return;
  }
  member.url = base;
  member.error = await waitUntilHealthy({
    watched: {
      fault: async () => {
        state = await stateOf(engine, project.name, name);
        member.url = (state && (await request.probe(member.service, state.ports))) ?? member.url;
        return state === undefined ? "Its container is gone." : faultIn(state, "before it was healthy");
      },
      agrees: () => state?.health === "healthy" || state?.health === "none",
      stirs: () => watch.next(LOOK_MS, signal),
      lastLines: async () => endOf(await logsOf(engine, project.name, name, { tail: 10 })),
    },
    url: () => `${member.url}${health_endpoint}`,
    timeout_ms: Math.max(1, deadline - Date.now()),
    signal,
  });
}

async function faultOf({ project }: Waiting, name: string, when: string): Promise<string> {
  const { engine } = project;
  const state = await stateOf(engine, project.name, name);
  const fault = state === undefined ? "Its container is gone." : faultIn(state, when);
  return fault === "" ? "" : `${fault} ${endOf(await logsOf(engine, project.name, name, { tail: 10 }))}`;
}

/** Why a container will not become healthy any more; "" while it may. */
function faultIn(state: ContainerState, when: string): string {
  const { status, exit_code, restarts, health } = state;
  const memory = state.out_of_memory ? " It went beyond its memory limit." : "";
  if (restarts >= MOST_RESTARTS)
    return `It keeps ending (exit code ${exit_code}) and was started again ${restarts} times.${memory}`;
  if (status === "exited" || status === "dead")
    return state.error === ""
      ? `It ended ${exitWords({ code: exit_code, signal: null })} ${when}.${memory}`
      : `It could not be started: ${state.error}.`;
  // A container that ends is called unhealthy too, until it is started again.
  if (health === "unhealthy" && status === "running")
    return `Its health check fails: ${state.health_output || "it wrote nothing"}.`;
  return "";
}

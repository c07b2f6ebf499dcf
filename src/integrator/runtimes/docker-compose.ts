import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../lib/errors.ts";
import { baseEnvironment, outputOf, runToEnd, type Spawn } from "../../lib/exec.ts";
import type { Engine } from "./docker-engine.ts";
import type { ProjectWatch } from "./docker-events.ts";

/** A Compose command line that works. */
export interface ComposeCommand {
  command: string;
  args: string[];
  version: string;
}

/** `docker compose` (v2), else `docker-compose` (1.29). Errors: ENVIRONMENT when neither is there. */
export async function findCompose(engine: Pick<Engine, "environment">): Promise<ComposeCommand> {
  for (const [command, ...args] of [["docker", "compose"], ["docker-compose"]]) {
    if (command === undefined) continue;
    const version = await versionOf(command, args, engine);
    if (version !== undefined) return { command, args, version };
  }
  throw new AppError("ENVIRONMENT", "A Docker engine answers, but Compose is not installed.", {
    remedy: "Install the Compose plugin (docker compose version shows it), or set integration.runtime: process.",
  });
}

async function versionOf(command: string, args: string[], { environment }: Pick<Engine, "environment">) {
  try {
    const answer = await outputOf(command, [...args, "version", "--short"], {
      cwd: process.cwd(),
      env: baseEnvironment(environment),
      timeoutMs: 15_000,
      maxBytes: 10_000,
    });
    return answer.code === 0 ? answer.stdout.trim().replace(/^v/, "") : undefined;
  } catch {
    return undefined;
  }
}

/** The files of one system, and how Compose is run on them. */
export interface ComposeProject {
  name: string;
  /** Compose files, the later ones laid over the earlier. */
  files: string[];
  /** What the files refer to, secrets among it: handed over by environment, never on a command line. */
  variables: Record<string, string>;
  /** Where relative paths of the files begin. */
  folder: string;
  compose: ComposeCommand;
  engine: Engine;
  watch: ProjectWatch;
  spawn: Spawn;
  log_dir: string;
  signal: AbortSignal;
}

/** Run Compose to its end. Gives its exit code and the end of what this run wrote; throws the signal's reason when aborted. */
export async function runCompose(
  project: ComposeProject,
  purpose: string,
  args: string[],
  timeoutMs: number,
): Promise<{ code: number; output: string }> {
  const { compose, engine, files, folder, name, signal } = project;
  signal.throwIfAborted();
  const logFile = join(project.log_dir, `compose-${purpose.replace(/[^a-z0-9-]+/gi, "-")}.log`);
  const begin = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const exit = await runToEnd(
    project.spawn,
    {
      purpose: `compose ${purpose}`,
      command: compose.command,
      args: [
        ...compose.args,
        "-p",
        name,
        "--project-directory",
        folder,
        ...files.flatMap((file) => ["-f", file]),
        ...args,
      ],
      cwd: folder,
      env: baseEnvironment({
        ...engine.environment,
        ...project.variables,
        COMPOSE_PROJECT_NAME: name,
        PUBLISH_HOST: engine.publish.bind,
        ...(engine.address.host.startsWith("unix://")
          ? { DOCKER_SOCKET: engine.address.host.slice("unix://".length) }
          : {}),
      }),
      logFile,
    },
    { timeoutMs, signal },
  );
  const output = readFileSync(logFile).subarray(begin).toString("utf8");
  if (exit.code !== 0) await removeBuildContainers(engine, output);
  signal.throwIfAborted();
  if (exit.timedOut) return { code: 124, output: `${output}\nStopped after ${timeoutMs} ms.` };
  return { code: exit.code ?? 1, output };
}

/** The engine's classic builder keeps the container of a step that failed or was broken off. */
async function removeBuildContainers({ docker }: Engine, output: string): Promise<void> {
  for (const [, id = ""] of output.matchAll(/Running in ([0-9a-f]{12})\b/g))
    await docker
      .getContainer(id)
      .remove({ force: true })
      .catch(() => {});
}

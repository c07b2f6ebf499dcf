import { AppError } from "../../lib/errors.ts";
import { endOf } from "./health.ts";

/** Where an engine is: what DOCKER_HOST, or the current context, says. */
export interface EngineAddress {
  /** `unix:///…`, `tcp://…`, `ssh://…` or `npipe://…`. */
  host: string;
  /** Folder with ca.pem, cert.pem and key.pem; "" without TLS. */
  certificates: string;
  /** How it was found, for messages. */
  from: string;
}

const WITHOUT = "or set integration.runtime: process to do without Docker";

/** Why an engine did not answer. */
export function engineError(text: string, { host, from }: EngineAddress): AppError {
  if (host.startsWith("ssh:"))
    return new AppError("ENVIRONMENT", `No Docker engine answers at ${host} (${from}): ${text}.`, {
      remedy: `See that ssh logs in there without asking, and that docker works for that user, ${WITHOUT}.`,
    });
  if (/EACCES|permission denied/i.test(text))
    return new AppError("ENVIRONMENT", `The Docker engine at ${host} (${from}) does not let this user in.`, {
      remedy: `Add the user to the docker group (sudo usermod -aG docker $USER) and log in again, ${WITHOUT}.`,
    });
  return new AppError("ENVIRONMENT", `No Docker engine answers at ${host} (${from}): ${text}.`, {
    remedy: `Start Docker, or point DOCKER_HOST or a Docker context at an engine, ${WITHOUT}.`,
  });
}

/** Faults of the machine, as Compose and the engine word them; what is none of these is the service's own. */
const MACHINE: { pattern: RegExp; message: string; remedy: string }[] = [
  {
    pattern: /port is already allocated|address already in use|ports are not available|failed to bind port/i,
    message: "A port that is to be published is taken",
    remedy: "Stop what listens there, or set GATEWAY_PORT in .env to another one",
  },
  {
    pattern: /no space left on device/i,
    message: "The engine has no disk space left",
    remedy: "Free some (docker system prune shows what can go)",
  },
  {
    pattern:
      /toomanyrequests|no such host|temporary failure in name resolution|dial tcp|i\/o timeout|TLS handshake timeout|Client\.Timeout exceeded|network is unreachable|connection refused.*registry|server misbehaving/i,
    message: "An image could not be pulled, because its registry was not reached",
    remedy:
      "Check the network or the proxy of the engine, or load the image (docker load) so that nothing has to be pulled",
  },
  {
    pattern:
      /could not find an available,? non-overlapping IPv4|all predefined address pools have been fully subnetted/i,
    message: "The engine has no network address left",
    remedy: "Remove networks that nobody uses (docker network prune)",
  },
  {
    pattern:
      /Cannot connect to the Docker daemon|error during connect|connect: permission denied|ECONNREFUSED|docker\.sock/i,
    message: "The Docker engine stopped answering",
    remedy: "Start it again",
  },
];

/** The machine's fault in a command's output, if there is one. The end of the output is part of the message. */
export function machineFault(output: string): AppError | undefined {
  const found = MACHINE.find(({ pattern }) => pattern.test(output));
  if (found === undefined) return undefined;
  return new AppError("ENVIRONMENT", `${found.message}. ${endOf(output)}`, {
    remedy: `${found.remedy}; then try again.`,
  });
}

/** Why the build of an image failed, in a sentence with the end of its log. */
export function buildFailure(service: string, output: string): string {
  const missing =
    /(?:pull access denied for|manifest for|failed to resolve source metadata for|repository) ([^\s:,]+(?::[\w.-]+)?)/i.exec(
      output,
    );
  if (missing && /denied|not found|manifest unknown|does not exist/i.test(output))
    return `The image of ${service} could not be built: its base image ${missing[1]} is not there. ${endOf(output)}`;
  return `The image of ${service} could not be built. ${endOf(output)}`;
}

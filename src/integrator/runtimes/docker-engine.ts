import { existsSync, readFileSync } from "node:fs";
import type { Agent } from "node:http";
import { join } from "node:path";
import Docker from "dockerode";
import { messageOf } from "../../lib/errors.ts";
import { baseEnvironment, outputOf } from "../../lib/exec.ts";
import { type EngineAddress, engineError } from "./docker-errors.ts";
import { sshAgent, sshHost } from "./docker-ssh.ts";

/** A connection to an engine that answered. */
export interface Engine {
  docker: Docker;
  address: EngineAddress;
  version: string;
  /** Host at which published ports are reached, and the address of it that they are bound to. */
  publish: { host: string; bind: string };
  /** For commands that talk to the same engine. */
  environment: Record<string, string>;
}

const DEFAULT_HOST = process.platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock";
const PASSED_ON = ["DOCKER_CONFIG", "SSH_AUTH_SOCK", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "BUILDX_CONFIG"];
const PING_MS = 5000;

/**
 * The engine that DOCKER_HOST or the current Docker context names, after it has answered. Errors: ENVIRONMENT when none
 * answers, or it does not let us in.
 */
export async function connectEngine(environment: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const address = await engineAddress(environment);
  const docker = new Docker({ ...connectionTo(address, environment), timeout: 0 });
  let version: string;
  try {
    const limit = AbortSignal.timeout(PING_MS);
    const late = new Promise<never>((_resolve, reject) => {
      limit.addEventListener("abort", () => reject(new Error(`no answer within ${PING_MS} ms`)), { once: true });
    });
    version = String((await Promise.race([docker.version(), late])).Version);
  } catch (cause) {
    throw engineError(messageOf(cause), address);
  }
  const remote = await remoteHost(address.host, environment);
  return {
    docker,
    address,
    version,
    publish: remote === null ? { host: "127.0.0.1", bind: "127.0.0.1" } : { host: remote, bind: "0.0.0.0" },
    environment: {
      ...Object.fromEntries(PASSED_ON.flatMap((name) => (environment[name] ? [[name, environment[name] ?? ""]] : []))),
      DOCKER_HOST: address.host,
      ...(address.certificates === "" ? {} : { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: address.certificates }),
    },
  };
}

async function engineAddress(environment: NodeJS.ProcessEnv): Promise<EngineAddress> {
  const { DOCKER_HOST: host, DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: verify } = environment;
  if (host) return { host, certificates: verify && folder ? folder : "", from: "DOCKER_HOST" };
  return (await contextAddress(environment)) ?? { host: DEFAULT_HOST, certificates: "", from: "the default address" };
}

/** The command line knows its contexts; without it there are none. */
async function contextAddress(environment: NodeJS.ProcessEnv): Promise<EngineAddress | undefined> {
  const passed = ["DOCKER_CONTEXT", "DOCKER_CONFIG"].flatMap((name) => {
    const value = environment[name];
    return value ? [[name, value]] : [];
  });
  const format = "{{.Name}}\n{{.Endpoints.docker.Host}}\n{{.Storage.TLSPath}}";
  try {
    const answer = await outputOf("docker", ["context", "inspect", "--format", format], {
      cwd: process.cwd(),
      env: baseEnvironment(Object.fromEntries(passed)),
      timeoutMs: PING_MS,
      maxBytes: 10_000,
    });
    const [name = "", host = "", tls = ""] = answer.stdout.split("\n").map((line) => line.trim());
    if (answer.code !== 0 || host === "") return undefined;
    const certificates = join(tls, "docker");
    return { host, certificates: existsSync(certificates) ? certificates : "", from: `context ${name}` };
  } catch {
    return undefined;
  }
}

/** dockerode hands its options on to docker-modem, which knows this one more. */
type Connection = Docker.DockerOptions & { agent?: Agent };

function connectionTo({ host, certificates }: EngineAddress, environment: NodeJS.ProcessEnv): Connection {
  const url = new URL(host);
  if (url.protocol === "unix:" || url.protocol === "npipe:")
    return { socketPath: host.slice(`${url.protocol}//`.length) };
  if (url.protocol === "ssh:")
    return { protocol: "http", host: "localhost", port: 80, agent: sshAgent(host, environment) };
  const file = (name: string) => readFileSync(join(certificates, name));
  const tls = certificates === "" ? {} : { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem") };
  const protocol = certificates === "" && url.protocol !== "https:" ? "http" : "https";
  return { protocol, host: url.hostname, port: Number(url.port || (protocol === "https" ? 2376 : 2375)), ...tls };
}

async function remoteHost(host: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  const { protocol, hostname: named } = new URL(host);
  if (protocol === "unix:" || protocol === "npipe:") return null;
  const hostname = protocol === "ssh:" ? await sshHost(host, environment) : named;
  return hostname === "localhost" || hostname.startsWith("127.") || hostname === "[::1]" ? null : hostname;
}

/** Whether an image is on the engine. */
export async function hasImage({ docker }: Engine, image: string): Promise<boolean> {
  try {
    await docker.getImage(image).inspect();
    return true;
  } catch (cause) {
    if (statusOf(cause) === 404) return false;
    throw cause;
  }
}

/**
 * Have an image on the engine, pulling it when it is not there. Gives "" or why it cannot be had. Throws the signal's
 * reason when aborted.
 */
export async function fetchImage(
  engine: Engine,
  image: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  if (await hasImage(engine, image)) return "";
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const stream = await engine.docker.pull(image, { abortSignal: limit });
    await new Promise<void>((resolve, reject) => {
      engine.docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
    });
  } catch (cause) {
    signal.throwIfAborted();
    return limit.aborted
      ? `it was not pulled within ${timeoutMs} ms`
      : messageOf(cause).replace(/^\(HTTP code \d+\)\s*/, "");
  }
  return (await hasImage(engine, image)) ? "" : "it was pulled, and is not there";
}

/** The HTTP status of an engine's refusal; undefined for any other error. */
export function statusOf(cause: unknown): number | undefined {
  return cause instanceof Error && "statusCode" in cause && typeof cause.statusCode === "number"
    ? cause.statusCode
    : undefined;
}

/** What the engine refuses because it is gone already, or going. */
export function isGone(cause: unknown): boolean {
  const status = statusOf(cause);
  return status === 404 || status === 409 || status === 304;
}

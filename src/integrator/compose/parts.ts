import type { Stack } from "../../model/service-map.ts";
import { traefikCommand } from "../traefik/labels.ts";
import type { ComposeService, Healthcheck } from "./document.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: Compose fills these in

/** What a service's stack asks for beside itself. */
export interface Needs {
  postgres: boolean;
  redis: boolean;
}

export function needsOf({ database, message_broker }: Stack): Needs {
  return {
    postgres: /postgres/i.test(database ?? ""),
    redis: /redis/i.test(`${database ?? ""} ${message_broker ?? ""}`),
  };
}

/** How a service with these needs reaches them. */
export function needsEnvironment({ postgres, redis }: Needs): Record<string, string> {
  return {
    ...(postgres ? { DATABASE_URL: "postgresql://${DB_USER}:${DB_PASSWORD}@postgres:5432/${DB_NAME}" } : {}),
    ...(redis ? { REDIS_URL: "redis://redis:6379/0" } : {}),
  };
}

const limits = (cpus: string, memory: string) => ({ resources: { limits: { cpus, memory } } });
const NO_MORE_RIGHTS = ["no-new-privileges:true"];
export const SERVICE_LIMITS = limits("1.0", "512M");

/** The gateway; its port is `GATEWAY_PORT` at `GATEWAY_HOST` (80 on every address unless .env says otherwise). */
export function traefik(image: string): ComposeService {
  return {
    image,
    command: traefikCommand({ api: false }),
    ports: ["${GATEWAY_HOST:-0.0.0.0}:${GATEWAY_PORT:-80}:80"],
    volumes: ["${DOCKER_SOCKET:-/var/run/docker.sock}:/var/run/docker.sock:ro"],
    healthcheck: check(["CMD-SHELL", "traefik healthcheck --ping"], { interval: "10s", timeout: "5s", retries: 3 }),
    restart: "unless-stopped",
    security_opt: NO_MORE_RIGHTS,
    networks: ["frontend"],
    deploy: limits("0.5", "256M"),
  };
}

export function postgres(): ComposeService {
  return {
    image: "postgres:16-alpine",
    environment: {
      POSTGRES_USER: "${DB_USER}",
      POSTGRES_PASSWORD: "${DB_PASSWORD:?run super-orchestrator compose to have one made}",
      POSTGRES_DB: "${DB_NAME}",
    },
    volumes: ["pgdata:/var/lib/postgresql/data"],
    healthcheck: check(["CMD-SHELL", "pg_isready -U $${POSTGRES_USER} -d $${POSTGRES_DB}"], {
      interval: "10s",
      timeout: "10s",
      retries: 5,
      start_period: "30s",
    }),
    restart: "unless-stopped",
    networks: ["backend"],
    deploy: limits("1.0", "512M"),
  };
}

export function redis(): ComposeService {
  return {
    image: "redis:7-alpine",
    healthcheck: check(["CMD-SHELL", "redis-cli ping | grep PONG"], {
      interval: "10s",
      timeout: "5s",
      retries: 3,
      start_period: "10s",
    }),
    restart: "unless-stopped",
    networks: ["backend"],
    deploy: limits("0.5", "256M"),
  };
}

/** Runs once, before any service that has a database. */
export function migrations(context: string, database: boolean): ComposeService {
  return {
    build: { context, dockerfile: "Dockerfile" },
    ...(database
      ? {
          environment: needsEnvironment({ postgres: true, redis: false }),
          depends_on: { postgres: { condition: "service_healthy" as const } },
        }
      : {}),
    restart: "no",
    networks: ["backend"],
    deploy: { restart_policy: { condition: "none" }, ...limits("1.0", "512M") },
  };
}

/** When a service is looked at; the specification's intervals. */
const SERVICE_TIMES = { interval: "15s", timeout: "5s", retries: 3, start_period: "30s" };

/**
 * The health check of a service: its image's own where there is one, otherwise a request with what its language brings;
 * undefined when nothing in the image can make one.
 */
export function serviceHealthcheck(
  { language, own, bare }: { language: string; own: boolean; bare: boolean },
  port: number,
  path: string,
): Healthcheck | undefined {
  if (own) return SERVICE_TIMES;
  const url = `http://127.0.0.1:${port}${path}`;
  const asks = probeWith(language, url);
  if (asks) return check(["CMD", ...asks], SERVICE_TIMES);
  if (bare) return undefined;
  return check(
    ["CMD-SHELL", `curl -fsS ${url} || wget -qO- ${url} || bash -c "${bashProbe(port, path)}"`],
    SERVICE_TIMES,
  );
}

/** Debian brings neither curl nor wget, but a shell that speaks TCP. */
export function bashProbe(port: number, path: string): string {
  const request = `GET ${path} HTTP/1.0\\r\\n\\r\\n`;
  return `exec 3<>/dev/tcp/127.0.0.1/${port} && printf '${request}' >&3 && head -n 1 <&3 | grep -q ' 2'`;
}

/** A command that succeeds when the address answers 2xx, in the language of an image that brings it. */
export function probeWith(language: string, url: string): string[] | undefined {
  const quoted = JSON.stringify(url);
  if (/javascript|typescript|node/i.test(language))
    return ["node", "-e", `fetch(${quoted}).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))`];
  if (/python/i.test(language))
    return ["python3", "-c", `import urllib.request; urllib.request.urlopen(${quoted}, timeout=4)`];
  return undefined;
}

function check(test: string[], times: Omit<Healthcheck, "test">): Healthcheck {
  return { test, ...times };
}
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: Compose fills these in

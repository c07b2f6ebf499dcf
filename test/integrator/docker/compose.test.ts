import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { baseImages, imageSource } from "../../../src/integrator/compose/dockerfile.ts";
import { toStack } from "../../../src/integrator/compose/stack.ts";
import { generateSystem, type SystemRequest } from "../../../src/integrator/deployment.ts";
import { startGateway } from "../../../src/integrator/gateway.ts";
import { matchRoute, type Route, routeTable } from "../../../src/integrator/routes.ts";
import { dynamicConfig } from "../../../src/integrator/traefik/dynamic.ts";
import { traefikLabels } from "../../../src/integrator/traefik/labels.ts";
import { Service } from "../../../src/model/service-map.ts";
import { scanProject } from "../../../src/quality-gate/scan.ts";
import { wholeSystem } from "../contracts.ts";
import { systemOf, temporary } from "../system.ts";

function system(stacks: Record<string, Partial<Service["stack"]>>, own = "/nowhere/docker-compose.yml") {
  const { request } = systemOf(Object.fromEntries(Object.keys(stacks).map((name) => [name, name])), wholeSystem(), {
    contained: true,
  });
  const services = request.services.map(({ service, directory }) => ({
    directory,
    service: Service.parse({ ...service, stack: { language: "javascript", ...stacks[service.name] } }),
  }));
  const root = join(services[0]?.directory ?? "", "..");
  const made: SystemRequest = {
    service_map: { ...request.service_map, services: services.map(({ service }) => service) },
    contracts: request.contracts,
    services,
    root,
    project: "fixture",
    settings: {
      gateway: "auto",
      traefik_image: "traefik:v3.6",
      compose_file: own,
      test_compose_file: "/nowhere/docker-compose.test.yml",
    },
  };
  return made;
}

const read = (root: string, name = "docker-compose.yml") => parse(readFileSync(join(root, name), "utf8"));

describe("a generated Compose file", () => {
  test("has the specification's gateway, networks, labels and health checks, and of the rest what is needed", () => {
    const made = system({ tasks: { database: "PostgreSQL 16" }, audit: { message_broker: "Redis" } });
    mkdirSync(join(made.root, "migrations"));
    writeFileSync(join(made.root, "migrations", "Dockerfile"), "FROM debian:bookworm-slim\n");
    generateSystem(made);
    const { services, networks, volumes, ...rest } = read(made.root);
    expect(rest).toEqual({});
    expect(Object.keys(services)).toEqual(["traefik", "postgres", "redis", "migrations", "tasks", "audit"]);
    expect(networks).toEqual({ frontend: { driver: "bridge" }, backend: { driver: "bridge", internal: true } });
    expect(volumes).toEqual({ pgdata: {} });
    expect(services.traefik.image).toBe("traefik:v3.6");
    expect(services.tasks).toMatchObject({
      build: { context: "./tasks" },
      networks: ["frontend", "backend"],
      restart: "unless-stopped",
      healthcheck: { interval: "15s", timeout: "5s", retries: 3, start_period: "30s" },
      depends_on: {
        postgres: { condition: "service_healthy" },
        migrations: { condition: "service_completed_successfully" },
      },
      deploy: { resources: { limits: { cpus: "1.0", memory: "512M" } } },
    });
    expect(services.audit.depends_on).toEqual({ redis: { condition: "service_healthy" } });
    expect(services.audit.environment).toMatchObject({
      TASKS_URL: "http://tasks:8080",
      REDIS_URL: "redis://redis:6379/0",
    });
    expect(JSON.parse(services.tasks.environment.EVENT_SUBSCRIBERS)).toEqual({
      "task.created": ["http://audit:8080/_events"],
    });
    expect(services.migrations).toMatchObject({
      restart: "no",
      depends_on: { postgres: { condition: "service_healthy" } },
    });
  });

  test("leaves out what nobody needs", () => {
    const made = system({ tasks: {} });
    generateSystem(made);
    expect(Object.keys(read(made.root).services)).toEqual(["traefik", "tasks"]);
    expect(read(made.root).volumes).toBeUndefined();
    generateSystem(made, false);
    expect(read(made.root).services).toMatchObject({ tasks: { ports: [`\${PUBLISH_HOST:-127.0.0.1}::8080`] } });
    expect(read(made.root).services.traefik).toBeUndefined();
  });

  test("keeps secrets in an .env that nobody else reads, and does not change them later", () => {
    const made = system({ tasks: { database: "postgres" } });
    writeFileSync(join(made.root, ".env"), "JWT_SECRET='mine'\nOTHER=1\n", { mode: 0o644 });
    const { env_file, variables } = generateSystem(made);
    expect(statSync(env_file).mode & 0o777).toBe(0o600);
    expect(variables).toMatchObject({
      JWT_SECRET: "mine",
      OTHER: "1",
      DB_PASSWORD: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    const first = readFileSync(env_file, "utf8");
    expect(first.startsWith("JWT_SECRET='mine'\nOTHER=1\n")).toBe(true);
    generateSystem(made);
    expect(readFileSync(env_file, "utf8")).toBe(first);
    const compose = readFileSync(join(made.root, "docker-compose.yml"), "utf8");
    for (const secret of ["mine", variables.DB_PASSWORD ?? "?", variables.EVENT_SECRET ?? "?"])
      expect(compose).not.toContain(secret);
  });

  test("passes our own DOCKER rules, Dockerfiles that were written for it included", async () => {
    const made = system({ tasks: { database: "postgres" }, audit: {} });
    for (const name of ["python", "goes"]) mkdirSync(join(made.root, name));
    writeFileSync(join(made.root, "python/main.py"), "print()");
    writeFileSync(join(made.root, "goes/go.mod"), "module x");
    writeFileSync(join(made.root, "goes/main.go"), "package main");
    for (const name of ["python", "goes"])
      made.services.push({
        service: Service.parse({ name, stack: { language: name } }),
        directory: join(made.root, name),
      });
    const { files } = generateSystem(made);
    expect(Object.keys(files.generated.dockerfiles)).toHaveLength(8);
    const signal = new AbortController().signal;
    const only = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `DOCKER-00${number}`);
    const report = await scanProject({ root: made.root, services: [], contracts: [], service_map: null, only, signal });
    expect(report.violations.map(({ code, file_path, message }) => `${code} ${file_path} ${message}`)).toEqual([]);
  });

  test("a service that has the name of a part is refused", () => {
    expect(() => generateSystem(system({ redis: {} }))).toThrow("A service is called redis");
  });

  test("a Swarm reads it too, in its own words", () => {
    const made = system({ tasks: { database: "postgres" } });
    const { files } = generateSystem({ ...made, replicas: 3 });
    const { services, networks, version } = toStack(files.generated.compose, new Set(["tasks"]));
    expect(version).toBe("3.8");
    expect(networks?.backend).toEqual({ driver: "overlay", internal: true });
    expect(services.tasks).toMatchObject({
      image: `\${COMPOSE_PROJECT_NAME}-tasks:local`,
      deploy: {
        replicas: 3,
        update_config: { parallelism: 1, order: "start-first", failure_action: "rollback" },
        labels: { "traefik.enable": "true" },
      },
    });
    for (const unknown of ["build", "depends_on", "restart", "security_opt", "labels"])
      expect(services.tasks).not.toHaveProperty(unknown);
    expect(services.traefik?.command).toContain("--providers.swarm=true");
  });
});

describe("a Compose file of one's own", () => {
  const write = (text: string) => {
    const file = join(temporary(), "docker-compose.yml");
    writeFileSync(file, text);
    return file;
  };

  test("is used as it is when it lacks nothing", () => {
    const text = `services:\n  traefik:\n    image: traefik:v3.1\n  tasks:\n    image: x:1\n    labels: ["traefik.enable=true"]\n`;
    const file = write(text);
    const made = system({ tasks: {} }, file);
    expect(generateSystem(made).files).toMatchObject({ files: [file], own: true });
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("is added to when it lacks labels, a service or the gateway", () => {
    const file = write("services:\n  tasks:\n    image: x:1\n    networks: [inner]\nnetworks:\n  inner: {}\n");
    const made = system({ tasks: {}, audit: {} }, file);
    const { files } = generateSystem(made);
    expect(files.files).toEqual([file, join(made.root, "docker-compose.super-orchestrator.yml")]);
    const added = read(made.root, "docker-compose.super-orchestrator.yml");
    expect(Object.keys(added.services)).toEqual(["traefik", "tasks", "audit"]);
    expect(added.services.tasks).toEqual({ labels: traefikLabels("tasks", 8080), networks: ["frontend"] });
  });

  test.each([
    ["no YAML", "services: [", "is no YAML"],
    ["no services", "volumes: {}\n", "has no services"],
  ])("that is %s is refused with the reason", (_name, text, message) => {
    expect(() => generateSystem(system({ tasks: {} }, write(text)))).toThrow(message);
  });
});

test("base images are those the build does not make itself", () => {
  const text = "ARG V=1\nFROM node:24 AS build\nFROM build AS next\nFROM scratch\nCOPY --from=next /a /a\nFROM x:$V\n";
  expect(baseImages(text)).toEqual(["node:24"]);
  const made = system({ tasks: {} });
  const [one] = made.services;
  expect(imageSource(one?.service ?? Service.parse({}), join(made.root, "nowhere")).kind).toBe("none");
});

/** One table for both gateways: what is asked for, who gets it, and what it sees. */
const CASES: [string, string | null, string][] = [
  ["/api/shop", "shop", "/"],
  ["/api/shop/", "shop", "/"],
  ["/api/shop/orders/1?x=1", "shop", "/orders/1?x=1"],
  ["/api/shop-admin/users", "shop-admin", "/users"],
  ["/api/shop/api/shop", "shop", "/api/shop"],
  ["/api/shops", null, ""],
  ["/api/shop-admins/x", null, ""],
  ["/api", null, ""],
  ["/", null, ""],
  ["/x/api/shop", null, ""],
];

describe("the same routes in both gateways", () => {
  const routes = routeTable([
    { service: "shop", target: "http://127.0.0.1:1" },
    { service: "shop-admin", target: "http://127.0.0.1:2" },
    { service: "gone", target: null },
  ]);

  test.each(CASES)("%s", (url, service, seen) => {
    expect(matchRoute(routes, url)?.route.service ?? null).toBe(service);
    if (service !== null) expect(matchRoute(routes, url)?.path).toBe(seen);
    expect(asTraefik(labelled(routes), url)).toEqual(service === null ? null : { service, seen });
    expect(asTraefik(fromFile(routes), url)).toEqual(service === null ? null : { service, seen });
  });

  test("what does not run has no router at Traefik, and 503 at the built-in one", async () => {
    expect(Object.keys(dynamicConfig(routes).http.routers)).toEqual(["shop-admin", "shop"]);
    const gateway = await startGateway(() => routes);
    expect((await fetch(`${gateway.url}/api/gone/x`)).status).toBe(503);
    await gateway.close();
  });
});

interface Router {
  service: string;
  rule: string;
  strip: string[];
}

function labelled(routes: readonly Route[]): Router[] {
  return routes.map(({ service }) => {
    const labels = traefikLabels(service, 8080);
    expect(labels[`traefik.http.routers.${service}.middlewares`]).toBe(`${service}-strip`);
    return {
      service: labels[`traefik.http.routers.${service}.service`] ?? "",
      rule: labels[`traefik.http.routers.${service}.rule`] ?? "",
      strip: [labels[`traefik.http.middlewares.${service}-strip.stripprefix.prefixes`] ?? ""],
    };
  });
}

function fromFile(routes: readonly Route[]): Router[] {
  const { routers, middlewares } = dynamicConfig(routes).http;
  return Object.values(routers).map(({ service, rule, middlewares: [strip = ""] }) => ({
    service,
    rule,
    strip: middlewares[strip]?.stripPrefix.prefixes ?? [],
  }));
}

/** What Traefik makes of a rule of Path and PathPrefix and of StripPrefix (its documentation; the longest rule first). */
function asTraefik(routers: Router[], url: string): { service: string; seen: string } | null {
  const [path = "", query] = url.split("?");
  const found = routers
    .toSorted((a, b) => b.rule.length - a.rule.length)
    .find(({ rule }) =>
      rule.split(" || ").some((matcher) => {
        const [, kind, value = ""] = /^(Path|PathPrefix)\(`([^`]+)`\)$/.exec(matcher) ?? [];
        expect(kind).toBeDefined();
        return kind === "Path" ? path === value : path.startsWith(value);
      }),
    );
  if (found === undefined) return null;
  const prefix = found.strip.find((one) => path.startsWith(one)) ?? "";
  const rest = path.slice(prefix.length);
  return { service: found.service, seen: `${rest.startsWith("/") ? rest : `/${rest}`}${query ? `?${query}` : ""}` };
}

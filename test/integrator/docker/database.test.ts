import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDockerRuntime } from "../../../src/integrator/runtimes/docker.ts";
import { systemOf } from "../system.ts";
import { describeDocker, everythingOf, NOTHING } from "./engine.ts";

const MINUTES = { timeout: 300_000 };
const runtime = createDockerRuntime({
  gateway: "builtin",
  traefik_image: "traefik:v3.6",
  compose_file: "/nowhere/docker-compose.yml",
  test_compose_file: "/nowhere/docker-compose.test.yml",
});

/** A system whose first service has a database, with migrations that run `command` on it. */
function withMigrations(command: string) {
  const { request } = systemOf({ tasks: "tasks", audit: "audit" }, [], { contained: true });
  request.service_map.project_name = "store";
  const services = request.services.map(({ service, directory }, index) => ({
    directory,
    service: { ...service, stack: { ...service.stack, database: index === 0 ? "PostgreSQL, Redis" : null } },
  }));
  const folder = join(services[0]?.directory ?? "", "..", "migrations");
  mkdirSync(folder);
  // The database's own image brings the client.
  writeFileSync(
    join(folder, "Dockerfile"),
    `FROM postgres:16-alpine\nENTRYPOINT []\nCMD ["sh", "-c", ${JSON.stringify(command)}]\n`,
  );
  return { ...request, services };
}

describeDocker("services with a database", () => {
  test("start after it is healthy and the migrations ran", MINUTES, async () => {
    const request = withMigrations('psql "$DATABASE_URL" -c "CREATE TABLE made (id int)"');
    const deployment = await runtime.deploy(request);
    try {
      expect(deployment.services.map(({ error }) => error)).toEqual(["", ""]);
      expect(await deployment.logs("migrations")).toContain("CREATE TABLE");
    } finally {
      await deployment.stop();
    }
    expect(await everythingOf("so-store-")).toEqual(NOTHING);
  });

  test("do not start when the migrations fail; the others do", MINUTES, async () => {
    const request = withMigrations('psql "$DATABASE_URL" -c "DROP TABLE nobody" || exit 4');
    const deployment = await runtime.deploy(request);
    await deployment.stop();
    const [tasks, audit] = deployment.services;
    expect(tasks?.error).toContain("The migrations ended with exit code 4");
    expect(tasks?.error).toContain("nobody");
    expect(audit?.error).toBe("");
    expect(await everythingOf("so-store-")).toEqual(NOTHING);
  });
});

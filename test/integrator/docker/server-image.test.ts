import { readFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { scanProject } from "../../../src/quality-gate/scan.ts";

const ROOT = join(import.meta.dirname, "../../..");
const MIB = 1024 * 1024;

/** Set by .ci/run, which builds docker/Dockerfile. */
const { SERVER_IMAGE: image, DOCKER_ENGINE: address } = process.env;
if (address !== undefined) process.env.DOCKER_HOST = address;
const describeImage =
  image && address ? describe : describe.skip.bind(describe, "needs the server's image (SERVER_IMAGE, see .ci/run)");

test("our own Docker files keep our own rules", async () => {
  const signal = new AbortController().signal;
  const only = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `DOCKER-00${number}`);
  const report = await scanProject({
    root: join(ROOT, "docker"),
    services: [],
    contracts: [],
    service_map: null,
    only,
    signal,
  });
  expect(report.violations.map(({ code, file_path }) => `${code} ${file_path}`)).toEqual([]);
});

test("Traefik before the server routes what the server serves", () => {
  const read = (file: string) => parse(readFileSync(join(ROOT, "docker", file), "utf8"));
  const { http } = read("traefik/dynamic/server.yml");
  const [router] = Object.values<{ service: string; rule: string; entryPoints: string[] }>(http.routers);
  for (const path of ["/mcp", "/sse", "/health"]) expect(router?.rule).toContain(`Path(\`${path}\`)`);
  const { entryPoints } = read("traefik/traefik.yml");
  expect(router?.entryPoints).toEqual(Object.keys(entryPoints));
  const [target] = http.services[router?.service ?? ""].loadBalancer.servers;
  const { services } = read("docker-compose.yml");
  expect(new URL(target.url).hostname in services).toBe(true);
});

describeImage("the server's image", () => {
  const docker = new Docker();

  test("runs as nobody special, checks its health and is small", async () => {
    const { Config, Size } = await docker.getImage(image ?? "").inspect();
    expect(Config.User).toBe("node");
    expect(JSON.stringify(Config.Healthcheck)).toContain("/health");
    const base = await docker.getImage("node:24-bookworm-slim").inspect();
    expect((Size - base.Size) / MIB).toBeLessThan(250);
  });

  test("answers over HTTP once it is started, and ends when it is told to", { timeout: 120_000 }, async (context) => {
    const help = await output(docker, image ?? "", ["serve", "--help"]);
    if (!help.includes("--http")) context.skip("this version does not serve over HTTP");
    const container = await docker.createContainer({
      Image: image ?? "",
      HostConfig: { PortBindings: { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "0" }] } },
    });
    try {
      await container.start();
      const port = (await container.inspect()).NetworkSettings.Ports["8080/tcp"]?.[0]?.HostPort;
      await expect.poll(() => answer(`http://127.0.0.1:${port}/health`), { timeout: 60_000 }).toBe(200);
      await container.stop({ t: 10 });
      expect((await container.inspect()).State.ExitCode).not.toBe(137);
    } finally {
      await container.remove({ force: true, v: true });
    }
  });
});

async function answer(url: string): Promise<number> {
  return fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    ({ status }) => status,
    () => 0,
  );
}

async function output(docker: Docker, image: string, command: string[]): Promise<string> {
  const container = await docker.createContainer({ Image: image, Cmd: command });
  try {
    await container.start();
    await container.wait();
    return (await container.logs({ stdout: true, stderr: true })).toString("utf8");
  } finally {
    await container.remove({ force: true, v: true });
  }
}

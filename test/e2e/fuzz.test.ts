import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FuzzReport } from "../../src/model/fuzz-report.ts";
import { specOf, startService } from "../integrator/fuzz/services.ts";
import { cli } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "so-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "library.json"), JSON.stringify(specOf("library")));

async function command(faults: string, args: string[], options: Parameters<typeof cli>[2] = {}) {
  const service = await startService("library", faults);
  const base = ["fuzz", "--spec", "library.json", "--url", service.url, "--seed", "1", "--max-examples", "5"];
  const ran = await cli(folder, [...base, ...args], options);
  await service.close();
  return ran;
}

describe("super-orchestrator fuzz", () => {
  it("ends with 0 and says so when nothing is wrong", async () => {
    const { code, stdout } = await command("", []);
    expect(stdout).toContain("0 violations, 9 operations");
    expect(code).toBe(0);
  });

  it("ends with 1, writes its report as JSON, and replays it", async () => {
    const { code, stdout } = await command("list-in-envelope", ["--format", "json"]);
    expect(code).toBe(1);
    const report = FuzzReport.parse(JSON.parse(stdout));
    expect(report.violations.map(({ code: name, method, path }) => `${name} ${method} ${path}`)).toEqual([
      "SCHEMA-001 GET /books",
    ]);
    expect(report.violations[0]?.curl).toMatch(/^curl -i -X GET 'http:\/\/127\.0\.0\.1:\d+\/books/);
    writeFileSync(join(folder, "report.json"), stdout);
    const id = report.violations[0]?.id ?? "";
    expect((await command("list-in-envelope", ["--replay", `report.json#${id}`])).code).toBe(1);
    expect((await command("", ["--replay", "report.json"])).code).toBe(0);
    expect((await command("", ["--replay", "none.json"])).code).toBe(2);
  });

  it("writes JUnit and HAR", async () => {
    expect((await command("list-in-envelope", ["--format", "junit"])).stdout).toContain('<failure type="SCHEMA-001"');
    expect(JSON.parse((await command("", ["--format", "har", "--include", "GET /books"])).stdout)).toHaveProperty(
      "log.entries",
    );
  });

  it("stopped in the middle, it keeps what was found", async () => {
    const args = ["--format", "json", "--max-examples", "100000", "--verbose"];
    let signals = 0;
    // A second signal would end it at once.
    const signalAfter = (text: string) => {
      if (signals > 0 || !text.includes("boundary")) return false;
      signals += 1;
      return true;
    };
    const { code, stdout, stderr } = await command("list-in-envelope", args, { signalAfter });
    expect(stderr).toContain("SIGINT");
    const report = FuzzReport.parse(JSON.parse(stdout));
    expect(report.interrupted).toBe(true);
    expect(report.violations.map(({ code: name }) => name)).toContain("SCHEMA-001");
    expect(code).toBe(1);
  });

  it("ends with 2 when nothing could be tested with valid data: that is no pass", async () => {
    const server = createServer((_request, response) => void response.writeHead(401).end());
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const spec = {
      openapi: "3.1.0",
      info: { title: "closed", version: "1" },
      components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
      security: [{ key: [] }],
      paths: { "/things": { get: { responses: { "200": { description: "" }, "401": { description: "" } } } } },
    };
    writeFileSync(join(folder, "closed.json"), JSON.stringify(spec));
    const { port } = server.address() as AddressInfo;
    const { code, stdout } = await cli(folder, ["fuzz", "--spec", "closed.json", "--url", `http://127.0.0.1:${port}`]);
    server.close();
    expect(stdout).toContain("without credentials");
    expect(code).toBe(2);
  });

  it("ends with 2 when it cannot run", async () => {
    const base = ["fuzz", "--spec", "library.json", "--url"];
    for (const args of [
      [...base, "http://127.0.0.1:1"],
      [...base, "nonsense"],
      ["fuzz", "--spec", "none.yaml", "--url", "http://127.0.0.1:1"],
      ["fuzz", "--url", "http://127.0.0.1:1"],
      [...base, "http://127.0.0.1:1", "--header", "nonsense"],
      [...base, "http://127.0.0.1:1", "--backend", "schemathesis", "--phases", "wrong"],
    ]) {
      const { code, stderr } = await cli(folder, args);
      expect(stderr).toContain("→");
      expect(code).toBe(2);
    }
  });
});

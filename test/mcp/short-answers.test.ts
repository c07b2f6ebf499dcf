import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const SERVER = fileURLToPath(new URL("../../dist/server.js", import.meta.url));
/** About 2,000 tokens of JSON. */
const SHORT = 8000;
const MANY = 120;

// `npm test` builds first; a lone `vitest run` in a fresh checkout has nothing to start.
describe.skipIf(!existsSync(SERVER))("answers about a large project (needs the built server: npm run build)", () => {
  let project: string;
  let client: Client;
  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), "so-large-"));
    const routes = Array.from({ length: MANY }, (_, n) =>
      [
        `@app.get("/things_${n}")`,
        `def read_thing_number_${n}():`,
        `    password = "hunter2-secret-${n}-hunter2"`,
        `    helper(os.environ["SETTING_${n}"])`,
        `    return requests.get("http://other:8000/of/${n}").json()`,
        "",
        `def nobody_calls_this_${n}():`,
        "    return helper(1)",
        "",
      ].join("\n"),
    );
    const head =
      "import os\nimport requests\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\ndef helper(x):\n    return x\n\n";
    writeFileSync(join(project, "app.py"), head + routes.join("\n"));
    for (let n = 0; n < MANY; n += 1)
      writeFileSync(join(project, `user_${n}.py`), "from app import helper\nhelper(2)\n");
    client = new Client({ name: "test", version: "1" });
    const args = [SERVER, "--workspace", project, "--toolsets", "all"];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: "ignore" }));
    // The client checks every structured answer against the listed output schema from here on.
    await client.listTools();
  }, 60_000);
  afterAll(async () => {
    await client.close();
    rmSync(project, { recursive: true, force: true, maxRetries: 5 });
  });

  const answer = async (name: string, given: Record<string, unknown> = {}) => {
    const { structuredContent, isError, content } = await client.callTool({ name, arguments: given });
    if (isError) throw new Error(JSON.stringify(content));
    return structuredContent as Record<string, unknown>;
  };

  it.each([
    ["scan_security", "violations", {}],
    ["run_quality_gate", "findings", { path: "." }],
    ["find_callers", "callers", { symbol: "helper" }],
    ["check_dead_code", "dead", {}],
    ["list_codes", "codes", {}],
  ])(
    "%s: a short page, and the rest by cursor, nothing twice and nothing left out",
    async (tool, list, given) => {
      const seen: string[] = [];
      let pages = 0;
      let cursor: unknown;
      let total: unknown;
      do {
        const page = await answer(tool, { ...given, ...(cursor === undefined ? {} : { cursor }) });
        expect(JSON.stringify(page).length).toBeLessThan(SHORT);
        seen.push(...(page[list] as unknown[]).map((one) => JSON.stringify(one)));
        ({ next_cursor: cursor, total } = page);
        pages += 1;
      } while (cursor !== null);
      expect(pages).toBeGreaterThan(1);
      expect(seen).toHaveLength(total as number);
      expect(new Set(seen).size).toBe(seen.length);
    },
    120_000,
  );

  it("gives as many as are asked for", async () => {
    const { callers } = await answer("find_callers", { symbol: "helper", max_results: 200 });
    expect((callers as unknown[]).length).toBe(200);
  });

  it.each([
    ["get_service_interface", { service_name: "*" }],
    ["find_dependencies", { file_path: "app.py" }],
    ["search_semantic", { query: "read thing number" }],
    ["find_definition", { symbol: "helper" }],
    ["index_codebase", {}],
  ])(
    "%s: short",
    async (tool, given) => {
      const service = tool === "get_service_interface" ? { service_name: project.split("/").at(-1) ?? "" } : given;
      const found = await answer(tool, service);
      expect(JSON.stringify(found).length).toBeLessThan(SHORT);
      if (tool === "get_service_interface") expect(Object.keys(found.more as object).length).toBeGreaterThan(0);
    },
    60_000,
  );
});

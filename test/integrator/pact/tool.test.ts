import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, test } from "vitest";
import { cli, SERVER } from "../../e2e/support.ts";
import { temporary } from "../system.ts";
import { ordersSpec, startOrders } from "./orders.ts";

/** A project with the provider's contract and a consumer. */
function project(): string {
  const root = temporary();
  writeFileSync(join(root, "orders.json"), JSON.stringify(ordersSpec()));
  mkdirSync(join(root, "web/src"), { recursive: true });
  writeFileSync(join(root, "web/package.json"), '{"name":"web"}');
  writeFileSync(
    join(root, "web/src/api.js"),
    `const base = process.env.ORDERS_URL;\nexport const order = (id) => fetch(\`\${base}/orders/\${id}\`);\n`,
  );
  return root;
}

test("the command makes pacts of a consumer's code, verifies them, and verifies the files again", async () => {
  const root = project();
  const provider = await startOrders();
  const address = ["--url", provider.url, "--spec", "orders.json"];
  const made = await cli(root, ["verify-pacts", ...address, "--consumer", "web", "--write", "pacts", "--json"]);
  expect(JSON.parse(made.stdout)).toMatchObject({
    provider: "orders",
    interactions: 2,
    passed: 2,
    violations: [],
    next_step: "Every pact holds.",
    written: [expect.stringMatching(/web-orders\.json$/)],
  });
  expect(made.code).toBe(0);
  const again = await cli(root, ["verify-pacts", "pacts", ...address]);
  expect(again.stdout).toContain("2 of 2 interactions hold, 0 violations");
  const text = readFileSync(join(root, "pacts/web-orders.json"), "utf8");
  writeFileSync(join(root, "pacts/web-orders.json"), text.replace('"/orders/', '"/baskets/'));
  const beyond = await cli(root, ["verify-pacts", "pacts", ...address]);
  expect(beyond.stdout).toMatch(/PACT-006 web .*has no GET \/baskets/);
  expect(beyond.code).toBe(1);
});

test("the command refuses what is no pact, no address, or nothing, and says what to do", async () => {
  const root = project();
  const { url } = await startOrders();
  writeFileSync(join(root, "garbage.json"), "not json");
  for (const [args, says] of [
    [["garbage.json", "--url", url], /INVALID_INPUT.*garbage\.json is not a pact/],
    [["none", "--url", url], /NOT_FOUND/],
    [["orders.json", "--url", "orders"], /no http address/],
    [["--url", url], /nothing to verify/],
    [["--url", url, "--consumer", "web"], /Give spec/],
  ] as const) {
    const ran = await cli(root, ["verify-pacts", ...args]);
    expect(ran.stderr).toMatch(says);
    expect(ran.code).toBe(2);
  }
});

test("an MCP client gets the violations as structured content, and a clean connection", async () => {
  const root = project();
  const provider = await startOrders("wrong-type");
  const client = new Client({ name: "test", version: "1" });
  const args = [SERVER, "--workspace", root, "--toolsets", "integration"];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: root, stderr: "ignore" }));
  const answer = await client.callTool({
    name: "verify_pacts",
    arguments: { url: provider.url, spec: "orders.json", consumer: "web" },
  });
  expect(answer.structuredContent).toMatchObject({
    violations_total: 1,
    violations: [
      { code: "PACT-001", service: "orders", reproduce: expect.stringContaining(`curl -i -X GET ${provider.url}`) },
    ],
    interactions: 2,
    passed: 1,
  });
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("verify_pacts");
  await client.close();
});

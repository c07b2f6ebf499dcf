import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DomainModel } from "../../src/model/domain-model.ts";
import { ServiceMap } from "../../src/model/service-map.ts";
import { cli, makeWorkspace, SHOP_PRD } from "./support.ts";

let workspace: string;
beforeAll(() => {
  workspace = makeWorkspace();
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

const file = (name: string, content: string | Buffer) => {
  writeFileSync(join(workspace, name), content);
  return name;
};
const read = (path: string): unknown => JSON.parse(readFileSync(join(workspace, path), "utf8"));

describe("plan PRD --output DIR", () => {
  it("writes service map, domain model and contracts, and starts no pipeline", async () => {
    const { code, stdout } = await cli(workspace, ["plan", SHOP_PRD, "--output", "planned", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ project_name: "Shop", questions: [] });
    const map = ServiceMap.parse(read("planned/service-map.json"));
    expect(map.services.map(({ name }) => name)).toEqual([
      "accounts-service",
      "orders-service",
      "notifications-service",
    ]);
    const domain = DomainModel.parse(read("planned/domain-model.json"));
    expect(domain.entities.find(({ name }) => name === "Order")?.owning_service).toBe("orders-service");
    expect(readdirSync(join(workspace, "planned", "contracts")).length).toBe(5);
    expect(existsSync(join(workspace, ".super-orchestrator"))).toBe(false);
  });

  it("shows only what was asked for, and refuses a service that is not there", async () => {
    const { stdout } = await cli(workspace, ["plan", SHOP_PRD, "--system", "orders-service"]);
    expect(stdout).toContain("orders-service");
    expect(stdout).not.toContain("notifications-service:");
    const wrong = await cli(workspace, ["plan", SHOP_PRD, "--system", "order-service"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("It has accounts-service, orders-service");
  });

  const story = `# Story\n\n${"Our customers will love how delightful everything is. ".repeat(20)}`;
  const unreadable: [string, string | Buffer, RegExp][] = [
    ["empty.md", "", /is empty/],
    ["short.md", "# Shop", /has 6 characters/],
    ["binary.md", randomBytes(4000), /not UTF-8|binary/],
    ["prose.md", story, /names no services/],
  ];
  for (const [name, content, message] of unreadable)
    it(`refuses ${name}: what is missing, and what could help`, async () => {
      const { code, stderr } = await cli(workspace, ["plan", file(name, content)]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/PRD_UNREADABLE/);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/→ .{20}/);
    });

  it("refuses a file that is not there, and a folder", async () => {
    expect((await cli(workspace, ["plan", "nowhere.md"])).stderr).toContain("NOT_FOUND");
    expect((await cli(workspace, ["plan", "."])).code).toBe(2);
  });
});
